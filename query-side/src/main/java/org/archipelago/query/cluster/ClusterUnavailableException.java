package org.archipelago.query.cluster;

/** Elasticsearch did not answer, or said that it cannot at the moment. The same request may succeed later. */
public final class ClusterUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ClusterUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    ClusterUnavailableException(String message) {
        super(message);
    }
}
