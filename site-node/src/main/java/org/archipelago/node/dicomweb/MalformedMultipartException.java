package org.archipelago.node.dicomweb;

import java.io.IOException;

/** The body is not what its Content-Type says, or ends inside a part: the part being read is not whole. */
final class MalformedMultipartException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedMultipartException(String message) {
        super(message);
    }
}
