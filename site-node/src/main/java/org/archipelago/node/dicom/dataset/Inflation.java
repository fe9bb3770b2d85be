package org.archipelago.node.dicom.dataset;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Inflates a deflated data set (PS3.5 §A.5, RFC 1951) in pieces. Tolerates the zlib wrapping that some senders add, and a
 * data set that is not deflated at all.
 */
final class Inflation implements AutoCloseable {
    /** Receives inflated bytes. */
    interface Sink {
        void feed(byte[] bytes, int offset, int length);
    }

    private static final long FREE_BYTES = 16 << 20;
    private static final int PROBE_BYTES = 8;

    private final Sink sink;
    private final DataSetLimits limits;
    private final byte[] buffer = new byte[16 << 10];
    private final byte[] start = new byte[PROBE_BYTES];
    private int startLength;
    private boolean probed;
    private boolean plain;
    private Inflater inflater = new Inflater(true);
    private long in;
    private long out;

    Inflation(Sink sink, DataSetLimits limits) {
        this.sink = sink;
        this.limits = limits;
    }

    void feed(byte[] bytes, int offset, int length) {
        int at = offset;
        int remaining = length;
        if (!probed) {
            int taken = Math.min(PROBE_BYTES - startLength, remaining);
            System.arraycopy(bytes, at, start, startLength, taken);
            startLength += taken;
            at += taken;
            remaining -= taken;
            if (startLength < PROBE_BYTES) {
                return;
            }
            probe();
        }
        inflate(bytes, at, remaining);
    }

    private void probe() {
        probed = true;
        plain = start[0] == 8 && start[1] == 0 && VrCodes.of(start[4], start[5]) != null;
        if (start[0] == 0x78 && ((start[0] << 8 | start[1] & 0xFF) % 31) == 0) {
            inflater.end();
            inflater = new Inflater(false);
        }
        inflate(start, 0, startLength);
    }

    private void inflate(byte[] bytes, int offset, int length) {
        in += length;
        if (plain) {
            sink.feed(bytes, offset, length);
            return;
        }
        inflater.setInput(bytes, offset, length);
        try {
            while (!inflater.finished()) {
                int n = inflater.inflate(buffer);
                if (n == 0) {
                    return;
                }
                out += n;
                if (out > limits.maxInflatedBytes() || out - FREE_BYTES > in * limits.maxInflateRatio()) {
                    throw new ArchiveException(ArchiveError.DATASET_LIMIT, "inflated bytes");
                }
                sink.feed(buffer, 0, n);
            }
        } catch (DataFormatException e) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "not deflated", e);
        }
    }

    void finish() {
        if (!probed) {
            probe();
        }
        if (!plain && !inflater.finished()) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "truncated");
        }
    }

    @Override
    public void close() {
        inflater.end();
    }
}
