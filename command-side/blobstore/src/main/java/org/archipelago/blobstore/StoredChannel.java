package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** A stretch of a file. For one thread at a time. */
final class StoredChannel implements SeekableByteChannel {
    private final FileChannel file;
    private final long startBytes;
    private final long lengthBytes;
    private long position;

    StoredChannel(FileChannel file, long startBytes, long lengthBytes) {
        this.file = file;
        this.startBytes = startBytes;
        this.lengthBytes = lengthBytes;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!file.isOpen()) {
            throw new ClosedChannelException();
        }
        long left = lengthBytes - position;
        if (left <= 0) {
            return -1;
        }
        int limit = target.limit();
        target.limit((int) Math.min(limit, target.position() + left));
        try {
            int total = 0;
            while (target.hasRemaining()) {
                int read = file.read(target, startBytes + position);
                if (read < 0) {
                    return total == 0 ? -1 : total;
                }
                position += read;
                total += read;
            }
            return total;
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            throw new DiskReadException(e);
        } finally {
            target.limit(limit);
        }
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        if (newPosition < 0) {
            throw new IllegalArgumentException("negative position");
        }
        position = newPosition;
        return this;
    }

    @Override
    public long size() {
        return lengthBytes;
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
