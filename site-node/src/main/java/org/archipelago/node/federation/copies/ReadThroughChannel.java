package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.blobstore.ForeignObject;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * The plain bytes of an object of another site. Asks for it at the first read. One that was kept and has rotted is fetched anew, once, and
 * read on from where it was: what was read before was authentic. For one thread at a time.
 */
final class ReadThroughChannel implements SeekableByteChannel {
    private final RemoteBlobs blobs;
    private final ForeignObject object;
    private Optional<SeekableByteChannel> current = Optional.empty();
    private long position;
    private boolean fetchedAnew;
    private boolean open = true;

    ReadThroughChannel(RemoteBlobs blobs, ForeignObject object) {
        this.blobs = blobs;
        this.object = object;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        int start = target.position();
        try {
            return readOn(target);
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT || fetchedAnew) {
                throw e;
            }
            fetchedAnew = true;
            letGo();
            blobs.discard(object);
            return readOn(target.position(start));
        }
    }

    private int readOn(ByteBuffer target) throws IOException {
        if (current.isEmpty()) {
            current = Optional.of(blobs.channel(object));
        }
        int read = current.get().position(position).read(target);
        position += Math.max(0, read);
        return read;
    }

    private void letGo() throws IOException {
        if (current.isPresent()) {
            current.get().close();
            current = Optional.empty();
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

    /** As its origin recorded it. */
    @Override
    public long size() {
        return object.plainLengthBytes();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        open = false;
        letGo();
    }
}
