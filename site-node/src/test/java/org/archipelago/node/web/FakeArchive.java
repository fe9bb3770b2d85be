package org.archipelago.node.web;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.HeldPerson;
import org.archipelago.node.retrieve.HeldVersion;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;

/**
 * A whole archive in memory. Its data sets are text: {@code study|series|instance|class} and a line end, then payload.
 * Syntaxes other than the stored one are made by putting {@code decoded:} before the data set.
 */
public final class FakeArchive implements ObjectIngest, Retrieval, ArchiveQueries {
    public static final String CT = "1.2.840.10008.5.1.4.1.1.2";

    public record Kept(HeldInstance held, byte[] dataset, AttributeSet metadata) {}

    public final List<Kept> kept = new CopyOnWriteArrayList<>();
    private final Map<VersionId, byte[]> others = new ConcurrentHashMap<>();
    public final List<ArchiveQuery> asked = new CopyOnWriteArrayList<>();
    public final List<AttributeSet> matches = new CopyOnWriteArrayList<>();
    public volatile Function<Arrival, Optional<ArchiveError>> refusal = arrival -> Optional.empty();
    /** Whether what comes is kept apart from all studies. */
    public volatile boolean quarantines;

    public volatile Optional<ArchiveError> searchFailure = Optional.empty();
    /** Of studies that have some. */
    public final Map<String, Integer> openConflicts = new ConcurrentHashMap<>();

    /** Instances of different people; empty where all are of one. */
    public final List<String> people = new CopyOnWriteArrayList<>();

    public final Set<SopInstanceUid> unreadable = ConcurrentHashMap.newKeySet();
    public volatile boolean more;
    public final List<List<Integer>> unmatched = new CopyOnWriteArrayList<>();
    /** Not there when they are to be opened. */
    public final Set<String> missing = ConcurrentHashMap.newKeySet();

    public volatile boolean undecodable;
    public volatile String undecodableInstance = "";
    public volatile int failAfterBytes = Integer.MAX_VALUE;
    /** Those that break there; all where it is empty. */
    public final Set<String> breaking = ConcurrentHashMap.newKeySet();

    public volatile String revision = "r1";
    public volatile Supplier<AttributeSet> furtherMetadata = () -> AttributeSet.EMPTY;

    /** Specific Character Set (0008,0005) in Explicit VR Little Endian: a data set has to begin like one. */
    private static final String START = "\b\0\5\0CS\12\0ISO_IR 192";

