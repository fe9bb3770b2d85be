package org.archipelago.node.cli;

import java.util.List;
import java.util.Optional;

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

    /** This site's descriptor, for another to accept; recorded. Callers do not change the array. */
    byte[] invite(NodeAddress node);

    /**
     * Takes a site for a peer; recorded.
     *
     * @param descriptor bytes of its file
     * @param fingerprint what that site's people say
     */
    AcceptedPeer accept(NodeAddress node, byte[] descriptor, String fingerprint);

    List<Peer> peers(NodeAddress node);

    /**
     * What a running node's network view may lack, a line each: of sites that are not reached, behind, or not readable there. Of members
     * only, so also empty where there are none.
     */
    List<String> gaps(NodeAddress node);

    /** Recorded with its reason. */
    void remove(NodeAddress node, String siteId, String reason);

    /**
     * Another site, as its descriptor says.
     *
     * @param address host:port; empty when it takes no calls
     * @param issued when it said so
     */
    record Peer(String label, String site, String fingerprint, String address, String issued) {}

    /** @param reply for the peer to accept; empty when it was one itself */
    record AcceptedPeer(Peer peer, Optional<byte[]> reply) {}

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
