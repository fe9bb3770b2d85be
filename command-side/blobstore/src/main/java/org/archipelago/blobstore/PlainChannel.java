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
    /** Tink answers 0 for ever when nothing was read before the end, and a few times before it notices that bytes are missing. */
    private static final int MAX_EMPTY_READS = 4;

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
            for (int i = 0; i < MAX_EMPTY_READS; i++) {
                int read = decrypting.read(target);
                if (read != 0) {
                    return read;
                }
            }
            if (decrypting.position() >= decrypting.size()) {
                // Asked behind the end it has read the last segment, which says that it is the last, or it would have
                // thrown.
                return -1;
            }
            throw new ArchiveException(ArchiveError.CORRUPT, "blob: it ends too early");
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
