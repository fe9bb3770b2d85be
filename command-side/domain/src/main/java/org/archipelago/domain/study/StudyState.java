package org.archipelago.domain.study;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.VersionChange;
import org.archipelago.contract.study.VersionId;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.study.StudySnapshot.Elsewhere;
import org.archipelago.domain.study.StudySnapshot.Version;

/** What a study copy decides by: evolves from its events in constant time each, some 450 bytes of memory an instance. */
final class StudyState {
    /** Estimated bytes of the values that events name of one study; a usual one has a hundredth of it. */
    static final int MAX_BYTES = 4 << 20;

    private final StudyCopyId study;
    private final StudyInstanceUid studyInstanceUid;
    private final KeyId pixelKey;
    private final SeriesState baseline;
    private final Set<AccessionIdentifier> accessions = new LinkedHashSet<>();
    private final List<SeriesState> series = new ArrayList<>();
    private final Map<SeriesInstanceUid, Integer> seriesIndex = new HashMap<>();
    private final List<Actor> sources = new ArrayList<>();
    private final Map<Actor, Integer> sourceIndex = new HashMap<>();
    private final Map<SopInstanceUid, KeptInstance> instances = new LinkedHashMap<>();
    private final Map<ConflictId, StudySnapshot.Conflict> openConflicts = new LinkedHashMap<>();
    private final Set<Elsewhere> elsewhere = new LinkedHashSet<>();
    private final Map<SopClassUid, SopClassUid> classes = new HashMap<>();
    private final Map<TransferSyntaxUid, TransferSyntaxUid> syntaxes = new HashMap<>();
    private final Map<Optional<String>, Optional<String>> characterSets = new HashMap<>();
    private final Map<NamedValues, NamedValues> sayings = new HashMap<>();
    private final StudyPeople people;
    /** What objects say of the study's people, from the second on; of the first the baseline tells. */
    private final List<SeriesState> furtherPeople = new ArrayList<>();

    /** Estimated, of all values that events name of the study, its people and its series. */
    private long bytes;

    private int lastConflict;
    private boolean held;
    private boolean settled;

    StudyState(StudyRegistered event) {
        this(
                event.study(),
                event.studyInstanceUid(),
                event.pixelKey(),
                new StudyPeople(event.patient(), event.attributes()),
                SeriesState.ofStudy(event.attributes()));
        event.accession().ifPresent(accessions::add);
    }

    StudyState(StudySnapshot snapshot) {
        this(
                snapshot.study(),
                snapshot.studyInstanceUid(),
                snapshot.pixelKey(),
                new StudyPeople(snapshot.people()),
                SeriesState.of(snapshot.baseline()));
        accessions.addAll(snapshot.accessions());
        snapshot.series().stream().map(SeriesState::of).forEach(this::add);
        snapshot.sources().forEach(this::indexOf);
        for (StudySnapshot.Instance kept : snapshot.instances()) {
            Version current = kept.current();
            Version shared = of(current, current.object());
            instances.put(
                    shared.object().sopInstanceUid(),
                    new KeptInstance(kept.firstStoredAt(), kept.committed(), kept.decided(), shared, kept.others()));
        }
        snapshot.openConflicts().forEach(open -> openConflicts.put(open.id(), open));
        snapshot.furtherPeople().stream().map(SeriesState::of).forEach(this::addPerson);
        elsewhere.addAll(snapshot.elsewhere());
        lastConflict = snapshot.lastConflict();
        held = snapshot.held();
        settled = snapshot.settled();
    }

    private StudyState(
            StudyCopyId study,
            StudyInstanceUid studyInstanceUid,
            KeyId pixelKey,
            StudyPeople people,
            SeriesState baseline) {
        this.study = study;
        this.studyInstanceUid = studyInstanceUid;
        this.pixelKey = pixelKey;
        this.people = people;
        this.baseline = baseline;
        this.bytes = baseline.bytes();
    }

