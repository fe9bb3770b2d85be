package org.archipelago.node.cli;

import java.util.List;

/** What an operator does to a site as a member of a network, beside its running node or while that is stopped. */
public interface NetworkOperations {
    /**
     * Makes a site's id and keys where there are none, so that it can be told to others before its first start.
     *
     * @throws CommandFailure a part of a site is there without its keys
     */
    SiteFacts initialise(NodeAddress node);

    /**
     * Proof files, in the order of the log.
     *
     * @throws CommandFailure there is nothing to prove, or it cannot be proven, with the reason
     */
    List<Proof> prove(NodeAddress node, Provable what, Progress progress);

    /**
     * Who a site is to others.
     *
     * @param fingerprint what people compare
     * @param made whether it was made just now
     */
    record SiteFacts(String label, String siteId, String fingerprint, boolean made) {}

    /** What can be proven. */
    sealed interface Provable {
        /** Every record of it. */
        record Study(String uid) implements Provable {}

        record Record(String id) implements Provable {}

        /** Among the site's own records. */
        record Position(long position) implements Provable {}
    }

    /** @param file bytes of a proof file. Callers do not change the array */
    record Proof(long position, byte[] file) {}
}
