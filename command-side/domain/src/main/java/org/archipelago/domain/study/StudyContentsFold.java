package org.archipelago.domain.study;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.archipelago.contract.Actor;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.VersionId;
import org.archipelago.domain.patient.StudyPeople;
import org.archipelago.domain.study.StudyContents.Instance;
import org.archipelago.domain.study.StudyContents.Series;
import org.archipelago.domain.study.StudyContents.Version;

/** The mutable side of {@link StudyContents}; used by one call only, its collections are handed over at the end. */
final class StudyContentsFold {
    private Optional<StudyCopyId> copy = Optional.empty();
    private Optional<StudyInstanceUid> studyInstanceUid = Optional.empty();
    private StudyPeople people = new StudyPeople(List.of());
    private Optional<KeyId> pixelKey = Optional.empty();
    private AttributeSet baseline = AttributeSet.EMPTY;
    private final Set<AccessionIdentifier> accessions = new LinkedHashSet<>();
    private final Map<SeriesInstanceUid, Series> series = new LinkedHashMap<>();
    private final Map<SopInstanceUid, Instance> instances = new LinkedHashMap<>();
    private final Map<ConflictId, ConflictOpened> openConflicts = new LinkedHashMap<>();
    private boolean held;
    private boolean settled;
    private boolean erased;
    private long revision = -1;

    StudyContentsFold() {}

    StudyContentsFold(StudyContents from) {
        copy = from.copy();
        studyInstanceUid = from.studyInstanceUid();
        people = new StudyPeople(from.described());
        pixelKey = from.pixelKey();
        baseline = from.baseline();
        accessions.addAll(from.accessions());
        from.series().forEach(s -> series.put(s.uid(), s));
        from.instances().forEach(i -> instances.put(i.uid(), i));
        from.openConflicts().forEach(c -> openConflicts.put(c.conflict(), c));
        held = from.isHeld();
        settled = from.isSettled();
        erased = from.isErased();
        revision = from.revision().value();
    }

    void apply(Object payload) {
        switch (payload) {
            case StudyEvent event -> {
                belongs(event.study());
                evolve(event);
            }
            case Erased record -> {
                belongs(new StudyCopyId(record.stream()));
                erase();
            }
            default -> throw new IllegalArgumentException("not an event of a study copy: " + payload.getClass());
        }
        revision++;
    }

    private void belongs(StudyCopyId study) {
        if (copy.isPresent() && !copy.get().equals(study)) {
            throw new IllegalArgumentException("an event of another study copy");
        }
        copy = Optional.of(study);
    }

    private void evolve(StudyEvent event) {
        switch (event) {
            case StudyRegistered registered -> register(registered);
            case StudyEvent.PersonDescribed described ->
                people.describe(described.person(), described.patient(), described.attributes(), described.crowd());
            case StudyEvent.SeriesRegistered registered ->
                series.put(registered.series(), new Series(registered.series(), registered.attributes(), Set.of()));
            case AttributesVaried varying -> vary(varying);
            case StudyEvent.InstancesStored stored -> {
                for (StoredInstance instance : stored.instances()) {
                    store(version(instance, stored.source(), stored.storedAt()));
                }
                settled = false;
            }
            case RenditionKept kept -> keep(kept);
            case StudyEvent.BlobReplaced replaced -> replaceBlob(replaced.object());
            case StudyEvent.VersionSuperseded superseded -> supersede(superseded);
            case StudyEvent.InstancesCommitted committed ->
                committed.instances().forEach(this::commit);
            case ConflictOpened opened -> open(opened);
            case ConflictResolved resolved -> resolve(resolved);
            case StudyEvent.StudySettled _ -> settled = true;
            case StudyEvent.StudyHeld _ -> held = true;
            case StudyEvent.StudyReleased _ -> held = false;
        }
    }

    private void register(StudyRegistered registered) {
        studyInstanceUid = Optional.of(registered.studyInstanceUid());
        people = new StudyPeople(registered.patient(), registered.attributes());
        pixelKey = Optional.of(registered.pixelKey());
        baseline = registered.attributes();
        registered.accession().ifPresent(accessions::add);
    }

    private void erase() {
        studyInstanceUid = Optional.empty();
        people = new StudyPeople(List.of());
        pixelKey = Optional.empty();
        baseline = AttributeSet.EMPTY;
        accessions.clear();
        series.clear();
        instances.clear();
        openConflicts.clear();
        erased = true;
    }

    private void vary(AttributesVaried varying) {
        varying.accession().ifPresent(accessions::add);
        varying.series()
                .ifPresent(named -> series.computeIfPresent(
                        named,
                        (uid, before) -> new Series(uid, before.baseline(), union(before.varied(), varying.tags()))));
    }

