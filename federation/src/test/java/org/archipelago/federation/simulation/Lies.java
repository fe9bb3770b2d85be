package org.archipelago.federation.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.merkle.ConsistencyProof;

/** What a peer may say that does not have the origin's key. */
final class Lies {
    private final SimRandom random;

    Lies(SimRandom random) {
        this.random = random;
    }

    RecordBatch about(RecordBatch batch) {
        if (batch.records().isEmpty()) {
            return batch;
        }
        List<LinkRecord> records = new ArrayList<>(batch.records());
        int at = random.below(records.size());
        LinkRecord honest = records.get(at);
        OriginPosition from = batch.from();
        switch (random.below(5)) {
            case 0 -> records.set(at, forged(honest, false));
            case 1 -> records.set(at, forged(honest, true));
            case 2 -> records.set(at, LinkRecord.withheld(honest.header()));
            case 3 -> from = new OriginPosition(from.value() + 1 + random.below(3));
            default -> records.addAll(batch.records());
        }
        return new RecordBatch(from, records, batch.checkpoint());
    }

    /** Well-formed in all, with a digest that fits. */
    private LinkRecord forged(LinkRecord honest, boolean foreign) {
        LogRecord record = LogRecord.withheld(honest.header());
        StreamId stream = record.header().stream();
        StreamId claimed = foreign ? new StreamId(new SiteId(new UUID(1, 2)) + "/study/" + stream.name()) : stream;
        LogRecord forged =
                SimRecords.next(random, claimed, record.header().revision().value());
        return LinkRecord.whole(forged.headerBytes(), forged.body());
    }

    ConsistencyProof about(ConsistencyProof proof) {
        List<Digest> path = new ArrayList<>(proof.path());
        if (path.isEmpty()) {
            return proof;
        }
        path.set(random.below(path.size()), Digest.of(random.bytes(Digest.LENGTH_BYTES)));
        return new ConsistencyProof(proof.first(), proof.second(), path);
    }
}
