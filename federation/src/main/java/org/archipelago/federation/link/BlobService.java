package org.archipelago.federation.link;

import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;

/** What a node answers to the questions of {@link BlobLink}. The caller is a member, by the key of its connection. Thread-safe. */
public interface BlobService {
    /**
     * Stored bytes, as they are on disk: nobody here checks them.
     *
     * @param from not negative
     * @param maxBytes at most {@link LinkBounds#MAX_BLOB_PART_BYTES}; as many are given, unless the blob ends before
     * @throws ArchiveException NOT_FOUND when it is not here; INVALID_REQUEST behind its end; CORRUPT, OVERLOADED, SHUTTING_DOWN
     */
    BlobPart blob(SiteId caller, SiteId origin, BlobId blob, long from, int maxBytes);
}
