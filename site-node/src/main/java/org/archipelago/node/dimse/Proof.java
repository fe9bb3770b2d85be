package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.archipelago.node.association.DataWriter;
import org.archipelago.node.retrieve.OutgoingObject;

/**
 * Reads an object to its end before a byte of it is sent: a data set that breaks within its message ends the association
 * with it. Small objects are kept in between, larger ones are read twice. Reused; one thread at a time.
 */
final class Proof extends OutputStream {
    static final int MAX_KEPT_BYTES = 1 << 20;
    private static final int FIRST_BYTES = 1 << 16;

    private byte[] kept = new byte[FIRST_BYTES];
    private long lengthBytes;

    /**
     * What writes the object, which must stay open; good until the next call.
     *
     * @throws IOException it cannot be read
     * @throws org.archipelago.contract.ArchiveException CORRUPT, TRANSCODING_FAILED
     */
    DataWriter of(OutgoingObject object) throws IOException {
        lengthBytes = 0;
        object.writeTo(this);
        return lengthBytes <= MAX_KEPT_BYTES ? out -> out.write(kept, 0, (int) lengthBytes) : object::writeTo;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) {
        long after = lengthBytes + length;
        if (after <= MAX_KEPT_BYTES) {
            if (after > kept.length) {
                kept = Arrays.copyOf(kept, (int) Math.min(MAX_KEPT_BYTES, Math.max(after, 2L * kept.length)));
            }
            System.arraycopy(source, offset, kept, (int) lengthBytes, length);
        }
        lengthBytes = after;
    }
}
