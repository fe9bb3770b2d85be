package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.federation.CopyCommand.RecordHeldCopy;
import org.archipelago.contract.federation.CopyCommand.ReleaseHeldCopy;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings in and keeps the blobs of studies that other sites have assigned to this one, one after the other, and puts on record what it
 * holds once that is durable. What fails is tried again, after the others. Thread-safe.
 */
public final class CopyKeeper implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyKeeper.class);

    private static final long PAUSE_MS = 500;
    private static final int CHUNK_RECORDS = 256;
    /** Between two tries of what failed, in pauses. */
    private static final int RETRY_PAUSES = 10;

    private final EventLog log;
    private final Sealing sealing;
    private final StreamNames names;
    private final CopyFacts facts;
    private final ForeignBlobs kept;
    private final CopyTransfer transfer;
    private final CopyAssigner.Commands commands;
    private final Runnable factsRead;
    private final Deque<StudyCopyId> waiting = new ArrayDeque<>();
    private final Set<StudyCopyId> failed = new HashSet<>();
    private final AtomicInteger pending = new AtomicInteger();
    private final LongAdder recorded = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /** @param factsRead called when what other sites recorded of copies has been read on */
    public CopyKeeper(
            EventLog log,
            Sealing sealing,
            StreamNames names,
            CopyFacts facts,
            ForeignBlobs kept,
            CopyTransfer transfer,
            CopyAssigner.Commands commands,
            Runnable factsRead) {
        this.log = log;
        this.sealing = sealing;
        this.names = names;
        this.facts = facts;
        this.kept = kept;
        this.transfer = transfer;
        this.commands = commands;
        this.factsRead = factsRead;
        this.thread = Thread.ofPlatform().name("copy-keeper").daemon(true).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            for (int turn = 0; !closed.await(PAUSE_MS, TimeUnit.MILLISECONDS); turn++) {
                try {
                    turn(turn % RETRY_PAUSES == 0);
                } catch (RuntimeException e) {
                    LOG.error("copies of other sites' studies could not be looked at; this is tried again", e);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void turn(boolean again) {
        if (again) {
            facts.tryWaiting();
            waiting.addAll(failed);
            failed.clear();
        }
        facts.readOn();
        factsRead.run();
        facts.takeDue().stream().filter(study -> !waiting.contains(study)).forEach(waiting::add);
        while (!waiting.isEmpty() && closed.getCount() > 0) {
            pending.set(waiting.size() + failed.size());
            StudyCopyId study = waiting.remove();
            try {
                if (!see(study)) {
                    failed.add(study);
                }
            } catch (ArchiveException e) {
                failed.add(study);
                LOG.info("a study of {} is not held yet: {}", study.stream().origin(), e.getMessage());
            } catch (IOException | RuntimeException e) {
                failed.add(study);
                LOG.error(
                        "a study of {} could not be taken in; this is tried again",
                        study.stream().origin(),
                        e);
            }
        }
        pending.set(waiting.size() + failed.size());
    }

    /** @return whether nothing is left to do */
    private boolean see(StudyCopyId study) throws IOException {
        Optional<Named> named = named(study);
        if (named.isEmpty()) {
            return false;
        }
        if (!facts.isAssignedHere(study)) {
            letGo(study, named.get());
            return true;
        }
        for (Map.Entry<ForeignBlobId, StoredObject> blob : named.get().objects().entrySet()) {
            if (!kept.contains(blob.getKey()) && !transfer.bring(study, blob.getValue())) {
                return false;
            }
        }
        commands.send(new RecordHeldCopy(
                names.held(study),
                study,
                named.get().through(),
                named.get().objects().size(),
                named.get().objects().keySet().stream()
                        .mapToLong(this::storedBytes)
                        .sum()));
        recorded.increment();
        return true;
    }

    private long storedBytes(ForeignBlobId blob) {
        OptionalLong length = kept.lengthBytes(blob);
        return length.orElseThrow(() -> new ArchiveException(ArchiveError.CORRUPT, "kept blob that went meanwhile"));
    }

    /** First it says so: else others would count on what is gone. */
    private void letGo(StudyCopyId study, Named named) {
        commands.send(new ReleaseHeldCopy(names.held(study), study, "assigned to others"));
        named.objects().keySet().forEach(kept::discard);
    }

    /**
     * Blobs that a study's records name.
     *
     * @param through up to this record
     */
    private record Named(Map<ForeignBlobId, StoredObject> objects, Revision through) {}

    /** Empty while some of its records cannot be read. */
    private Optional<Named> named(StudyCopyId study) {
        Map<ForeignBlobId, StoredObject> objects = new LinkedHashMap<>();
        long next = 0;
        List<StoredRecord> chunk = log.readStream(study.stream(), new Revision(next), CHUNK_RECORDS);
        while (!chunk.isEmpty()) {
            for (StoredRecord stored : chunk) {
                Object event = sealing.openReplica(stored.record()).payload();
                if (event instanceof Erased) {
                    return Optional.of(new Named(Map.of(), new Revision(next)));
                }
                if (event instanceof Unreadable) {
                    return Optional.empty();
                }
                StudyClaims.objects(event)
                        .forEach(object -> objects.put(
                                new ForeignBlobId(
                                        study.stream().origin(), object.blob().id()),
                                object));
                if (event instanceof BlobReplaced replaced) {
                    objects.remove(new ForeignBlobId(study.stream().origin(), replaced.replaced()));
                }
            }
            next += chunk.size();
            chunk = log.readStream(study.stream(), new Revision(next), CHUNK_RECORDS);
        }
        return Optional.of(new Named(objects, new Revision(next - 1)));
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
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
