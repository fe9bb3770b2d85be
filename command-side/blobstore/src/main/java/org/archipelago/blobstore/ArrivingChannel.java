package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Stored bytes of a blob that is on its way in. For one thread at a time. */
final class ArrivingChannel implements SeekableByteChannel {
    private final StoredChannel stored;
    private final IncomingBlob blob;

    ArrivingChannel(StoredChannel stored, IncomingBlob blob) {
        this.stored = stored;
        this.blob = blob;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        blob.await(Math.min(stored.size(), stored.position() + target.remaining()));
        return stored.read(target);
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public long position() {
        return stored.position();
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        stored.position(newPosition);
        return this;
    }

    @Override
    public long size() {
        return stored.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return stored.isOpen();
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
