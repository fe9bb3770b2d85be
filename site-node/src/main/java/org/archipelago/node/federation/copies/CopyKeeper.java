package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyCommand.RecordHeldCopy;
import org.archipelago.contract.federation.CopyCommand.ReleaseHeldCopy;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.follow.Ending;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings in and keeps the blobs of studies that other sites have assigned to this one, one after the other, and puts on record what it
 * holds once that is durable. What fails is tried again, after those of other sites. Thread-safe.
 */
public final class CopyKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyKeeper.class);

    private static final long PAUSE_MS = 500;
    private static final int CHUNK_RECORDS = 256;
    private static final String HELD = "StudyCopyHeld";
    /** Of one study. */
    private static final int MAX_BLOBS = 1_000_000;

    /** Of studies that may go later, in one look. */
    private static final int MAX_LOOKS = 256;

    /** Between two tries of what failed, in pauses. */
    private static final int RETRY_PAUSES = 2;

    private final EventLog log;
    private final Sealing sealing;
    private final StreamNames names;
    private final CopyFacts facts;
    private final ForeignBlobs kept;
    private final CopyTransfer transfer;
    private final CopyAssigner.Commands commands;
    private final ReleaseRule release;
    private final Runnable factsRead;
    private final LinkedHashSet<StudyCopyId> waiting = new LinkedHashSet<>();
    /** Not to be held here any more, and kept until others hold them. */
    private final LinkedHashSet<StudyCopyId> leaving = new LinkedHashSet<>();

    private final Set<StudyCopyId> failed = new HashSet<>();
    private final AtomicInteger pending = new AtomicInteger();
    private final LongAdder recorded = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private final Thread reading;

    /**
     * @param grace how long a study stays that is to be held nowhere
     * @param factsRead called when what other sites recorded of copies has been read on
     */
    public CopyKeeper(
            EventLog log,
            Sealing sealing,
            StreamNames names,
            CopyFacts facts,
            ForeignBlobs kept,
            CopyTransfer transfer,
            CopyAssigner.Commands commands,
            Duration grace,
            Clock clock,
            Runnable factsRead) {
        this.log = log;
        this.sealing = sealing;
        this.names = names;
        this.facts = facts;
        this.kept = kept;
        this.transfer = transfer;
        this.commands = commands;
        this.release = new ReleaseRule(log, facts, grace, clock);
        this.factsRead = factsRead;
        this.thread = Thread.ofPlatform().name("copy-keeper").daemon(true).unstarted(this::run);
        this.reading = Thread.ofPlatform().name("copy-facts").daemon(true).unstarted(this::readFacts);
    }

    public void start() {
        reading.start();
        thread.start();
    }

    private void run() {
        each(this::turn, "copies of other sites' studies could not be looked at; this is tried again");
    }

    /** Apart from what is brought in, which may take long: others decide by it. */
    private void readFacts() {
        each(
                turn -> {
                    if (turn % RETRY_PAUSES == 0) {
                        facts.tryWaiting();
                    }
                    facts.readOn();
                    factsRead.run();
                },
                "what other sites recorded of copies could not be read; this is tried again");
    }

    private void each(IntConsumer task, String failure) {
        try {
            for (int turn = 0; !closed.await(PAUSE_MS, TimeUnit.MILLISECONDS); turn++) {
                try {
                    task.accept(turn);
                } catch (RuntimeException e) {
                    LOG.error(failure, e);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void turn(int number) {
        if (number % RETRY_PAUSES == 0) {
            waiting.addAll(failed);
            failed.clear();
            lookAtLeaving();
        }
        waiting.addAll(facts.takeDue());
        Set<String> away = new HashSet<>();
        while (!waiting.isEmpty() && closed.getCount() > 0) {
            pending.set(waiting.size() + failed.size());
            StudyCopyId study = waiting.removeFirst();
            if (away.contains(origin(study)) || !isDone(study)) {
                failed.add(study);
                away.add(origin(study)); // one that gives nothing now holds up the others once a turn
            }
        }
        pending.set(waiting.size() + failed.size());
    }

    private void lookAtLeaving() {
        for (int looks = Math.min(MAX_LOOKS, leaving.size()); looks > 0; looks--) {
            StudyCopyId study = leaving.removeFirst();
            leaving.add(study);
            try {
                if (release.mayGo(study)) {
                    leaving.remove(study);
                    waiting.add(study);
                }
            } catch (ArchiveException e) {
                LOG.info("study {} is kept on: {}", study, e.getMessage());
            }
        }
    }

    private static String origin(StudyCopyId study) {
        return study.stream().value().substring(0, study.stream().value().indexOf('/'));
    }

    private boolean isDone(StudyCopyId study) {
        try {
            return see(study);
        } catch (ArchiveException e) {
            LOG.info("study {} is not held yet: {}", study, e.getMessage());
        } catch (IOException | RuntimeException e) {
            LOG.error("study {} could not be taken in; this is tried again", study, e);
        }
        return false;
    }

    /** @return whether nothing is left to do */
    private boolean see(StudyCopyId study) throws IOException {
        Optional<Boolean> assigned = facts.isAssignedHere(study);
        Optional<Named> read = assigned.isEmpty() ? Optional.empty() : named(study);
        if (read.isEmpty()) {
            return false;
        }
        Named named = read.get();
        leaving.remove(study);
        if (!assigned.orElseThrow()) {
            leave(study, named);
            return true;
        }
        for (Map.Entry<ForeignBlobId, Place> blob : named.blobs().entrySet()) {
            if (!kept.contains(blob.getKey())
                    && !transfer.bring(study, blob.getValue().object())) {
                withdrawIfLost(study, blob.getValue().revision());
                return false;
            }
        }
        if (named.through().value() >= 0) {
            commands.send(new RecordHeldCopy(
                    names.held(study),
                    study,
                    named.through(),
                    named.blobs().size(),
                    named.blobs().keySet().stream().mapToLong(this::storedBytes).sum()));
            recorded.increment();
        }
        return true;
    }

    /**
     * Takes back this site's word for each copy that is not here: a log that came back says more than its disk holds. Before others hear of
     * it; reads the whole own log.
     */
    public void withdrawWhatIsGone() {
        SiteId own = log.site();
        long end = log.originHead(own).value() + 1;
        for (long next = 0; next < end; ) {
            List<StoredRecord> chunk = log.readOrigin(own, new OriginPosition(next), CHUNK_RECORDS);
            chunk.stream().filter(this::isLastWord).forEach(this::withdrawIfGone);
            next += Math.max(1, chunk.size());
        }
    }

    private boolean isLastWord(StoredRecord stored) {
        RecordHeader header = stored.record().header();
        return header.type().equals(HELD)
                && log.streamHead(header.stream())
                        .filter(head -> head.revision().equals(header.revision()))
                        .isPresent();
    }

    private void withdrawIfGone(StoredRecord stored) {
        try {
            if (sealing.open(stored.record()).payload() instanceof StudyCopyHeld held && !isHere(held)) {
                commands.send(new ReleaseHeldCopy(held.stream(), held.study(), "site came back without it"));
            }
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.ERASED && e.error() != ArchiveError.KEY_LOST) {
                throw e;
            }
            LOG.debug("nobody can read that a study was held: {}", e.getMessage());
        }
    }

    private boolean isHere(StudyCopyHeld held) {
        return named(held.study())
                .filter(named -> named.through().compareTo(held.through()) >= 0)
                .filter(named -> named.blobs().entrySet().stream()
                        .filter(blob -> blob.getValue().revision().compareTo(held.through()) <= 0)
                        .allMatch(blob -> kept.contains(blob.getKey())))
                .isPresent();
    }

    /** It was here when this site vouched for it, and cannot be had again now. */
    private void withdrawIfLost(StudyCopyId study, Revision named) {
        StreamId stream = names.held(study);
        log.streamHead(stream)
                .flatMap(head ->
                        log.readStream(stream, head.revision(), 1).stream().findFirst())
                .map(stored -> sealing.open(stored.record()).payload())
                .filter(StudyCopyHeld.class::isInstance)
                .filter(held -> ((StudyCopyHeld) held).through().compareTo(named) >= 0)
                .ifPresent(_ -> {
                    LOG.error("some of study {} that was held is lost, and cannot be had again now", study);
                    commands.send(new ReleaseHeldCopy(stream, study, "lost some of it"));
                });
    }

    private long storedBytes(ForeignBlobId blob) {
        OptionalLong length = kept.lengthBytes(blob);
        return length.orElseThrow(() -> new ArchiveException(ArchiveError.CORRUPT, "kept blob that went meanwhile"));
    }

    private void leave(StudyCopyId study, Named named) {
        if (named.erased() || release.mayGo(study)) {
            letGo(study, named);
            return;
        }
        leaving.add(study);
        named.blobs().entrySet().stream()
                .filter(blob -> !kept.contains(blob.getKey()))
                .findFirst()
                .ifPresent(blob -> withdrawIfLost(study, blob.getValue().revision()));
    }

    /** First it says so: else others would count on what is gone. */
    private void letGo(StudyCopyId study, Named named) {
        commands.send(new ReleaseHeldCopy(names.held(study), study, "assigned to others"));
        named.blobs().keySet().forEach(kept::discard);
    }

    /** @param revision of the first record that names it */
    private record Place(StoredObject object, Revision revision) {}

    /**
     * Blobs that a study's records name.
     *
     * @param through up to this record; no further than this program understands them
     * @param erased by its origin; nobody can open it any more
     */
    private record Named(Map<ForeignBlobId, Place> blobs, Revision through, boolean erased) {}

    /** Empty while some of its records cannot be read. */
    private Optional<Named> named(StudyCopyId study) {
        Map<ForeignBlobId, Place> blobs = new LinkedHashMap<>();
        long next = 0;
        OptionalLong unknown = OptionalLong.empty();
        List<StoredRecord> chunk = log.readStream(study.stream(), new Revision(next), CHUNK_RECORDS);
        while (!chunk.isEmpty()) {
            for (StoredRecord stored : chunk) {
                Object event = sealing.openReplica(stored.record()).payload();
                Revision at = stored.record().header().revision();
                switch (event) {
                    case Erased _ -> {
                        return Optional.of(new Named(Map.of(), at, true));
                    }
                    case Unreadable _ -> {
                        return Optional.empty();
                    }
                    case UnknownRecord _ -> unknown = unknown.isPresent() ? unknown : OptionalLong.of(at.value());
                    default -> add(study, event, at, blobs);
                }
            }
            if (blobs.size() > MAX_BLOBS) {
                throw new ArchiveException(ArchiveError.DATASET_LIMIT, "objects of one study");
            }
            next += chunk.size();
            chunk = log.readStream(study.stream(), new Revision(next), CHUNK_RECORDS);
        }
        return Optional.of(new Named(blobs, new Revision(unknown.orElse(next) - 1), false));
    }

    private static void add(StudyCopyId study, Object event, Revision at, Map<ForeignBlobId, Place> blobs) {
        SiteId origin = study.stream().origin();
        StudyClaims.objects(event)
                .forEach(object -> blobs.putIfAbsent(
                        new ForeignBlobId(origin, object.blob().id()), new Place(object, at)));
        if (event instanceof BlobReplaced replaced) {
            blobs.remove(new ForeignBlobId(origin, replaced.replaced()));
        }
    }

    /** Studies that are assigned to this site and not held yet. */
    public int pending() {
        return pending.get();
    }

    /** Studies that were found held since the start, each as often as it had grown. */
    public long recorded() {
        return recorded.sum();
    }

    /** Waits for a part that is on its way. */
    @Override
    public void close() {
        closed.countDown();
        transfer.close();
        Ending.await(reading);
        Ending.await(thread);
    }
}
