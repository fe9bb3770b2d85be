package org.archipelago.node.ingest;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.ClaimHeldElsewhereException;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what arrived for a study while its previous commit was in flight into one command, so that one sync pays for
 * many instances, with no added wait when idle: whoever gets the study's lane next sends for all who wait.
 */
final class StudyBatcher {
    private static final Logger LOG = LoggerFactory.getLogger(StudyBatcher.class);
    /** Each claim conflict of one attempt is known in the next; new ones can only come from racing studies. */
    private static final int MAX_CLAIM_ATTEMPTS = 16;

    private final StudyCommands commands;
    private final StreamNames names;
    private final int maxBatch;
    private final Map<StudyCopyId, Lane> lanes = new ConcurrentHashMap<>();

    /** @param maxBatch most instances in one command */
    StudyBatcher(StudyCommands commands, StreamNames names, int maxBatch) {
        this.commands = commands;
        this.names = names;
        this.maxBatch = maxBatch;
    }

    /** What one command has in common. */
    record Batch(
            StudyCopyId study,
            StudyInstanceUid studyInstanceUid,
            Optional<PatientRecordId> patient,
            KeyId pixelKey,
            Actor source) {}

    /**
     * On return the instance is recorded durably.
     *
     * @param durable returns once the instance's blob is durable; awaited before the instance is recorded
     */
    StoreOutcome store(Batch batch, IncomingInstance instance, Runnable durable) {
        Pending mine = new Pending(batch, instance, durable);
        Lane lane = enter(mine);
        lane.turn.lock();
        try {
            while (!mine.done) {
                sendNext(lane);
            }
        } finally {
            lane.turn.unlock();
            leave(batch.study());
        }
        return mine.result();
    }

    /** How many studies have somebody waiting or sending. */
    int lanes() {
        return lanes.size();
    }

    /** How many wait for this study's next command. */
    int waiting(StudyCopyId study) {
        Lane lane = lanes.get(study);
        if (lane == null) {
            return 0;
        }
        synchronized (lane.waiting) {
            return lane.waiting.size();
        }
    }

    private Lane enter(Pending pending) {
        return lanes.compute(pending.batch.study(), (_, existing) -> {
            Lane lane = existing == null ? new Lane() : existing;
            lane.users++;
            synchronized (lane.waiting) {
                lane.waiting.add(pending);
            }
            return lane;
        });
    }

    private void leave(StudyCopyId study) {
        lanes.computeIfPresent(study, (_, lane) -> --lane.users == 0 ? null : lane);
    }

    private void sendNext(Lane lane) {
        List<Pending> batch = lane.take(maxBatch);
        try {
            send(batch);
        } catch (RuntimeException | Error e) {
            if (batch.size() == 1 || !concernsOneInstance(e)) {
                batch.forEach(pending -> pending.fail(e));
            } else {
                batch.forEach(this::sendAlone);
            }
        }
    }

    /** A batch must not fail because of one of its instances. */
    private void sendAlone(Pending pending) {
        try {
            send(List.of(pending));
        } catch (RuntimeException | Error e) {
            pending.fail(e);
        }
    }

    private static boolean concernsOneInstance(Throwable e) {
        return !(e instanceof ArchiveException refusal) || refusal.error().retry() == ArchiveError.Retry.USELESS;
    }

    private void send(List<Pending> pending) {
        Batch batch = pending.getFirst().batch;
        List<IncomingInstance> instances = pending.stream().map(p -> p.instance).toList();
        Map<SopInstanceUid, StudyCopyId> elsewhere = new HashMap<>();
        for (int attempt = 1; ; attempt++) {
            try {
                List<StoreOutcome> outcomes = commands.store(
                        new StoreInstances(
                                batch.study(),
                                batch.studyInstanceUid(),
                                batch.patient(),
                                batch.pixelKey(),
                                instances,
                                Map.copyOf(elsewhere),
                                batch.source()),
                        () -> pending.forEach(each -> each.durable.run()));
                for (int i = 0; i < outcomes.size(); i++) {
                    pending.get(i).succeed(outcomes.get(i));
                }
                return;
            } catch (ClaimHeldElsewhereException e) {
                if (attempt == MAX_CLAIM_ATTEMPTS) {
                    throw new ArchiveException(ArchiveError.OVERLOADED, "SOP Instance UID in racing studies", e);
                }
                Map<SopInstanceUid, StudyCopyId> found = heldElsewhere(instances, e.holders());
                found.forEach((uid, other) -> flag(other, uid, batch));
                elsewhere.putAll(found);
            }
        }
    }

    /**
     * The other study is told before this one records anything: a crash between the two leaves a flag too many, which the
     * sender's next attempt makes true, and never one too few.
     */
    private void flag(StudyCopyId other, SopInstanceUid uid, Batch batch) {
        try {
            commands.flag(new FlagInstanceElsewhere(other, uid, batch.study(), batch.source()));
        } catch (ArchiveException e) {
            if (e.error().retry() != ArchiveError.Retry.USELESS) {
                throw e;
            }
            LOG.warn("A study that holds an instance of another one, too, cannot be told so: {}", e.error());
        }
    }

    private Map<SopInstanceUid, StudyCopyId> heldElsewhere(
            List<IncomingInstance> instances, Map<String, StreamId> holders) {
        Map<SopInstanceUid, StudyCopyId> held = new HashMap<>();
        for (IncomingInstance instance : instances) {
            SopInstanceUid uid = instance.object().sopInstanceUid();
            StreamId holder = holders.get(names.claim("sop", uid.value()));
            if (holder != null) {
                held.put(uid, new StudyCopyId(holder));
            }
        }
        if (held.isEmpty()) {
            throw new IllegalStateException("the log reports claims that no instance of the batch makes");
        }
        return held;
    }

    /** Those who wait for one study. */
    private static final class Lane {
        final ReentrantLock turn = new ReentrantLock();
        final ArrayDeque<Pending> waiting = new ArrayDeque<>();
        int users;

        /** At least one is waiting: the caller itself. All that the first one can share a command with, in order of arrival. */
        List<Pending> take(int most) {
            synchronized (waiting) {
                List<Pending> taken = new ArrayList<>();
                Batch batch = waiting.getFirst().batch;
                Iterator<Pending> each = waiting.iterator();
                while (each.hasNext() && taken.size() < most) {
                    Pending next = each.next();
                    if (next.batch.equals(batch)) {
                        taken.add(next);
                        each.remove();
                    }
                }
                return taken;
            }
        }
    }

    /** Written under the lane's turn, read by its owner under the same lock. */
    private static final class Pending {
        final Batch batch;
        final IncomingInstance instance;
        final Runnable durable;
        boolean done;
        private @Nullable StoreOutcome outcome;
        private @Nullable Throwable failure;

        Pending(Batch batch, IncomingInstance instance, Runnable durable) {
            this.batch = batch;
            this.instance = instance;
            this.durable = durable;
        }

        void succeed(StoreOutcome result) {
            outcome = result;
            done = true;
        }

        void fail(Throwable cause) {
            failure = cause;
            done = true;
        }

        StoreOutcome result() {
            return switch (failure) {
                case null -> Objects.requireNonNull(outcome);
                case ArchiveException refusal ->
                    throw new ArchiveException(refusal.error(), refusal.subject(), refusal);
                case Error error -> throw error;
                case Throwable cause -> throw new IllegalStateException("the study's command failed", cause);
            };
        }
    }
}
