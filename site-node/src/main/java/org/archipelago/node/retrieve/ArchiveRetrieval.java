package org.archipelago.node.retrieve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.DatasetHeaders;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.domain.patient.CorrectionsInForce;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.domain.patient.PatientInForce;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.InstanceHeader;

/**
 * What leaves is the blob plus the corrections in force (architecture section 3): byte-identical to what came in where no
 * correction applies, else with Original Attributes Sequence (0400,0561) saying what changed.
 */
public final class ArchiveRetrieval implements Retrieval {
    private final StudyCatalog catalog;
    private final ObjectBytes bytes;
    private final PatientReader patients;
    private final DatasetHeaders headers;
    private final HeaderFiles headerFiles;
    private final DataSetRewriter rewriter;
    private final String modifyingSystem;
    private final Predicate<KeyRef> lost;

    /**
     * @param lost of keys, as {@code KeyStore.isLost} says
     * @param modifyingSystem this site, as Original Attributes Sequence names it; at most 64 characters
     */
    public ArchiveRetrieval(
            StudyCatalog catalog,
            Predicate<KeyRef> lost,
            ObjectBytes bytes,
            PatientReader patients,
            DatasetHeaders headers,
            HeaderFiles headerFiles,
            DataSetRewriter rewriter,
            String modifyingSystem) {
        this.catalog = catalog;
        this.lost = lost;
        this.bytes = bytes;
        this.patients = patients;
        this.headers = headers;
        this.headerFiles = headerFiles;
        this.rewriter = rewriter;
        this.modifyingSystem = modifyingSystem;
    }

    @Override
    public List<HeldInstance> select(Scope scope) {
        return contents(scope)
                .map(contents -> instances(contents, scope)
                        .map(instance -> held(contents, instance))
                        .toList())
                .orElse(List.of());
    }

    private Optional<StudyContents> contents(Scope scope) {
        return catalog.study(scope.study()).filter(contents -> {
            if (contents.isErased()) {
                boolean isLost = lost.test(new KeyRef(KeyClass.INDEX, catalog.copyOf(scope.study()).stream()));
                throw new ArchiveException(isLost ? ArchiveError.KEY_LOST : ArchiveError.ERASED, "study");
            }
            return true;
        });
    }

    /** By series in order of first arrival, then by order of arrival. */
    private static Stream<StudyContents.Instance> instances(StudyContents contents, Scope scope) {
        Map<SeriesInstanceUid, Integer> order = new LinkedHashMap<>();
        contents.series().forEach(series -> order.put(series.uid(), order.size()));
        Stream<StudyContents.Instance> all = scope.instance().isPresent()
                ? contents.instance(scope.instance().get()).stream()
                : contents.instances().stream();
        return all.filter(instance ->
                        scope.series().isEmpty() || scope.series().get().equals(instance.series()))
                .sorted(Comparator.comparing(instance -> order.getOrDefault(instance.series(), Integer.MAX_VALUE)));
    }

    private static HeldInstance held(StudyContents contents, StudyContents.Instance instance) {
        return new HeldInstance(
                contents.copy().orElseThrow(),
                contents.studyInstanceUid().orElseThrow(),
                instance.series(),
                instance.current().object(),
                instance.others().stream().map(StudyContents.Version::object).toList());
    }

    @Override
    public List<HeldInstance> ofPatient(List<HeldInstance> instances, PatientIdentifier patient) {
        Map<StudyInstanceUid, StudyContents> studies = new HashMap<>();
        Map<StudyInstanceUid, Set<Integer>> people = new HashMap<>();
        return instances.stream()
                .filter(instance -> {
                    StudyContents study = studies.computeIfAbsent(
                            instance.study(), uid -> catalog.study(uid).orElse(StudyContents.empty()));
                    Set<Integer> meant = people.computeIfAbsent(instance.study(), _ -> people(study, patient));
                    return study.instance(instance.current().sopInstanceUid())
                            .filter(held -> meant.contains(held.current().person()))
                            .isPresent();
                })
                .toList();
    }