    StudySnapshot snapshot() {
        return new StudySnapshot(
                study,
                studyInstanceUid,
                people.all(),
                furtherPeople.stream().map(SeriesState::snapshot).toList(),
                pixelKey,
                baseline.snapshot(),
                List.copyOf(accessions),
                series.stream().map(SeriesState::snapshot).toList(),
                List.copyOf(sources),
                instances.values().stream().map(KeptInstance::snapshot).toList(),
                List.copyOf(openConflicts.values()),
                lastConflict,
                List.copyOf(elsewhere),
                held,
                settled);
    }

    void evolve(StudyEvent event) {
        switch (event) {
            case StudyRegistered _ -> throw new IllegalStateException("a study copy is registered once");
            case StudyEvent.PersonDescribed described -> describe(described);
            case StudyEvent.SeriesRegistered registered ->
                add(SeriesState.of(registered.series(), registered.attributes()));
            case AttributesVaried varied -> vary(varied);
            case StudyEvent.InstancesStored stored ->
                stored.instances().forEach(i -> store(i, stored.source(), stored.storedAt()));
            case StudyEvent.RenditionKept kept -> keep(kept);
            case StudyEvent.BlobReplaced replaced -> replaceBlob(replaced);
            case StudyEvent.VersionSuperseded superseded -> supersede(superseded.newer(), superseded.source());
            case StudyEvent.InstancesCommitted committed ->
                committed.instances().forEach(uid -> instance(uid).orElseThrow().commit());
            case ConflictOpened opened -> open(opened);
            case ConflictResolved resolved -> resolve(resolved);
            case StudyEvent.StudySettled _ -> settled = true;
            case StudyEvent.StudyHeld _ -> held = true;
            case StudyEvent.StudyReleased _ -> held = false;
        }
    }

    private void describe(StudyEvent.PersonDescribed described) {
        people.describe(described.person(), described.patient(), described.attributes(), described.crowd());
        addPerson(SeriesState.ofStudy(described.attributes()));
    }

    private void addPerson(SeriesState added) {
        furtherPeople.add(added);
        bytes += added.bytes();
    }

    /** Whether further values stay in the blobs: one sender cannot make a study grow without end. */
    boolean isFull() {
        return bytes >= MAX_BYTES;
    }

    private void vary(AttributesVaried varied) {
        if (varied.series().isPresent()) {
            SeriesState of = series(varied.series().get());
            of.vary(varied.tags());
            add(of, varied.further());
        } else {
            add(of(varied.person()), varied.further().filter(DescriptionOfPatient::contains));
            add(baseline, varied.further().filter(tag -> !DescriptionOfPatient.contains(tag)));
        }
        varied.accession().ifPresent(accessions::add);
    }

    private void add(SeriesState to, AttributeSet further) {
        int before = to.bytes();
        to.add(further);
        bytes += to.bytes() - before;
    }

    /** What is known of one of the study's people, among other things. */
    private SeriesState of(int person) {
        return person == 0 ? baseline : furtherPeople.get(person - 1);
    }

    /** What this person's object says of the study, or of the person, that no object before said. */
    SeriesState.News newsOfStudy(AttributeSet object, int person) {
        if (person == 0) {
            return baseline.newsOf(object, isFull());
        }
        SeriesState.News ofStudy = baseline.newsOf(object.filter(tag -> !DescriptionOfPatient.contains(tag)), isFull());
        return people.all().get(person).crowd()
                ? ofStudy
                : ofStudy.and(of(person).newsOf(object.filter(DescriptionOfPatient::contains), isFull()));
    }

    /** Which of the values that events name this object has, everything new in it being named. */
    NamedValues says(IncomingInstance object, int person) {
        Map<Integer, Integer> says = series(object.series()).says(object.attributes(), _ -> true);
        says.putAll(baseline.says(object.attributes(), tag -> person == 0 || !DescriptionOfPatient.contains(tag)));
        if (person != 0 && !people.all().get(person).crowd()) {
            says.putAll(of(person).says(object.attributes(), _ -> true));
        }
        return says.isEmpty() ? NamedValues.OF_BASELINE : new NamedValues(says);
    }

    private void supersede(StoredInstance newer, Actor source) {
        makeCurrent(newer.object().sopInstanceUid(), version(newer, source));
    }

