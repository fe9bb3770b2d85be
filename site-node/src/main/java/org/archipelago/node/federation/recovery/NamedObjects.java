package org.archipelago.node.federation.recovery;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;

/** The objects whose bytes this site's own records say are kept here, without those that others have replaced. Thread-safe. */
final class NamedObjects {
    private static final int CHUNK_RECORDS = 256;
    private static final Set<String> KINDS = Set.of("study", "quarantine");

    private final EventLog log;
    private final Sealing sealing;
    private final long end;
    private final Set<BlobId> replaced = new HashSet<>();

    /** @param end position behind the last record that is looked at */
    NamedObjects(EventLog log, Sealing sealing, long end) {
        this.log = log;
        this.sealing = sealing;
        this.end = end;
        // Few: each stands for a blob that was found damaged.
        each(
                0,
                (_, events) -> events.forEach(event -> {
                    switch (event.payload()) {
                        case BlobReplaced one -> replaced.add(one.replaced());
                        case QuarantinedBlobReplaced one -> replaced.add(one.replaced());
                        default -> {
                            // names no blob that is gone
                        }
                    }
                }));
    }

    /** An object, and the stream whose pixel key wraps its own. */
    record Named(StreamId owner, StoredObject object) {}

    /** Hears of the objects of some records at a time. */
    interface Visitor {
        /** @param next position of the record behind those */
        void visit(long next, List<Named> objects);
    }

    private record Opened(StreamId stream, Object payload) {}

    private interface Chunks {
        void visit(long next, List<Opened> events);
    }

    void from(long position, Visitor visitor) {
        each(position, (next, events) -> {
            List<Named> objects = new ArrayList<>();
            for (Opened event : events) {
                for (StoredObject object : StudyClaims.objects(event.payload())) {
                    if (!replaced.contains(object.blob().id())) {
                        objects.add(new Named(event.stream(), object));
                    }
                }
            }
            visitor.visit(next, objects);
        });
    }

    private void each(long position, Chunks chunks) {
        long next = position;
        while (next < end) {
            int limit = (int) Math.min(CHUNK_RECORDS, end - next);
            List<StoredRecord> chunk = log.readOrigin(log.site(), new OriginPosition(next), limit);
            List<Opened> opened = new ArrayList<>();
            chunk.forEach(stored -> open(stored, opened::add));
            next += Math.max(1, chunk.size()); // a damaged one is passed: it is found elsewhere
            chunks.visit(next, opened);
        }
    }

    private void open(StoredRecord stored, Consumer<Opened> to) {
        StreamId stream = stored.record().header().stream();
        if (!KINDS.contains(stream.kind()) || stored.record().isWithheld()) {
            return;
        }
        try {
            to.accept(new Opened(stream, sealing.open(stored.record()).payload()));
        } catch (ArchiveException _) {
            // What it names nobody can tell: its key is lost, or it is damaged.
        }
    }
}
