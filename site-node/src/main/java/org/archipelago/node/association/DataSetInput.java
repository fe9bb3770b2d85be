package org.archipelago.node.association;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** One data set straight from the P-DATA-TF PDUs that carry it (PS3.8 Annex E.1). */
final class DataSetInput extends InputStream {
    private final Association association;
    private final PduInput in;
    private final int contextId;
    private final byte[] one = new byte[1];
    private boolean last;

    DataSetInput(Association association, PduInput in, int contextId) {
        this.association = association;
        this.in = in;
        this.contextId = contextId;
    }

    /** Moves on to a fragment with bytes left; false at the end of the data set. */
    private boolean more() throws IOException {
        while (in.pdvRemaining() == 0) {
            if (last) {
                return false;
            }
            PduInput.Pdv pdv = in.nextPdv();
            if (pdv == null) {
                association.requireDataPdu();
            } else {
                if (pdv.command() || pdv.contextId() != contextId) {
                    throw new MalformedPduException(
                            AbortReason.UNEXPECTED_PDU_PARAMETER, "a command within a data set");
                }
                last = pdv.last();
            }
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        try {
            return more() ? in.readFragment(target, offset, length) : -1;
        } catch (IOException e) {
            throw association.failed(e);
        }
    }

    @Override
    public long transferTo(OutputStream target) throws IOException {
        long moved = 0;
        while (fragmentLeft()) {
            moved += in.transferFragment(target);
        }
        return moved;
    }

    /** Whether there is more, and then some of it is buffered: what the target throws is no failure of the association. */
    private boolean fragmentLeft() throws IOException {
        try {
            if (more()) {
                in.awaitFragment();
                return true;
            }
            return false;
        } catch (IOException e) {
            throw association.failed(e);
        }
    }

    /** Reads and drops the rest, however long: a peer that was refused hears so only once it has sent all, and the least rate bounds it. */
    void discard() throws IOException {
        while (more()) {
            in.skipFragment();
        }
    }
}
