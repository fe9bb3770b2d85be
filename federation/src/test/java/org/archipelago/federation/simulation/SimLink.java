package org.archipelago.federation.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.LinkRecord;
import org.archipelago.federation.link.LinkService;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/**
 * A connection whose answers may be lost, late (an earlier answer comes in place of this one), cut short or altered on the way. A peer
 * that lies does so here, too: to who asks, it is the same.
 */
final class SimLink implements PeerLink {
    private static final int MAX_REMEMBERED = 8;

    private final SiteId caller;
    private final SiteId peer;
    private final Supplier<Optional<LinkService>> service;
    private final SimRandom random;
    private final Faults faults;
    private final Map<String, List<Object>> earlier;

    /** Probabilities, and whether this peer lies. */
    record Faults(double lost, double late, double altered, boolean lies) {
        static final Faults NONE = new Faults(0, 0, 0, false);
    }

    /** @param earlier answers of this peer to this caller, kept over connections */
    SimLink(
            SiteId caller,
            SiteId peer,
            Supplier<Optional<LinkService>> service,
            SimRandom random,
            Faults faults,
            Map<String, List<Object>> earlier) {
        this.caller = caller;
        this.peer = peer;
        this.service = service;
        this.random = random;
        this.faults = faults;
        this.earlier = earlier;
    }

    private interface Question<T> {
        T ask(LinkService service) throws InterruptedException;
    }

    @SuppressWarnings("unchecked")
    private <T> T ask(String what, Question<T> question) {
        if (random.chance(faults.lost())) {
            throw unavailable();
        }
        T answer = answer(question);
        List<Object> remembered = earlier.computeIfAbsent(what, _ -> new ArrayList<>());
        if (random.chance(faults.lost())) {
            throw unavailable();
        }
        if (!remembered.isEmpty() && random.chance(faults.late())) {
            return (T) random.one(remembered);
        }
        if (remembered.size() < MAX_REMEMBERED) {
            remembered.add(answer);
        } else {
            remembered.set(random.below(MAX_REMEMBERED), answer);
        }
        return answer;
    }

    private <T> T answer(Question<T> question) {
        LinkService asked = service.get().orElseThrow(SimLink::unavailable);
        try {
            return question.ask(asked);
        } catch (ArchiveException e) {
            throw e.error() == ArchiveError.NOT_FOUND ? e : unavailable();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static ArchiveException unavailable() {
        return new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "simulated network");
    }

    @Override
    public SiteId peer() {
        return peer;
    }

    @Override
    public List<OriginHead> heads() {
        return ask("heads", asked -> asked.heads(caller));
    }

    @Override
    public Optional<SignedNote> checkpoint(SiteId origin) {
        return ask("checkpoint " + origin, asked -> asked.checkpoint(caller, origin));
    }

    @Override
    public RecordBatch records(SiteId origin, OriginPosition from, int maxBytes, Duration wait) {
        int fewer = random.chance(0.5) ? maxBytes : 1 + random.below(2000);
        RecordBatch batch =
                ask("records " + origin, asked -> asked.records(caller, origin, from, fewer, Duration.ZERO));
        if (faults.lies() && random.chance(0.5)) {
            batch = new Lies(random).about(batch);
        }
        return random.chance(faults.altered()) ? altered(batch) : batch;
    }

    private RecordBatch altered(RecordBatch batch) {
        if (batch.records().isEmpty()) {
            return batch;
        }
        List<LinkRecord> records = new ArrayList<>(batch.records());
        int at = random.below(records.size());
        LinkRecord record = records.get(at);
        switch (random.below(5)) {
            case 0 -> records.subList(at, records.size()).clear();
            case 1 -> records.add(at, record);
            case 2 -> records.remove(at);
            case 3 -> records.set(at, new LinkRecord(flipped(record.header()), record.body()));
            default ->
                records.set(at, new LinkRecord(record.header(), record.body().map(this::flipped)));
        }
        return new RecordBatch(batch.from(), records, batch.checkpoint());
    }

    private byte[] flipped(byte[] bytes) {
        byte[] flipped = bytes.clone();
        flipped[random.below(bytes.length)] ^= (byte) (1 << random.below(8));
        return flipped;
    }

    @Override
    public ConsistencyProof consistency(SiteId origin, long first, long second) {
        ConsistencyProof proof =
                ask("consistency " + origin, asked -> asked.consistency(caller, origin, first, second));
        return faults.lies() && random.chance(0.3) ? new Lies(random).about(proof) : proof;
    }

    @Override
    public HandedKeys keys(Optional<StreamId> study) {
        return ask("keys", asked -> asked.keys(caller, study));
    }

    @Override
    public ReturnedKeys returned(OriginPosition from, OriginPosition through) {
        return ask("returned keys", asked -> asked.returned(caller, from, through));
    }

    @Override
    public void close() {}
}