    /** By number, those of a study whom a search by this identifier finds there; who is one person they agree on. */
    private Set<Integer> people(StudyContents study, PatientIdentifier patient) {
        StudyPeople people = study.people();
        return people.apart(this::survivor).stream()
                .filter(one ->
                        isIdentifiedBy(one.stream().map(people.all()::get).toList(), patient))
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    private boolean isIdentifiedBy(List<StudyPeople.Person> one, PatientIdentifier patient) {
        List<PatientRecordId> records =
                one.stream().flatMap(person -> person.patient().stream()).toList();
        return records.isEmpty()
                ? one.stream()
                        .flatMap(person -> PatientIdentifiers.said(person.described()).stream())
                        .anyMatch(said -> said.id().strip().equals(patient.id()))
                : isIdentifiedBy(survivor(records.getFirst()), patient);
    }

    private PatientRecordId survivor(PatientRecordId record) {
        return PatientInForce.survivor(record, other -> patients.history(other).mergedInto());
    }

    private boolean isIdentifiedBy(PatientRecordId record, PatientIdentifier patient) {
        AttributeSet corrected = patients.correctionsFor(record).attributes();
        return patients.history(record)
                .identifier()
                .filter(own -> corrected.text(Tags.PATIENT_ID).orElse(own.id()).equals(patient.id()))
                .filter(own -> corrected
                        .text(Tags.ISSUER_OF_PATIENT_ID)
                        .orElse(own.issuer())
                        .equals(patient.issuer()))
                .isPresent();
    }

    @Override
    public List<HeldPerson> people(StudyInstanceUid study) {
        return contents(Scope.study(study)).map(this::people).orElse(List.of());
    }

    private List<HeldPerson> people(StudyContents contents) {
        Map<Integer, StudyContents.Instance> byPerson = new HashMap<>();
        Map<Integer, Set<SeriesInstanceUid>> series = new HashMap<>();
        contents.instances().forEach(instance -> {
            int person = instance.current().person();
            byPerson.putIfAbsent(person, instance);
            series.computeIfAbsent(person, _ -> new HashSet<>()).add(instance.series());
        });
        List<StudyPeople.Person> people = contents.people().all();
        return contents.people().apart(this::survivor).stream()
                .flatMap(one -> one.stream()
                        .filter(byPerson::containsKey)
                        .min(Comparator.comparing(
                                person -> !people.get(person).described().contains(Tags.PATIENT_NAME)))
                        .map(byPerson::get)
                        .map(instance -> new HeldPerson(
                                held(contents, instance),
                                one.stream()
                                        .flatMap(person -> series.getOrDefault(person, Set.of()).stream())
                                        .collect(Collectors.toSet())))
                        .stream())
                .toList();
    }

    @Override
    public Set<PatientRecordId> patientsOf(List<HeldInstance> instances) {
        Map<StudyCopyId, StudyContents> studies = new HashMap<>();
        return instances.stream()
                .flatMap(held -> studies
                        .computeIfAbsent(
                                held.copy(), copy -> catalog.study(copy).orElse(StudyContents.empty()))
                        .instance(held.current().sopInstanceUid())
                        .flatMap(instance -> instance.version(held.current().version()))
                        .flatMap(StudyContents.Version::patient)
                        .stream())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @Override
    public List<HeldVersion> versions(StudyInstanceUid study, SopInstanceUid uid) {
        return contents(Scope.study(study))
                .flatMap(contents -> contents.instance(uid).map(instance -> versions(contents, instance)))
                .orElse(List.of());
    }

    private static List<HeldVersion> versions(StudyContents contents, StudyContents.Instance instance) {
        Set<VersionId> challengers = contents.openConflicts().stream()
                .flatMap(conflict -> conflict.challenger().stream())
                .map(challenger -> challenger.object().version())
                .collect(Collectors.toSet());
        Stream<StudyContents.Version> others =
                instance.others().stream().sorted(Comparator.comparing(StudyContents.Version::storedAt));
        return Stream.concat(Stream.of(instance.current()), others)
                .map(version -> new HeldVersion(
                        version.object(),
                        version.series(),
                        role(instance, version, challengers),
                        version.source(),
                        version.storedAt(),
                        version.renditionOf()))
                .toList();
    }

    private static HeldVersion.Role role(
            StudyContents.Instance instance, StudyContents.Version version, Set<VersionId> challengers) {
        if (version.equals(instance.current())) {
            return HeldVersion.Role.CURRENT;
        }
        if (version.renditionOf().isPresent()) {
            return HeldVersion.Role.RENDITION;
        }
        return challengers.contains(version.id()) ? HeldVersion.Role.CHALLENGER : HeldVersion.Role.SUPERSEDED;
    }

    @Override
    public List<StudyInstanceUid> studiesOf(SopInstanceUid instance) {
        return catalog.holdersOf(instance).stream()
                .flatMap(contents -> contents.studyInstanceUid().stream())
                .toList();
    }

    @Override
    public HeldInstance leaving(HeldInstance instance) {
        return instance.leaving(uncorrected(instance).id()).orElseThrow();
    }

    @Override
    public OutgoingObject open(HeldInstance instance, List<TransferSyntaxUid> accepted) {
        StudyContents.Version version = uncorrected(instance);
        StoredObject object = version.object();
        CorrectionsInForce corrections = corrections(version);
        TransferSyntaxUid target = target(object.transferSyntax(), accepted);
        SeekableByteChannel plain = bytes.open(instance.copy().stream(), object);
        try {
            AttributeSet replacements = corrections.isEmpty()
                    ? AttributeSet.EMPTY
                    : corrections.over(
                            headers.read(plain, object.transferSyntax(), object.assumedCharacterSet()),
                            modifyingSystem,
                            version.source().name());
            if (replacements.isEmpty() && target.equals(object.transferSyntax())) {
                return new VerbatimObject(object, plain);
            }
            plain.position(0);
            return new RewrittenObject(object, target, plain, rewriter.rewrite(plain, object, replacements, target));
        } catch (IOException e) {
            closeAfter(plain, e);
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            closeAfter(plain, e);
            throw e;
        }
    }

    @Override
    public void check(HeldInstance instance) {
        bytes.check(instance.copy().stream(), instance.current());
    }

    @Override
    public void expect(List<HeldInstance> next) {
        next.forEach(instance -> bytes.expect(instance.copy().stream(), instance.current()));
    }

    private static void closeAfter(SeekableByteChannel plain, Exception failure) {
        try {
            plain.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** The stored syntax when it is accepted or nothing is said; else the best accepted one that loses nothing. */
    private TransferSyntaxUid target(TransferSyntaxUid stored, List<TransferSyntaxUid> accepted) {
        if (accepted.isEmpty() || accepted.contains(stored)) {
            return stored;
        }
        return accepted.stream()
                .filter(rewriter::isUncompressed)
                .findFirst()
                .orElseThrow(
                        () -> new ArchiveException(ArchiveError.TRANSCODING_FAILED, "no uncompressed syntax accepted"));
    }

    private StudyContents.Version version(HeldInstance instance, StoredObject object) {
        return version(instance, object.version());
    }

    private StudyContents.Version version(HeldInstance instance, VersionId id) {
        return catalog.study(instance.copy())
                .flatMap(contents -> contents.instance(instance.current().sopInstanceUid()))
                .flatMap(held -> held.version(id))
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "version of an instance"));
    }

    /**
     * The version that is to leave; where it is a rendition that came back with corrections made here, the one that it was: they
     * may be in force no longer.
     */
    private StudyContents.Version uncorrected(HeldInstance instance) {
        StudyContents.Version leaving = version(instance, instance.current());
        int changes = leaving.renditionOf().isPresent() ? changes(instance, leaving) : 0;
        if (changes == 0) {
            return leaving;
        }
        StudyContents.Version first = leaving;
        while (first.renditionOf().isPresent()) {
            first = version(instance, first.renditionOf().get());
        }
        // Without our changes the two say the same, those of other systems included: so it was kept as a rendition.
        return changes > changes(instance, first) ? first : leaving;
    }

    /** Of how many the object itself tells, in Original Attributes Sequence (0400,0561). */
    private int changes(HeldInstance instance, StudyContents.Version version) {
        StoredObject object = version.object();
        try (SeekableByteChannel plain = bytes.open(instance.copy().stream(), object)) {
            return headers.read(plain, object.transferSyntax(), object.assumedCharacterSet())
                    .get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                    .map(sequence -> sequence.values().size())
                    .orElse(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CorrectionsInForce corrections(StudyContents.Version version) {
        return version.patient().map(patients::correctionsFor).orElse(CorrectionsInForce.NONE);
    }

    @Override
    public OutgoingObject openOriginal(HeldInstance instance, String version) {
        StoredObject object = Stream.concat(Stream.of(instance.current()), instance.others().stream())
                .filter(kept -> kept.version().value().equals(version))
                .findFirst()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "version of an instance"));
        return new VerbatimObject(object, bytes.open(instance.copy().stream(), object));
    }

    @Override
    public Metadata metadata(Scope scope) {
        Optional<StudyContents> found = contents(scope);
        if (found.isEmpty()) {
            return new Metadata(Stream.empty(), List.of());
        }
        StudyContents contents = found.get();
        StudyCopyId copy = contents.copy().orElseThrow();
        Map<SeriesInstanceUid, List<StudyContents.Version>> bySeries = instances(contents, scope)
                .map(StudyContents.Instance::current)
                .collect(Collectors.groupingBy(StudyContents.Version::series, LinkedHashMap::new, Collectors.toList()));
        Map<StoredObject, ArchiveError> unreadable = unreadable(copy, bySeries);
        List<StudyContents.Version> leftOut = bySeries.values().stream()
                .flatMap(List::stream)
                .filter(version -> unreadable.containsKey(version.object()))
                .toList();
        boolean nothingLeft = bySeries.values().stream().mapToInt(List::size).sum() == leftOut.size();
        if (nothingLeft && !leftOut.isEmpty()) {
            throw new ArchiveException(
                    Objects.requireNonNull(unreadable.get(leftOut.getFirst().object())), "header of an instance");
        }
        bySeries.values().forEach(versions -> versions.removeIf(version -> unreadable.containsKey(version.object())));
        Map<Optional<PatientRecordId>, CorrectionsInForce> corrections = new HashMap<>();
        return new Metadata(
                bySeries.entrySet().stream()
                        .flatMap(series -> corrected(copy, series.getKey(), series.getValue(), corrections)),
                leftOut.stream()
                        .map(version -> version.object().sopInstanceUid())
                        .toList());
    }

    private Map<StoredObject, ArchiveError> unreadable(
            StudyCopyId copy, Map<SeriesInstanceUid, List<StudyContents.Version>> bySeries) {
        Map<StoredObject, ArchiveError> unreadable = new HashMap<>();
        bySeries.forEach((series, versions) -> headerFiles
                .prepare(
                        copy,
                        series,
                        versions.stream().map(StudyContents.Version::object).toList())
                .forEach(bad -> unreadable.put(bad.object(), bad.error())));
        return unreadable;
    }

    private Stream<AttributeSet> corrected(
            StudyCopyId copy,
            SeriesInstanceUid series,
            List<StudyContents.Version> versions,
            Map<Optional<PatientRecordId>, CorrectionsInForce> corrections) {
        Map<StoredObject, StudyContents.Version> byObject =
                versions.stream().collect(Collectors.toMap(StudyContents.Version::object, version -> version));
        return headerFiles
                .headers(
                        copy,
                        series,
                        versions.stream().map(StudyContents.Version::object).toList())
                .map(header -> {
                    StudyContents.Version version = Objects.requireNonNull(byObject.get(header.object()));
                    return corrected(
                            readable(header),
                            version,
                            corrections.computeIfAbsent(version.patient(), _ -> corrections(version)));
                });
    }

    /** One that could be read a moment ago, when it was promised. */
    private static AttributeSet readable(InstanceHeader header) {
        return switch (header) {
            case InstanceHeader.Readable(StoredObject _, AttributeSet attributes) -> attributes;
            case InstanceHeader.Unreadable(StoredObject _, ArchiveError error) ->
                throw new ArchiveException(error, "header of an instance");
        };
    }

    private AttributeSet corrected(AttributeSet header, StudyContents.Version version, CorrectionsInForce inForce) {
        return inForce.isEmpty()
                ? header
                : header.with(
                        inForce.over(header, modifyingSystem, version.source().name()));
    }

    @Override
    public AttributeSet metadata(HeldInstance instance) {
        StudyContents.Version version = uncorrected(instance);
        return headerFiles
                .headers(instance.copy(), version.series(), List.of(version.object()))
                .map(header -> corrected(readable(header), version, corrections(version)))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public Optional<String> revisionTag(Scope scope) {
        return contents(scope)
                .filter(contents -> instances(contents, scope).findAny().isPresent())
                .map(contents -> {
                    String corrections = contents.instances().stream()
                            .map(instance -> instance.current().patient())
                            .flatMap(Optional::stream)
                            .distinct()
                            .map(patient -> patients.correctionsFor(patient).tag())
                            .collect(Collectors.joining("-"));
                    String state = contents.copy().orElseThrow() + "/" + contents.revision() + "/" + corrections;
                    return Digest.sha256(state.getBytes(StandardCharsets.UTF_8))
                            .toString()
                            .substring(0, 32);
                });
    }
}
