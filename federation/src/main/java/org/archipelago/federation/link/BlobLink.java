package org.archipelago.federation.link;

import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;

/**
 * What a node asks of one peer that may hold blobs, of its own or of another site. Bounded, and known by its key, as {@link PeerLink};
 * nothing that it says is believed: the caller authenticates every byte by the blob's key. May be used by several threads.
 */
public interface BlobLink extends AutoCloseable {
    /** The site at the other end. */
    SiteId peer();

    /**
     * Stored bytes of a blob from a place on: as many as were asked for, or up to its end.
     *
     * @param maxBytes at most {@link LinkBounds#MAX_BLOB_PART_BYTES}
     * @throws ArchiveException NOT_FOUND when the peer does not hold it; PEER_UNAVAILABLE, NOT_AUTHORIZED, PEER_MISBEHAVED as for every call
     */
    BlobPart blob(SiteId origin, BlobId blob, long from, int maxBytes);

    @Override
    void close();
}
