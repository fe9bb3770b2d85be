package org.archipelago.query.projection;

/** An index that was there is gone: its generation is of no more use. */
final class IndexLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IndexLostException(String index) {
        super("index " + index + " is gone");
    }
}
