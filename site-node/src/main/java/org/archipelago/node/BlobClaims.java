package org.archipelago.node;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.EventLog;

/** Which blobs the log names; the others are orphans: stored, and never recorded. */
record BlobClaims(EventLog log, StreamNames names) {
    boolean isNamed(BlobId blob) {
        try {
            return !log.claimHolders(names.claim(StudyClaims.BLOB_KIND, blob.toString()))
                    .isEmpty();
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return true; // a record names it, and is damaged
        }
    }
}
