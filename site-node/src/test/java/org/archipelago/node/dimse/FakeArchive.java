package org.archipelago.node.dimse;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.HeldPerson;
import org.archipelago.node.retrieve.HeldVersion;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryPage;

/** Keeps what arrives in memory, answers queries from a list, and writes down every access. */
final class FakeArchive implements ObjectIngest, Retrieval, ArchiveQueries, AccessRecorder, CommitmentCheck {
    static final StudyInstanceUid STUDY = new StudyInstanceUid("1.2.3.4");
    static final SeriesInstanceUid SERIES = new SeriesInstanceUid("1.2.3.4.5");

    static final LocalPosition HEAD = new LocalPosition(4711);
    static final PatientIdentifier PATIENT = new PatientIdentifier("P1", "SITE");

    record Kept(byte[] bytes, Arrival arrival) {}

    record Recorded(
            AccessKind kind,
            Actor who,
            Optional<StudyInstanceUid> study,
            String what,
            long[] counts,
            AtomicReference<AccessOutcome> outcome,
            Set<PatientRecordId> patients) {}

    /** Objects that have begun to arrive. */
    final AtomicInteger arriving = new AtomicInteger();

    final Map<String, Kept> kept = Collections.synchronizedMap(new LinkedHashMap<>());
    final List<AttributeSet> matches = Collections.synchronizedList(new ArrayList<>());
    final List<ArchiveQuery> queried = Collections.synchronizedList(new ArrayList<>());
    final List<Recorded> accesses = Collections.synchronizedList(new ArrayList<>());
    volatile Optional<ArchiveException> refusal = Optional.empty();
    volatile Runnable beforeEachStore = () -> {};
    volatile Optional<ArchiveException> recorderRefusal = Optional.empty();
    volatile boolean coerce;
    volatile boolean keepBytes = true;
    volatile Predicate<String> undecodable = _ -> false;
    volatile Predicate<String> corrupt = _ -> false;
    volatile Runnable beforeEachOpen = () -> {};
    final Map<String, PatientIdentifier> patientOf = new ConcurrentHashMap<>();
    final Set<Integer> unmatchable = ConcurrentHashMap.newKeySet();
    final List<Actor> committers = Collections.synchronizedList(new ArrayList<>());
    volatile Consumer<List<PendingReport.ReferencedInstance>> commitmentRefusals = _ -> {};
    volatile RuntimeException brokenRead = new ArchiveException(ArchiveError.CORRUPT, "blob");
    volatile Runnable beforeEachQuery = () -> {};
    /** Whether queries look for matches for as long as any are wanted. */
    volatile boolean searchesOn;

    volatile Runnable afterMatches = () -> {};

    @Override
    public Ingested ingest(InputStream dataset, Arrival arrival) throws IOException {
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        beforeEachStore.run();
        arriving.incrementAndGet();
        byte[] bytes = keepBytes ? dataset.readAllBytes() : new byte[0];
        long length = keepBytes ? bytes.length : dataset.transferTo(OutputStream.nullOutputStream());
        SopInstanceUid instance = arrival.announcedInstance().orElse(new SopInstanceUid("1.9"));
        kept.put(instance.value(), new Kept(bytes, arrival));
        return new Ingested(
                arrival.announcedClass().orElse(new SopClassUid("1.8")),
                instance,
                Optional.of(STUDY),
                Ingested.Outcome.STORED,
                length,
                new LocalPosition(kept.size()),
                coerce);
    }

    void hold(String sopClass, String instance, String syntax, byte[] bytes) {
        kept.put(
                instance,
                new Kept(
                        bytes,
                        new Arrival(
                                new TransferSyntaxUid(syntax),
                                Optional.of(new SopClassUid(sopClass)),
                                Optional.of(new SopInstanceUid(instance)),
                                Actor.node("test"),
                                Optional.empty(),
                                Optional.empty())));
    }

    @Override
    public List<HeldInstance> select(Scope scope) {
        if (!scope.study().equals(STUDY)) {
            return List.of();
        }
        synchronized (kept) {
            return kept.entrySet().stream()
                    .filter(e -> scope.instance()
                            .map(i -> i.value().equals(e.getKey()))
                            .orElse(true))
                    .map(e -> held(e.getKey(), e.getValue()))
                    .toList();
        }
    }

    private static HeldInstance held(String instance, Kept kept) {
        Digest digest = Digest.sha256(kept.bytes());
        StoredObject stored = new StoredObject(
                new SopInstanceUid(instance),
                kept.arrival().announcedClass().orElseThrow(),
                kept.arrival().transferSyntax(),
                digest,
                kept.bytes().length,
                new BlobRef(new BlobId(digest), new byte[40]));
        return new HeldInstance(COPY, STUDY, SERIES, stored, List.of());
    }

    @Override
    public List<HeldVersion> versions(StudyInstanceUid study, SopInstanceUid instance) {
        throw new UnsupportedOperationException("DIMSE names no versions");
    }

    @Override
    public List<StudyInstanceUid> studiesOf(SopInstanceUid instance) {
        return kept.containsKey(instance.value()) ? List.of(STUDY) : List.of();
    }

    @Override
    public HeldInstance leaving(HeldInstance instance) {
        return instance;
    }

