package org.archipelago.node.dicom.dataset;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;

/** A deflated data set as if it were plain; memory bounded, reading forwards is cheap, backwards starts anew. */
final class InflatingChannel implements SeekableByteChannel {
    private static final int INPUT_BYTES = 4 << 10;

    private final SeekableByteChannel deflated;
    private final ByteBuffer input = ByteBuffer.allocate(INPUT_BYTES);
    private Inflation inflation;
    private byte[] ready = {};
    private int readyAt;
    private int readyEnd;
    private long readPosition;
    private long inputPosition;
    private long position;
    private boolean ended;

    InflatingChannel(SeekableByteChannel deflated) {
        this.deflated = deflated;
        this.inflation = new Inflation(this::accept, DataSetLimits.STORED);
    }

    private void accept(byte[] bytes, int offset, int length) {
        if (readyEnd + length > ready.length) {
            ready = Arrays.copyOf(ready, Math.max(readyEnd + length, ready.length * 2));
        }
        System.arraycopy(bytes, offset, ready, readyEnd, length);
        readyEnd += length;
    }

    private void restart() {
        inflation.close();
        inflation = new Inflation(this::accept, DataSetLimits.STORED);
        readyAt = 0;
        readyEnd = 0;
        readPosition = 0;
        inputPosition = 0;
        ended = false;
    }

    /** Makes bytes ready, or returns false at the end. */
    private boolean more() throws IOException {
        while (readyAt == readyEnd && !ended) {
            readyAt = 0;
            readyEnd = 0;
            deflated.position(inputPosition);
            input.clear();
            if (deflated.read(input) < 0) {
                inflation.finish();
                ended = true;
            } else {
                inputPosition += input.position();
                inflation.feed(input.array(), 0, input.position());
            }
        }
        return readyAt < readyEnd;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (position < readPosition) {
            restart();
        }
        while (readPosition < position) {
            if (!more()) {
                return -1;
            }
            take((int) Math.min(readyEnd - readyAt, position - readPosition));
        }
        if (!more()) {
            return -1;
        }
        int n = Math.min(target.remaining(), readyEnd - readyAt);
        target.put(ready, readyAt, n);
        take(n);
        position = readPosition;
        return n;
    }

    private void take(int bytes) {
        readyAt += bytes;
        readPosition += bytes;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long newPosition) {
        position = newPosition;
        return this;
    }

    /** Inflates to the end to know it. */
    @Override
    public long size() throws IOException {
        while (more()) {
            take(readyEnd - readyAt);
        }
        return readPosition;
    }

    @Override
    public int write(ByteBuffer source) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return deflated.isOpen();
    }

    @Override
    public void close() throws IOException {
        inflation.close();
        deflated.close();
    }
}
