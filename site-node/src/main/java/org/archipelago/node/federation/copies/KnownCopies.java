package org.archipelago.node.federation.copies;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which study copies other sites have registered, by the study's UID: from the log alone, so that objects can be fetched while search is
 * down. Their streams' names tell it to nobody but their origin, hence this table; 32 bytes a copy, made anew at each start. Of one site
 * the first copy of a study counts. A copy whose key is not here waits, and is looked at again. Thread-safe.
 */
public final class KnownCopies implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KnownCopies.class);

    private static final String REGISTERED = "StudyRegistered";
    private static final int CHUNK_RECORDS = 1024;
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    /** Of those that wait for their key, in one look. */
    private static final int MAX_TRIED = 10_000;

    private final EventLog log;
    private final Sealing sealing;
    private final Supplier<Collection<SiteId>> origins;
    private final Map<SiteId, Origin> known = new HashMap<>();
    private final Thread following;
    private volatile boolean closed;
    private long triedAtNanos = System.nanoTime() - LOOK_AGAIN.toNanos();

    /** Guarded by this. */
    private static final class Origin {
        private final PlaceTable byStudy = new PlaceTable();
        private final List<OriginPosition> waiting = new ArrayList<>();
        private long next;
    }

    /** @param origins the other sites whose records are in the log */
    public KnownCopies(EventLog log, Sealing sealing, Supplier<Collection<SiteId>> origins) {
        this.log = log;
        this.sealing = sealing;
        this.origins = origins;
        this.following = Thread.ofVirtual().name("known-copies").unstarted(this::follow);
    }

    /** Reads on in the background, so that who asks need not wait for it. */
    public void start() {
        following.start();
    }

    private void follow() {
        try {
            while (!closed) {
                try {
                    readOn();
                } catch (ArchiveException e) {
                    LOG.debug("copies of other sites are looked for again: {}", e.getMessage());
                }
                Thread.sleep(LOOK_AGAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readOn() {
        for (SiteId origin : origins.get()) {
            boolean more = true;
            while (more && !closed) {
                more = readChunk(origin);
            }
        }
    }

    private synchronized boolean readChunk(SiteId origin) {
        Origin of = known.computeIfAbsent(origin, _ -> new Origin());
        long head = log.originHead(origin).value();
        if (of.next > head) {
            return false;
        }
        List<StoredRecord> records = log.readOrigin(origin, new OriginPosition(of.next), CHUNK_RECORDS);
        for (StoredRecord record : records) {
            take(of, new OriginPosition(of.next), record);
            of.next++;
        }
        if (records.isEmpty()) {
            if (!log.isDamaged(origin, new OriginPosition(of.next))) {
                return false; // it is not there yet
            }
            of.next++;
        }
        return true;
    }

    private void take(Origin of, OriginPosition at, StoredRecord record) {
        if (record.record().header().type().equals(REGISTERED)) {
            registered(record)
                    .ifPresentOrElse(
                            event -> of.byStudy.putIfAbsent(
                                    PlaceTable.hash(event.studyInstanceUid().value()), at.value()),
                            () -> of.waiting.add(at));
        }
    }

    /** Empty while it cannot be read. */
    private Optional<StudyRegistered> registered(StoredRecord record) {
        return sealing.openReplica(record.record()).payload() instanceof StudyRegistered event
                ? Optional.of(event)
                : Optional.empty();
    }

    /** Those that can be read now, by their site's id; one of a site at most. */
    public List<StudyCopyId> of(StudyInstanceUid study) {
        readOn();
        List<StudyCopyId> copies = find(study);
        return copies.isEmpty() && tryWaiting() ? find(study) : copies;
    }

    private synchronized List<StudyCopyId> find(StudyInstanceUid study) {
        List<StudyCopyId> copies = new ArrayList<>();
        known.forEach((origin, of) -> of.byStudy.each(
                PlaceTable.hash(study.value()),
                at -> log.atOrigin(origin, new OriginPosition(at))
                        .flatMap(this::registered)
                        .filter(event -> event.studyInstanceUid().equals(study))
                        .ifPresent(event -> copies.add(event.study()))));
        copies.sort(Comparator.comparing(copy -> copy.stream().value()));
        return copies.stream().distinct().toList();
    }

    /** Their keys may have come. @return whether any was looked at */
    private synchronized boolean tryWaiting() {
        long now = System.nanoTime();
        if (now - triedAtNanos < LOOK_AGAIN.toNanos()) {
            return false;
        }
        triedAtNanos = now;
        int left = MAX_TRIED;
        for (Map.Entry<SiteId, Origin> entry : known.entrySet()) {
            Origin of = entry.getValue();
            int tried = Math.min(left, of.waiting.size());
            List<OriginPosition> first = new ArrayList<>(of.waiting.subList(0, tried));
            of.waiting.subList(0, tried).clear();
            for (OriginPosition at : first) {
                log.atOrigin(entry.getKey(), at).ifPresent(record -> take(of, at, record));
            }
            left -= tried;
        }
        return left < MAX_TRIED;
    }

    @Override
    public void close() {
        closed = true;
        following.interrupt();
    }
}