    private static Set<Integer> union(Set<Integer> one, Set<Integer> other) {
        Set<Integer> both = new TreeSet<>(Integer::compareUnsigned);
        both.addAll(one);
        both.addAll(other);
        return Collections.unmodifiableSet(both);
    }

    private Version version(StoredInstance stored, Actor source, Instant storedAt) {
        return new Version(
                stored.series(),
                stored.object(),
                stored.differences(),
                stored.person(),
                people.patientOf(stored.person()),
                source,
                storedAt,
                Optional.empty());
    }

    private void store(Version version) {
        SopInstanceUid uid = version.object().sopInstanceUid();
        instances.put(uid, new Instance(uid, version, List.of(), false));
    }

    private void keep(RenditionKept kept) {
        Instance instance = instance(kept.object().sopInstanceUid());
        Version of = instance.version(kept.of()).orElseThrow();
        Version rendition = new Version(
                of.series(),
                kept.object(),
                of.differences(),
                of.person(),
                of.patient(),
                kept.source(),
                kept.keptAt(),
                Optional.of(kept.of()));
        keepBeside(instance, rendition);
    }

    private void replaceBlob(StoredObject object) {
        Instance instance = instance(object.sopInstanceUid());
        UnaryOperator<Version> replaced = version -> version.id().equals(object.version())
                ? new Version(
                        version.series(),
                        object,
                        version.differences(),
                        version.person(),
                        version.patient(),
                        version.source(),
                        version.storedAt(),
                        version.renditionOf())
                : version;
        instances.put(
                instance.uid(),
                new Instance(
                        instance.uid(),
                        replaced.apply(instance.current()),
                        instance.others().stream().map(replaced).toList(),
                        instance.committed()));
    }

    private void keepBeside(Instance instance, Version version) {
        List<Version> others = new ArrayList<>(instance.others());
        others.add(version);
        instances.put(
                instance.uid(),
                new Instance(instance.uid(), instance.current(), List.copyOf(others), instance.committed()));
        settled = false;
    }

    private void supersede(StudyEvent.VersionSuperseded superseded) {
        makeCurrent(version(superseded.newer(), superseded.source(), superseded.supersededAt()));
    }

    private void makeCurrent(Version version) {
        Instance instance = instance(version.object().sopInstanceUid());
        if (instance.current().equals(version)) {
            return;
        }
        List<Version> others = new ArrayList<>(instance.others());
        others.remove(version);
        others.add(instance.current());
        instances.put(instance.uid(), new Instance(instance.uid(), version, List.copyOf(others), instance.committed()));
        settled = false;
    }

    private void commit(SopInstanceUid uid) {
        Instance instance = instance(uid);
        instances.put(uid, new Instance(uid, instance.current(), instance.others(), true));
    }

    private void open(ConflictOpened opened) {
        openConflicts.put(opened.conflict(), opened);
        opened.challenger().ifPresent(challenger -> {
            Instance instance = instance(challenger.object().sopInstanceUid());
            if (instance.version(challenger.object().version()).isEmpty()) {
                keepBeside(instance, version(challenger, opened.source(), opened.openedAt()));
            }
            settled = false;
        });
    }

    private void resolve(ConflictResolved resolved) {
        ConflictOpened opened = openConflicts.remove(resolved.conflict());
        Optional<VersionId> chosen = resolved.current();
        if (opened != null && chosen.isPresent()) {
            Instance instance = instance(opened.sopInstanceUid().orElseThrow());
            makeCurrent(instance.version(chosen.get()).orElseThrow());
        }
    }

    private Instance instance(SopInstanceUid uid) {
        return Optional.ofNullable(instances.get(uid)).orElseThrow();
    }

    Optional<StudyCopyId> copy() {
        return copy;
    }

    Optional<StudyInstanceUid> studyInstanceUid() {
        return studyInstanceUid;
    }

    List<StudyPeople.Person> described() {
        return people.all();
    }

    Optional<KeyId> pixelKey() {
        return pixelKey;
    }

    AttributeSet baseline() {
        return baseline;
    }

    Set<AccessionIdentifier> accessions() {
        return Collections.unmodifiableSet(accessions);
    }

    Map<SeriesInstanceUid, Series> series() {
        return Collections.unmodifiableMap(series);
    }

    Map<SopInstanceUid, Instance> instances() {
        return Collections.unmodifiableMap(instances);
    }

    Collection<ConflictOpened> openConflicts() {
        return Collections.unmodifiableCollection(openConflicts.values());
    }

    boolean isHeld() {
        return held;
    }

    boolean isSettled() {
        return settled;
    }

    boolean isErased() {
        return erased;
    }

    Revision revision() {
        return new Revision(revision);
    }
}
