package org.archipelago.federation.proof;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.checkpoint.SignedInclusion;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.merkle.MerkleHash;

/** Proves records of this site's own log. */
public final class Prover {
    private final EventLog log;
    private final SiteIdentity identity;
    private final Checkpoints checkpoints;

    public Prover(EventLog log, SiteIdentity identity, Checkpoints checkpoints) {
        this.log = log;
        this.identity = identity;
        this.checkpoints = checkpoints;
    }

    /**
     * Under the latest checkpoint, or a new one if the record is younger.
     *
     * @throws ArchiveException NOT_FOUND; CORRUPT when the record is not as it was signed; SIGNING_WITHHELD when no checkpoint reaches
     *     it
     */
    public ProofFile prove(OriginPosition position) {
        SiteId site = identity.site();
        StoredRecord record = log.atOrigin(site, position)
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "record " + position + " of " + site));
        if (checkpoints.latest().map(SignedCheckpoint::size).orElse(0L) <= position.value()) {
            checkpoints.advance();
        }
        byte[] header = record.record().headerBytes();
        SignedInclusion signed = checkpoints.proofs().inclusion(position, MerkleHash.leaf(header));
        return new ProofFile(
                identity.verifierKey().key(),
                header,
                signed.proof(),
                signed.checkpoint().note());
    }
}