    private void store(StoredInstance stored, Actor source, Instant storedAt) {
        Version version = version(stored, source);
        instances.put(version.object().sopInstanceUid(), new KeptInstance(storedAt, false, false, version, List.of()));
        series.get(version.series()).count(1);
        people.count(version.person(), 1);
        settled = false;
    }

    private void keep(StudyEvent.RenditionKept kept) {
        KeptInstance instance = instance(kept.object().sopInstanceUid()).orElseThrow();
        Version of = instance.version(kept.of()).orElseThrow();
        instance.keepBeside(new Version(
                interned(kept.object()),
                of.series(),
                indexOf(kept.source()),
                of.person(),
                of.says(),
                Optional.of(of.content())));
        settled = false;
    }

    private void replaceBlob(StudyEvent.BlobReplaced replaced) {
        KeptInstance instance = instance(replaced.object().sopInstanceUid()).orElseThrow();
        Version before = instance.version(replaced.object().version()).orElseThrow();
        instance.replace(before, of(before, replaced.object()));
    }

    private void open(ConflictOpened opened) {
        lastConflict = opened.conflict().value();
        Optional<SopInstanceUid> resolvable =
                opened.sopInstanceUid().filter(_ -> opened.other().isEmpty());
        openConflicts.put(opened.conflict(), new StudySnapshot.Conflict(opened.conflict(), opened.kind(), resolvable));
        opened.other()
                .ifPresent(other ->
                        elsewhere.add(new Elsewhere(opened.sopInstanceUid().orElseThrow(), other)));
        opened.challenger().ifPresent(challenger -> {
            KeptInstance instance =
                    instance(challenger.object().sopInstanceUid()).orElseThrow();
            if (instance.version(challenger.object().version()).isEmpty()) {
                instance.keepBeside(version(challenger, opened.source()));
            }
            settled = false;
        });
    }

    private void resolve(ConflictResolved resolved) {
        StudySnapshot.Conflict conflict =
                Objects.requireNonNull(openConflicts.remove(resolved.conflict()), "a conflict that is not open");
        conflict.sopInstanceUid().flatMap(this::instance).ifPresent(KeptInstance::decide);
        resolved.current().ifPresent(id -> {
            SopInstanceUid uid = conflict.sopInstanceUid().orElseThrow();
            makeCurrent(uid, instance(uid).orElseThrow().version(id).orElseThrow());
        });
    }

    private void makeCurrent(SopInstanceUid uid, Version version) {
        KeptInstance instance = instance(uid).orElseThrow();
        if (!version.equals(instance.current())) {
            series.get(instance.current().series()).count(-1);
            people.count(instance.current().person(), -1);
            instance.makeCurrent(version);
            series.get(version.series()).count(1);
            people.count(version.person(), 1);
            settled = false;
        }
    }

    private Version version(StoredInstance stored, Actor source) {
        return new Version(
                interned(stored.object()),
                indexOf(stored.series()),
                indexOf(source),
                stored.person(),
                interned(stored.says()),
                Optional.empty());
    }

    private Version of(Version version, StoredObject object) {
        return new Version(
                interned(object),
                version.series(),
                version.source(),
                version.person(),
                interned(version.says()),
                version.renditionOf());
    }

    private void add(SeriesState added) {
        seriesIndex.put(added.uid().orElseThrow(), series.size());
        series.add(added);
        bytes += added.bytes();
    }

    private int indexOf(SeriesInstanceUid uid) {
        return Objects.requireNonNull(seriesIndex.get(uid), "a series that is not registered");
    }

    private int indexOf(Actor source) {
        return sourceIndex.computeIfAbsent(source, added -> {
            sources.add(added);
            return sources.size() - 1;
        });
    }

    private NamedValues interned(NamedValues says) {
        return sayings.computeIfAbsent(says, same -> same);
    }

    /** Thousands of instances share the few UIDs of their classes and syntaxes, and their character set. */
    private StoredObject interned(StoredObject object) {
        return new StoredObject(
                object.sopInstanceUid(),
                classes.computeIfAbsent(object.sopClassUid(), uid -> uid),
                syntaxes.computeIfAbsent(object.transferSyntax(), uid -> uid),
                object.digest(),
                object.lengthBytes(),
                object.blob(),
                characterSets.computeIfAbsent(object.assumedCharacterSet(), terms -> terms));
    }

