package org.archipelago.blobstore;

import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;

/** A blob of another site. Who wrote it is part of its name, so no site can take a name away from another, nor from this one. */
public record ForeignBlobId(SiteId origin, BlobId id) {
    @Override
    public String toString() {
        return origin + "/" + id;
    }
}
