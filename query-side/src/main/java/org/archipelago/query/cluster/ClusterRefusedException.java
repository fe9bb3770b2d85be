package org.archipelago.query.cluster;

/** Elasticsearch refused a request for what it says: repeating it is useless. Names the type of error, never the document. */
public final class ClusterRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String type;

    ClusterRefusedException(int status, String type) {
        super("Elasticsearch refused a request: " + status + " " + type);
        this.status = status;
        this.type = type;
    }

    public int status() {
        return status;
    }

    public String type() {
        return type;
    }
}
