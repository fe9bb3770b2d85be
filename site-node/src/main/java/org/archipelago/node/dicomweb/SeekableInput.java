package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** A channel from its start as a stream that skips by seeking. Closing it leaves the channel open: it is the object's. */
final class SeekableInput extends InputStream {
    private final SeekableByteChannel channel;
    private long position;

    SeekableInput(SeekableByteChannel channel) {
        this.channel = channel;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        channel.position(position);
        int n = channel.read(ByteBuffer.wrap(target, offset, length));
        position += Math.max(n, 0);
        return n;
    }

    @Override
    public long skip(long bytes) throws IOException {
        long skipped = Math.clamp(bytes, 0, Math.max(0, channel.size() - position));
        position += skipped;
        return skipped;
    }
}
