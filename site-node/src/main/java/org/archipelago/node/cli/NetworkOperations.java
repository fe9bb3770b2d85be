package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
     * Brings the log of a site that was destroyed, and its keys, back from its peers into an empty data directory, or goes on with one in
     * which this was interrupted. On return a node can be started there.
     *
     * @throws CommandFailure nothing was begun, or why it did not come to its end
     */
    RecoveredSite recover(NodeAddress node, RecoverySource source, Progress progress);

    /**
     * Of a site whose log came back from peers, while its node is stopped: it signs without having heard these members. What they alone
     * have seen of it parts from what it signs then.
     *
     * @param members each by label, id or address
     */
    void goWithout(NodeAddress node, List<String> members);

    /**
     * Of a site that was restored from a backup, while its node is stopped: no other site has its log, so it signs without being confirmed.
     * Who has it all the same sees a fork.
     */
    void goUnfollowed(NodeAddress node);

    /** Whether the site's log came back from its peers, so that its node can run; its blobs may still be on their way. */
    boolean isLogRecovered(NodeAddress node);

    /** What came back and what did not, as the site has signed it; empty as long as blobs are on their way. */
    Optional<String> recoveryReport(NodeAddress node);

    /**
     * Where a destroyed site comes back from.
     *
     * @param peers each a descriptor's file, or the label, id or address of a peer whose descriptor is kept with the identity
     * @param fingerprints of those that are files, as their people say
     * @param identity a copy of the site's identity; empty: it is in the data directory, or with the keys
     * @param keys a backup of its keys
     * @param without members that need not answer, each by label, id or address
     */
    record RecoverySource(
            List<String> peers,
            List<String> fingerprints,
            Optional<Path> identity,
            Optional<Path> keys,
            List<String> without) {}

    /**
     * What came back.
     *
     * @param seen records of the largest checkpoint of the site that any peer knew of that answered
     * @param silent members that did not answer: nothing is signed until they have
     * @param closed records that nobody can open, by kind
     * @param keys that came back, by peer and class
     * @param refused keys that are not those which the log names, by peer
     */
    record RecoveredSite(
            String siteId,
            long records,
            String root,
            long seen,
            List<String> silent,
            Map<String, Long> closed,
            Map<String, Map<String, Long>> keys,
            Map<String, Long> refused) {}

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