    /** By value: equal states decide alike. */
    @Override
    public boolean equals(Object other) {
        return other instanceof StudyState state && snapshot().equals(state.snapshot());
    }

    @Override
    public int hashCode() {
        return study.hashCode();
    }

    StudyCopyId study() {
        return study;
    }

    StudyInstanceUid studyInstanceUid() {
        return studyInstanceUid;
    }

    KeyId pixelKey() {
        return pixelKey;
    }

    StudyPeople people() {
        return people;
    }

    boolean isKnownElsewhere(SopInstanceUid uid, StudyCopyId other) {
        return elsewhere.contains(new Elsewhere(uid, other));
    }

    /** Whether events are to name this order: it is new, and there are not too many. */
    boolean isNews(AccessionIdentifier accession) {
        return accessions.size() < AccessionIdentifier.MAX_OF_STUDY && !accessions.contains(accession);
    }

    SeriesState baseline() {
        return baseline;
    }

    boolean hasSeries(SeriesInstanceUid uid) {
        return seriesIndex.containsKey(uid);
    }

    SeriesState series(SeriesInstanceUid uid) {
        return series.get(indexOf(uid));
    }

    SeriesInstanceUid seriesOf(Version version) {
        return series.get(version.series()).uid().orElseThrow();
    }

    Actor sourceOf(Version version) {
        return sources.get(version.source());
    }

    Optional<KeptInstance> instance(SopInstanceUid uid) {
        return Optional.ofNullable(instances.get(uid));
    }

    ConflictId nextConflict() {
        return new ConflictId(lastConflict + 1);
    }

    boolean hasOpenConflict(SopInstanceUid uid) {
        return openConflicts.values().stream()
                .anyMatch(open -> open.sopInstanceUid().equals(Optional.of(uid)));
    }

    boolean hasOpenConflict(ConflictKind kind) {
        return openConflicts.values().stream().anyMatch(open -> open.kind() == kind);
    }

    Optional<StudySnapshot.Conflict> openConflict(ConflictId id) {
        return Optional.ofNullable(openConflicts.get(id));
    }

    /**
     * What making this version current changes for the conflict's instance, unless it is so already.
     *
     * @throws ArchiveException INVALID_REQUEST when the instance has no such version, or it is only another encoding of one: that may have
     *     left here with corrections that are no longer in force
     */
    Optional<VersionChange> changeTo(StudySnapshot.Conflict conflict, VersionId chosen) {
        KeptInstance instance = inConflict(conflict);
        Version to = version(instance, chosen);
        return to.equals(instance.current())
                ? Optional.empty()
                : Optional.of(new VersionChange(standing(instance.current()), standing(to)));
    }

    /** @throws ArchiveException CONFLICTING_STATE when another version of the conflict's instance is current */
    void requireCurrent(StudySnapshot.Conflict conflict, VersionId seen) {
        if (!inConflict(conflict).current().object().version().equals(seen)) {
            throw new ArchiveException(
                    ArchiveError.CONFLICTING_STATE, "another version has become current since; look again");
        }
    }

    VersionStanding standing(Version version) {
        return new VersionStanding(seriesOf(version), version.object().sopClassUid(), version.person(), version.says());
    }

    private KeptInstance inConflict(StudySnapshot.Conflict conflict) {
        return conflict.sopInstanceUid().flatMap(this::instance).orElseThrow(StudyState::noSuchVersion);
    }

    private static Version version(KeptInstance instance, VersionId chosen) {
        return instance.version(chosen)
                .filter(version -> version.renditionOf().isEmpty() || version.equals(instance.current()))
                .orElseThrow(StudyState::noSuchVersion);
    }

    private static ArchiveException noSuchVersion() {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, "version of the conflict's instance");
    }

    int seriesCount() {
        return (int) series.stream().filter(s -> s.currentInstances() > 0).count();
    }

    StudyCopyId id() {
        return study;
    }

    /** Also those without a current instance. */
    int knownSeries() {
        return series.size();
    }

    int instanceCount() {
        return instances.size();
    }

    boolean isHeld() {
        return held;
    }

    boolean isSettled() {
        return settled;
    }
}
