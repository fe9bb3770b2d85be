package org.archipelago.node.association;

import java.io.IOException;

/** Serves one association on a virtual thread of its own, until it is over. What it leaves open is aborted. */
@FunctionalInterface
public interface AssociationHandler {
    void handle(Association association) throws IOException;
}