    public static byte[] dataset(String study, String series, String instance, String payload) {
        return (START + study + "|" + series + "|" + instance + "|" + CT + "\n" + payload)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public Ingested ingest(InputStream dataset, Arrival arrival) throws IOException {
        Optional<ArchiveError> refused = refusal.apply(arrival);
        if (refused.isPresent()) {
            throw new ArchiveException(refused.get(), "fake");
        }
        byte[] bytes = dataset.readAllBytes();
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String[] uids = uids(text);
        if (uids.length != 4) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "fake");
        }
        StudyInstanceUid study = new StudyInstanceUid(uids[0]);
        if (arrival.requiredStudy().isPresent()
                && !arrival.requiredStudy().get().equals(study)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "StudyInstanceUID");
        }
        if (!quarantines) {
            add(study, uids, arrival.transferSyntax(), bytes, AttributeSet.EMPTY);
        }
        SopInstanceUid instance = new SopInstanceUid(uids[2]);
        boolean coerced =
                arrival.announcedInstance().filter(a -> !a.equals(instance)).isPresent();
        return new Ingested(
                new SopClassUid(uids[3]),
                instance,
                quarantines ? Optional.empty() : Optional.of(study),
                quarantines ? Ingested.Outcome.QUARANTINED : Ingested.Outcome.STORED,
                bytes.length,
                new LocalPosition(kept.size()),
                coerced);
    }

    private static String[] uids(String text) {
        boolean begins = text.startsWith("\b\0\5\0CS") || text.startsWith("\0\b\0\5CS");
        if (!begins || text.indexOf('\n', START.length()) < 0) {
            throw new ArchiveException(ArchiveError.NOT_A_DATASET, "fake");
        }
        return text.substring(START.length(), text.indexOf('\n', START.length()))
                .split("\\|");
    }

    public void keep(TransferSyntaxUid syntax, byte[] bytes, AttributeSet more) {
        String[] uids = uids(new String(bytes, StandardCharsets.ISO_8859_1));
        add(new StudyInstanceUid(uids[0]), uids, syntax, bytes, more);
    }

    private void add(StudyInstanceUid study, String[] uids, TransferSyntaxUid syntax, byte[] bytes, AttributeSet more) {
        StoredObject object = new StoredObject(
                new SopInstanceUid(uids[2]),
                new SopClassUid(uids[3]),
                syntax,
                Digest.sha256(bytes),
                bytes.length,
                new BlobRef(new BlobId(Digest.sha256(bytes)), new byte[40]));
        TreeMap<Integer, Attribute> all = new TreeMap<>(more.attributes());
        all.put(Tags.SOP_CLASS_UID, uid(uids[3]));
        all.put(Tags.SOP_INSTANCE_UID, uid(uids[2]));
        all.put(Tags.STUDY_INSTANCE_UID, uid(uids[0]));
        all.put(Tags.SERIES_INSTANCE_UID, uid(uids[1]));
        HeldInstance held = new HeldInstance(
                new StudyCopyId(new StreamId("00000000-0000-0000-0000-000000000000/study/" + "0".repeat(64))),
                study,
                new SeriesInstanceUid(uids[1]),
                object,
                List.of());
        kept.add(new Kept(held, bytes, AttributeSet.of(all)));
    }

    public static Attribute uid(String value) {
        return new Attribute(Vr.UI, List.of(new Value.Text(value)));
    }

    private Stream<Kept> within(Scope scope) {
        return kept.stream()
                .filter(k -> k.held().study().equals(scope.study()))
                .filter(k -> scope.series().isEmpty()
                        || scope.series().get().equals(k.held().series()))
                .filter(k -> scope.instance().isEmpty()
                        || scope.instance().get().equals(k.held().current().sopInstanceUid()));
    }

    @Override
    public List<HeldInstance> select(Scope scope) {
        return within(scope).map(Kept::held).toList();
    }

    /** Another version of the last kept object, by the same source. */
    public VersionId keepBeside(byte[] bytes) {
        Kept last = kept.removeLast();
        StoredObject current = last.held().current();
        StoredObject other = new StoredObject(
                current.sopInstanceUid(),
                current.sopClassUid(),
                current.transferSyntax(),
                Digest.sha256(bytes),
                bytes.length,
                new BlobRef(new BlobId(Digest.sha256(bytes)), new byte[40]));
        HeldInstance held = last.held();
        kept.add(new Kept(
                new HeldInstance(held.copy(), held.study(), held.series(), current, List.of(other)),
                last.dataset(),
                last.metadata()));
        others.put(other.version(), bytes);
        return other.version();
    }

    /** The fake's objects are of one, but for those that are said to be of the other. */
    public static final PatientRecordId ANNA = new PatientRecordId(new StreamId(new UUID(1, 2) + "/patient/anna"));

    public static final PatientRecordId BERT = new PatientRecordId(new StreamId(new UUID(1, 2) + "/patient/bert"));
    public final Set<VersionId> ofBert = ConcurrentHashMap.newKeySet();

    @Override
    public List<HeldPerson> people(StudyInstanceUid study) {
        List<HeldInstance> all = select(Scope.study(study));
        return all.stream()
                .filter(held -> people.isEmpty()
                        ? held.equals(all.getFirst())
                        : people.contains(held.current().sopInstanceUid().value()))
                .sorted(Comparator.comparing(
                        held -> people.indexOf(held.current().sopInstanceUid().value())))
                .map(held -> new HeldPerson(held, Set.of(held.series())))
                .toList();
    }

    @Override
    public Set<PatientRecordId> patientsOf(List<HeldInstance> instances) {
        Set<PatientRecordId> patients = new LinkedHashSet<>();
        instances.forEach(
                instance -> patients.add(ofBert.contains(instance.current().version()) ? BERT : ANNA));
        return patients;
    }

    @Override
    public List<HeldVersion> versions(StudyInstanceUid study, SopInstanceUid instance) {
        return kept.stream()
                .map(Kept::held)
                .filter(held -> held.study().equals(study)
                        && held.current().sopInstanceUid().equals(instance))
                .flatMap(held -> Stream.concat(
                        Stream.of(version(held, held.current(), HeldVersion.Role.CURRENT)),
                        held.others().stream().map(other -> version(held, other, HeldVersion.Role.SUPERSEDED))))
                .toList();
    }

    private static HeldVersion version(HeldInstance held, StoredObject object, HeldVersion.Role role) {
        return new HeldVersion(
                object, held.series(), role, Actor.device("CT1", "10.0.0.1"), Instant.EPOCH, Optional.empty());
    }

    @Override
    public List<HeldInstance> ofPatient(List<HeldInstance> instances, PatientIdentifier patient) {
        throw new UnsupportedOperationException("DICOMweb names no patients");
    }

    @Override
    public List<StudyInstanceUid> studiesOf(SopInstanceUid instance) {
        return kept.stream()
                .filter(k -> k.held().current().sopInstanceUid().equals(instance))
                .map(k -> k.held().study())
                .toList();
    }

    @Override
    public HeldInstance leaving(HeldInstance instance) {
        return instance;
    }

    @Override
    public void check(HeldInstance instance) {
        if (missing.contains(instance.current().sopInstanceUid().value())) {
            throw new ArchiveException(ArchiveError.CORRUPT, "fake");
        }
    }

    @Override
    public OutgoingObject open(HeldInstance instance, List<TransferSyntaxUid> accepted) {
        check(instance);
        TransferSyntaxUid stored = instance.current().transferSyntax();
        byte[] bytes = bytes(instance);
        if (accepted.isEmpty() || accepted.contains(stored)) {
            return new Outgoing(instance, stored, bytes);
        }
        if (undecodable
                || instance.current().sopInstanceUid().value().equals(undecodableInstance)
                || !accepted.contains(TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN)) {
            throw new ArchiveException(ArchiveError.TRANSCODING_FAILED, stored.value());
        }
        byte[] decoded =
                ("decoded:" + new String(bytes, StandardCharsets.ISO_8859_1)).getBytes(StandardCharsets.ISO_8859_1);
        return new Outgoing(instance, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN, decoded);
    }

    @Override
    public OutgoingObject openOriginal(HeldInstance instance, String version) {
        if (!version.equals(instance.current().version().value())) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "version");
        }
        return new Outgoing(instance, instance.current().transferSyntax(), bytes(instance));
    }

    private byte[] bytes(HeldInstance instance) {
        byte[] other = others.get(instance.current().version());
        return other != null ? other : current(instance);
    }

    private byte[] current(HeldInstance instance) {
        return kept.stream()
                .filter(k -> k.held().equals(instance))
                .findFirst()
                .orElseThrow()
                .dataset();
    }

    @Override
    public Metadata metadata(Scope scope) {
        return new Metadata(
                within(scope)
                        .filter(k -> !unreadable.contains(k.held().current().sopInstanceUid()))
                        .map(Kept::metadata),
                within(scope)
                        .map(k -> k.held().current().sopInstanceUid())
                        .filter(unreadable::contains)
                        .toList());
    }

    @Override
    public AttributeSet metadata(HeldInstance instance) {
        return kept.stream()
                .filter(k -> k.held().equals(instance) || k.held().others().contains(instance.current()))
                .findFirst()
                .orElseThrow()
                .metadata()
                .with(furtherMetadata.get());
    }

    @Override
    public Optional<String> revisionTag(Scope scope) {
        return within(scope).findAny().map(k -> revision);
    }

    @Override
    public QueryPage find(ArchiveQuery query) {
        asked.add(query);
        if (searchFailure.isPresent()) {
            throw new ArchiveException(searchFailure.get(), "fake");
        }
        return new QueryPage(
                new ArrayList<>(matches),
                more,
                new LocalPosition(41),
                matches.isEmpty() ? Set.of() : Set.of(ANNA),
                query.level() == QueryLevel.STUDY ? inConflict() : Set.of());
    }

    private Set<StudyInstanceUid> inConflict() {
        return matches.stream()
                .flatMap(match -> match.text(Tags.STUDY_INSTANCE_UID).stream())
                .filter(study -> openConflicts.getOrDefault(study, 0) > 0)
                .map(StudyInstanceUid::new)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Override
    public <E extends Exception> void walk(ArchiveQuery query, MatchConsumer<E> consumer) throws E {
        for (AttributeSet match : find(query).matches()) {
            if (!consumer.take(match)) {
                return;
            }
        }
    }

    @Override
    public List<List<Integer>> unmatched(ArchiveQuery query) {
        return List.copyOf(unmatched);
    }

    private final class Outgoing implements OutgoingObject {
        private final HeldInstance instance;
        private final TransferSyntaxUid syntax;
        private final byte[] bytes;

        Outgoing(HeldInstance instance, TransferSyntaxUid syntax, byte[] bytes) {
            this.instance = instance;
            this.syntax = syntax;
            this.bytes = bytes;
        }

        @Override
        public SopClassUid sopClassUid() {
            return instance.current().sopClassUid();
        }

        @Override
        public SopInstanceUid sopInstanceUid() {
            return instance.current().sopInstanceUid();
        }

        @Override
        public TransferSyntaxUid transferSyntax() {
            return syntax;
        }

        @Override
        public void writeTo(OutputStream out) throws IOException {
            if (failAfterBytes < bytes.length
                    && (breaking.isEmpty() || breaking.contains(sopInstanceUid().value()))) {
                out.write(Arrays.copyOf(bytes, failAfterBytes));
                throw new ArchiveException(ArchiveError.CORRUPT, "fake");
            }
            out.write(bytes);
        }

        @Override
        public Optional<SeekableByteChannel> verbatim() {
            return Optional.of(new ByteChannel(bytes));
        }

        @Override
        public void close() {}
    }
}
