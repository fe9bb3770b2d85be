package org.archipelago.node.dimse;

import java.io.IOException;

/** There is nobody left to answer: the association ends here. */
final class PeerLeftException extends IOException {
    private static final long serialVersionUID = 1L;

    PeerLeftException(String why) {
        super(why);
    }
}