    @Override
    public OutgoingObject open(HeldInstance instance, List<TransferSyntaxUid> accepted) {
        beforeEachOpen.run();
        StoredObject stored = instance.current();
        byte[] bytes = kept.get(stored.sopInstanceUid().value()).bytes();
        boolean verbatim = accepted.isEmpty() || accepted.contains(stored.transferSyntax());
        if (!verbatim && undecodable.test(stored.sopInstanceUid().value())) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, "pixels");
        }
        return new Outgoing(
                stored,
                verbatim ? stored.transferSyntax() : accepted.getFirst(),
                bytes,
                corrupt.test(stored.sopInstanceUid().value()),
                brokenRead);
    }

    private record Outgoing(
            StoredObject stored,
            TransferSyntaxUid transferSyntax,
            byte[] bytes,
            boolean corrupt,
            RuntimeException brokenRead)
            implements OutgoingObject {
        @Override
        public SopClassUid sopClassUid() {
            return stored.sopClassUid();
        }

        @Override
        public SopInstanceUid sopInstanceUid() {
            return stored.sopInstanceUid();
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            new ByteArrayInputStream(bytes, 0, corrupt ? bytes.length / 2 : bytes.length).transferTo(out);
            if (corrupt) {
                throw brokenRead;
            }
        }

        @Override
        public Optional<SeekableByteChannel> verbatim() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }

    @Override
    public OutgoingObject openOriginal(HeldInstance instance, String version) {
        return open(instance, List.of());
    }

    @Override
    public Metadata metadata(Scope scope) {
        return new Metadata(Stream.empty(), List.of());
    }

    @Override
    public AttributeSet metadata(HeldInstance instance) {
        throw new UnsupportedOperationException("DIMSE asks for no metadata");
    }

    @Override
    public Optional<String> revisionTag(Scope scope) {
        return Optional.empty();
    }

    @Override
    public List<Result> check(List<PendingReport.ReferencedInstance> references, Actor requester) {
        committers.add(requester);
        commitmentRefusals.accept(references);
        return references.stream().map(this::result).toList();
    }

    private Result result(PendingReport.ReferencedInstance reference) {
        Kept held = kept.get(reference.sopInstanceUid());
        if (held == null) {
            return Result.NO_SUCH_OBJECT;
        }
        return held.arrival().announcedClass().orElseThrow().value().equals(reference.sopClassUid())
                ? Result.COMMITTED
                : Result.CLASS_INSTANCE_CONFLICT;
    }

    @Override
    public QueryPage find(ArchiveQuery query) {
        throw new UnsupportedOperationException("pages leave gaps");
    }

    @Override
    public <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E {
        queried.add(query);
        beforeEachQuery.run();
        for (AttributeSet match : List.copyOf(matches)) {
            consumer.concerns(match.text(Tags.PATIENT_ID)
                    .map(id -> Set.of(record(new PatientIdentifier(id, "SITE"))))
                    .orElse(Set.of()));
            if (!consumer.take(match)) {
                return;
            }
        }
        while (searchesOn && consumer.isWanted()) {
            LockSupport.parkNanos(1_000_000);
        }
        afterMatches.run();
    }

    @Override
    public List<List<Integer>> unmatched(ArchiveQuery query) {
        return query.keys().stream()
                .map(MatchingKey::path)
                .filter(path -> unmatchable.contains(path.getFirst()))
                .toList();
    }

    @Override
    public List<HeldInstance> ofPatient(List<HeldInstance> instances, PatientIdentifier patient) {
        return instances.stream()
                .filter(i -> patient.equals(
                        patientOf.getOrDefault(i.current().sopInstanceUid().value(), PATIENT)))
                .toList();
    }

    /** As a record of the fake. */
    static PatientRecordId record(PatientIdentifier patient) {
        return new PatientRecordId(new StreamId(new UUID(1, 2) + "/patient/" + patient.id()));
    }

    @Override
    public List<HeldPerson> people(StudyInstanceUid study) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<PatientRecordId> patientsOf(List<HeldInstance> instances) {
        return instances.stream()
                .map(i -> patientOf.getOrDefault(i.current().sopInstanceUid().value(), PATIENT))
                .map(FakeArchive::record)
                .collect(Collectors.toSet());
    }

    @Override
    public Access begin(
            AccessKind kind,
            Actor who,
            String purpose,
            Optional<StudyInstanceUid> study,
            Optional<VersionId> version,
            String what) {
        recorderRefusal.ifPresent(e -> {
            throw e;
        });
        Recorded recorded = new Recorded(
                kind, who, study, what, new long[2], new AtomicReference<>(), ConcurrentHashMap.newKeySet());
        accesses.add(recorded);
        return new Access() {
            @Override
            public void count(long objects, long bytes) {
                recorded.counts()[0] += objects;
                recorded.counts()[1] += bytes;
            }

            @Override
            public void found(Collection<PatientRecordId> patients) {
                recorded.patients().addAll(patients);
            }

            @Override
            public void outcome(AccessOutcome outcome) {
                recorded.outcome().set(outcome);
            }

            @Override
            public void close() {
                recorded.outcome().compareAndSet(null, AccessOutcome.FAILED);
            }
        };
    }

    private static final StudyCopyId COPY = new StudyCopyId(new StreamId(new UUID(1, 2) + "/study/0"));
}
