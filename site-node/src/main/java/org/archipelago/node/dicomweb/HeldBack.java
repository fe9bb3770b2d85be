package org.archipelago.node.dicomweb;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Keeps the beginning of an answer back until it is told to let go, or it is longer than {@value #MAX_BYTES} bytes: what
 * fails before can still be answered with a status.
 */
final class HeldBack extends OutputStream {
    static final int MAX_BYTES = 1 << 20;

    private final OutputStream out;
    private final Runnable beforeFirst;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private boolean released;

    /** @param beforeFirst runs once, before anything is let go */
    HeldBack(OutputStream out, Runnable beforeFirst) {
        this.out = out;
        this.beforeFirst = beforeFirst;
    }

    boolean released() {
        return released;
    }

    /** Forgets what it kept, unless that has left. */
    void discard() {
        kept.reset();
    }

    void release() throws IOException {
        if (!released) {
            released = true;
            beforeFirst.run();
            kept.writeTo(out);
            kept.reset();
        }
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        if (!released && kept.size() + (long) length <= MAX_BYTES) {
            kept.write(source, offset, length);
            return;
        }
        release();
        out.write(source, offset, length);
    }

    @Override
    public void flush() throws IOException {
        if (released) {
            out.flush();
        }
    }
}
