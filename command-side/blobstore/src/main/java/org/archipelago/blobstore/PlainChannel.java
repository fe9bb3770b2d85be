package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** Reads through decryption; what does not authenticate is CORRUPT. */
final class PlainChannel implements SeekableByteChannel {
    private final SeekableByteChannel decrypting;

    PlainChannel(SeekableByteChannel decrypting) {
        this.decrypting = decrypting;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        int start = target.position();
        try {
            return decrypting.read(target);
        } catch (DiskReadException | ClosedChannelException e) {
            target.position(start);
            throw e;
        } catch (IOException e) {
            target.position(start);
            throw new ArchiveException(ArchiveError.CORRUPT, "blob", e);
        }
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() throws IOException {
        return decrypting.position();
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        if (newPosition < 0) {
            throw new IllegalArgumentException("negative position");
        }
        decrypting.position(newPosition);
        return this;
    }

    @Override
    public long size() throws IOException {
        return decrypting.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return decrypting.isOpen();
    }

    @Override
    public void close() throws IOException {
        decrypting.close();
    }
}
