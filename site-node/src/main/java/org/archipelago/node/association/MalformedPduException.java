package org.archipelago.node.association;

import java.io.IOException;

/** The peer broke PS3.8 or PS3.7; the association is aborted with the reason. The message names no values of the peer. */
final class MalformedPduException extends IOException {
    private static final long serialVersionUID = 1L;

    private final AbortReason reason;

    MalformedPduException(AbortReason reason, String what) {
        super(what);
        this.reason = reason;
    }

    AbortReason reason() {
        return reason;
    }
}
