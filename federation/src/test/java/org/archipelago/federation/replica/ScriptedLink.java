package org.archipelago.federation.replica;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/** A peer that answers as a node does, but for what a test changes on the way. */
public final class ScriptedLink implements PeerLink {
    public static final SiteId PEER = new SiteId(new UUID(8, 8));
    private static final SiteId CALLER = new SiteId(new UUID(9, 9));

    public UnaryOperator<RecordBatch> batches = UnaryOperator.identity();
    public UnaryOperator<ConsistencyProof> proofs = UnaryOperator.identity();
    public int maxBytes = Integer.MAX_VALUE;

    private final LinkService service;
    private final SiteId peer;

    public ScriptedLink(LinkService service) {
        this(service, PEER);
    }

    ScriptedLink(LinkService service, SiteId peer) {
        this.service = service;
        this.peer = peer;
    }

    @Override
    public SiteId peer() {
        return peer;
    }

    @Override
    public List<OriginHead> heads() {
        return service.heads(CALLER);
    }

    @Override
    public Optional<SignedNote> checkpoint(SiteId origin) {
        return service.checkpoint(CALLER, origin);
    }

    @Override
    public RecordBatch records(SiteId origin, OriginPosition from, int most, Duration wait) {
        try {
            return batches.apply(service.records(CALLER, origin, from, Math.min(most, maxBytes), wait));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "interrupted", e);
        }
    }

    @Override
    public ConsistencyProof consistency(SiteId origin, long first, long second) {
        return proofs.apply(service.consistency(CALLER, origin, first, second));
    }

    @Override
    public HandedKeys keys(Optional<StreamId> study) {
        return service.keys(CALLER, study);
    }

    @Override
    public ReturnedKeys returned(OriginPosition from, OriginPosition through) {
        return service.returned(CALLER, from, through);
    }

    @Override
    public void close() {}
}
