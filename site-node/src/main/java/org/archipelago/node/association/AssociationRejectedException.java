package org.archipelago.node.association;

import java.io.IOException;

/** The peer answered A-ASSOCIATE-RJ (PS3.8 §9.3.4). */
public final class AssociationRejectedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Rejection rejection;

    AssociationRejectedException(Rejection rejection) {
        super("association rejected: " + rejection);
        this.rejection = rejection;
    }

    public Rejection rejection() {
        return rejection;
    }
}
