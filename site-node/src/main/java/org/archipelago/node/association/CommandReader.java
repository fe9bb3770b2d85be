package org.archipelago.node.association;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Gathers the fragments of one command set (PS3.7 §6.3.1, PS3.8 Annex E.1). */
final class CommandReader {
    private final int maxBytes;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    private int contextId = -1;

    CommandReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Reads the fragment; true when it was the last one. */
    boolean take(PduInput in, PduInput.Pdv pdv) throws IOException {
        if (!pdv.command() || (contextId >= 0 && contextId != pdv.contextId())) {
            throw new MalformedPduException(AbortReason.UNEXPECTED_PDU_PARAMETER, "data where a command belongs");
        }
        contextId = pdv.contextId();
        if (in.pdvRemaining() > maxBytes - bytes.size()) {
            throw new MalformedPduException(AbortReason.INVALID_PDU_PARAMETER_VALUE, "command set too long");
        }
        while (in.pdvRemaining() > 0) {
            in.transferFragment(bytes);
        }
        return pdv.last();
    }

    int contextId() {
        return contextId;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
