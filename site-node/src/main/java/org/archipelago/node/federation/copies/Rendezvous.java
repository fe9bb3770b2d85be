package org.archipelago.node.federation.copies;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;

/**
 * Weighted rendezvous hashing: each site has a score for each study, and the best hold it. In proportion to what they offer, and so that
 * one that comes or goes moves only what it gains or leaves.
 */
final class Rendezvous {
    private static final int HASH_BITS = 53;

    private Rendezvous() {}

    /** As many sites as are wanted and offer something, the best first. */
    static List<SiteId> choose(StreamId study, Map<SiteId, Long> offeredBytes, int wanted) {
        return offeredBytes.entrySet().stream()
                .filter(site -> site.getValue() > 0)
                .sorted(Comparator.comparingDouble(
                                (Map.Entry<SiteId, Long> site) -> score(study, site.getKey(), site.getValue()))
                        .reversed())
                .limit(wanted)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static double score(StreamId study, SiteId site, long weight) {
        byte[] hash = Digest.sha256((study + " " + site).getBytes(StandardCharsets.US_ASCII))
                .toBytes();
        double uniform = ((ByteBuffer.wrap(hash).getLong() >>> (Long.SIZE - HASH_BITS)) + 0.5) / (1L << HASH_BITS);
        return -weight / Math.log(uniform);
    }
}
