package org.archipelago.node.audit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessCommand.BeginAccess;
import org.archipelago.contract.access.AccessCommand.EndAccess;
import org.archipelago.contract.access.AccessCommand.WidenAccess;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records accesses as events. Reads of one study, or of one version that is named, by one caller for one purpose, no further
 * apart than the session time, share one beginning, and their counts and whom they found are durable in one end; queries have one of each.
 */
public final class AccessSessions implements AccessRecorder, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessSessions.class);
    private static final int MAX_WHAT_CHARS = 4096;

    private final AccessCommands commands;
    private final StreamNames names;
    private final Function<StudyCopyId, List<PatientRecordId>> patientsOf;
    private final Duration sessionTime;
    private final int maxOpenSessions;
    private final Clock clock;
    private final Map<SessionKey, Session> open = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    /**
     * @param patientsOf the patients of a study copy, the first of whose audit key then seals its accesses
     * @param maxOpenSessions beyond this many the one that was idle longest ends early: its next read begins another
     */
    public AccessSessions(
            AccessCommands commands,
            StreamNames names,
            Function<StudyCopyId, List<PatientRecordId>> patientsOf,
            Duration sessionTime,
            int maxOpenSessions,
            Clock clock) {
        this.commands = commands;
        this.names = names;
        this.patientsOf = patientsOf;
        this.sessionTime = sessionTime;
        this.maxOpenSessions = maxOpenSessions;
        this.clock = clock;
    }

    /** Sends commands about access sessions and waits until what they record is durable. */
    public interface AccessCommands {
        void begin(BeginAccess command);

        void widen(WidenAccess command);

        void end(EndAccess command);
    }

    private record SessionKey(
            AccessKind kind, Actor who, String purpose, StudyInstanceUid study, Optional<VersionId> version) {}

    @Override
    public Access begin(
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyInstanceUid> study,
            Optional<VersionId> version,
            String what) {
        String cut = what.length() <= MAX_WHAT_CHARS ? what : what.substring(0, MAX_WHAT_CHARS);
        Optional<StudyCopyId> copy = study.map(names::study);
        if (study.isEmpty() || kind == AccessKind.QUERY) {
            return single(kind, who, purpose, copy, cut);
        }
        SessionKey key = new SessionKey(kind, who, purpose, study.get(), version);
        while (true) {
            Optional<Session> session = join(key);
            if (session.isEmpty()) {
                return single(kind, who, purpose, copy, cut);
            }
            if (session.get().ensureBegan(kind, who, purpose, copy, cut)) {
                return new SharedAccess(session.get());
            }
        }
    }

    private Access single(AccessKind kind, Actor who, String purpose, Optional<StudyCopyId> study, String what) {
        Session session = new Session(newId());
        session.ensureBegan(kind, who, purpose, study, what);
        return new SingleAccess(session);
    }

    /** Ends the sessions that have been idle for the session time. To be called now and then. */
    public void endIdle() {
        Instant before = clock.instant().minus(sessionTime);
        end(session -> session.idleSince(before));
    }

    /** Ends all; what begins after this is refused nothing, but ends with its own close. */
    @Override
    public void close() {
        synchronized (open) {
            closed = true;
        }
        end(_ -> true);
    }

    private void end(Predicate<Session> which) {
        List<Session> ending = new ArrayList<>();
        synchronized (open) {
            open.values().removeIf(session -> {
                boolean chosen = which.test(session);
                if (chosen) {
                    ending.add(session);
                }
                return chosen;
            });
        }
        ending.forEach(Session::finish);
    }

    /** Empty once closed: nobody would end a session that is shared. */
    private Optional<Session> join(SessionKey key) {
        Session evicted;
        Session joined;
        synchronized (open) {
            if (closed) {
                return Optional.empty();
            }
            Session existing = open.get(key);
            if (existing != null && !existing.expired()) {
                return Optional.of(existing);
            }
            joined = new Session(newId());
            evicted = open.put(key, joined);
            if (evicted == null && open.size() > maxOpenSessions) {
                SessionKey eldest = open.keySet().iterator().next();
                evicted = open.remove(eldest);
            }
        }
        if (evicted != null) {
            evicted.finish();
        }
        return Optional.of(joined);
    }

    /** Empty where the study's records do not tell: its own audit key then seals the access, which is on record all the same. */
    private List<PatientRecordId> patients(StudyCopyId study) {
        try {
            return patientsOf.apply(study);
        } catch (ArchiveException e) {
            LOG.info("an access is recorded without the patients of its study: {}", e.getMessage());
            return List.of();
        }
    }

    private AccessSessionId newId() {
        return names.access(UUID.randomUUID().toString());
    }

    /**
     * From the first read to the last; counts of all between. Its own monitor guards it; what tells whether it goes on is read without that,
     * since a beginning may take long and nobody else is to wait for it.
     */
    private final class Session {
        private final AccessSessionId id;
        private boolean began;
        private volatile boolean finished;
        private boolean ended;
        private volatile int running;
        private volatile Instant lastUsed = clock.instant();
        private @Nullable AccessOutcome worst;
        private long objects;
        private long bytes;
        /** Whom what is on record so far names; null where no study is named, which names nobody before its end. */
        private @Nullable Set<PatientRecordId> named;

        private final Set<PatientRecordId> patients = new LinkedHashSet<>();
        private boolean morePatients;

        Session(AccessSessionId id) {
            this.id = id;
        }

        /** False when it was finished meanwhile: the caller needs another. */
        synchronized boolean ensureBegan(
                AccessKind kind, Actor who, String purpose, Optional<StudyCopyId> study, String what) {
            if (finished) {
                return false;
            }
            if (!began) {
                try {
                    List<PatientRecordId> of =
                            study.map(AccessSessions.this::patients).orElse(List.of());
                    commands.begin(new BeginAccess(
                            id,
                            kind,
                            who,
                            purpose,
                            study,
                            of.stream().findFirst(),
                            of.stream().skip(1).toList(),
                            what));
                    if (study.isPresent()) {
                        named = of.stream().limit(1 + AccessBegan.MAX_FURTHER).collect(Collectors.toSet());
                    }
                } catch (RuntimeException e) {
                    finished = true; // those who wait for it begin one of their own
                    throw e;
                }
                began = true;
            }
            running++;
            lastUsed = clock.instant();
            return true;
        }

        boolean idleSince(Instant before) {
            return running == 0 && lastUsed.isBefore(before);
        }

        boolean expired() {
            return finished
                    || (running == 0 && lastUsed.isBefore(clock.instant().minus(sessionTime)));
        }

        synchronized void add(long moreObjects, long moreBytes) {
            objects += moreObjects;
            bytes += moreBytes;
        }

        synchronized void found(Collection<PatientRecordId> found) {
            for (PatientRecordId patient : found) {
                if (patients.size() < AccessEnded.MAX_PATIENTS) {
                    patients.add(patient);
                } else if (!patients.contains(patient)) {
                    morePatients = true;
                }
            }
            nameAll();
        }

        /** Nobody's objects leave before it is on record that the access is about them, too. */
        private void nameAll() {
            if (named == null) {
                return;
            }
            List<PatientRecordId> more = new ArrayList<>();
            for (PatientRecordId patient : patients) {
                if (!named.contains(patient)) {
                    more.add(patient);
                }
            }
            for (int from = 0; from < more.size(); from += AccessBegan.MAX_FURTHER) {
                List<PatientRecordId> some = more.subList(from, Math.min(more.size(), from + AccessBegan.MAX_FURTHER));
                commands.widen(new WidenAccess(id, some));
                named.addAll(some);
            }
        }

        synchronized void leave(AccessOutcome outcome) {
            running--;
            lastUsed = clock.instant();
            worst = worst == null ? outcome : ofBoth(worst, outcome);
            endIfDone();
        }

        /** A refusal does not hide that something was seen, nor the other way round. */
        private static AccessOutcome ofBoth(AccessOutcome one, AccessOutcome other) {
            if (one != other && (one == AccessOutcome.REFUSED || other == AccessOutcome.REFUSED)) {
                boolean failed = one == AccessOutcome.FAILED || other == AccessOutcome.FAILED;
                return failed ? AccessOutcome.FAILED : AccessOutcome.PARTIAL;
            }
            return one.compareTo(other) > 0 ? one : other;
        }

        /** No new reads join; it ends with the last that is running. */
        synchronized void finish() {
            finished = true;
            endIfDone();
        }

        private void endIfDone() {
            if (!finished || ended || !began || running > 0) {
                return;
            }
            ended = true;
            try {
                commands.end(new EndAccess(
                        id,
                        worst == null ? AccessOutcome.FAILED : worst,
                        objects,
                        bytes,
                        List.copyOf(patients),
                        morePatients));
            } catch (RuntimeException e) {
                LOG.error("an access session could not be ended: its count stays unknown", e);
            }
        }
    }

    private static class SharedAccess implements Access {
        private final Session session;
        private AccessOutcome outcome = AccessOutcome.FAILED;
        private boolean left;

        SharedAccess(Session session) {
            this.session = session;
        }

        @Override
        public void count(long objects, long bytes) {
            session.add(objects, bytes);
        }

        @Override
        public void found(Collection<PatientRecordId> patients) {
            session.found(patients);
        }

        @Override
        public void outcome(AccessOutcome reached) {
            outcome = reached;
        }

        @Override
        public void close() {
            if (!left) {
                left = true;
                session.leave(outcome);
            }
        }
    }

    private static final class SingleAccess extends SharedAccess {
        private final Session only;

        SingleAccess(Session only) {
            super(only);
            this.only = only;
        }

        @Override
        public void close() {
            super.close();
            only.finish();
        }
    }
}
