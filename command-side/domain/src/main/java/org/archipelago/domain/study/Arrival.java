package org.archipelago.domain.study;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.PersonDescribed;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.SeriesRegistered;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;
import org.archipelago.domain.patient.PatientInForce;
import org.archipelago.domain.patient.PersonDescription;
import org.archipelago.domain.patient.StudyPeople;

/**
 * Decides one batch. Each event is applied, and so seen by what follows in the batch, as soon as it is emitted;
 * instances that are new wait, so that one event carries them all.
 */
final class Arrival {
    /** Estimated bytes of one event's instances; a record is at most 512 KiB (architecture section 4). */
    static final int MAX_EVENT_BYTES = 192 * 1024;

    /** UID, class, syntax, digest, length, blob id, wrapped key and their framing. */
    private static final int INSTANCE_BYTES = 512;

    private final StudyState state;
    private final StudyBounds bounds;
    private final StoreInstances command;
    private final RepeatedInstance repeated;
    private final PatientMerges merges;
    private final Instant now;
    private final Consumer<StudyEvent> emit;
    private final List<IncomingInstance> fresh = new ArrayList<>();
    private final Set<SopInstanceUid> freshUids = new HashSet<>();
    /** Who was one human being before somebody was described; empty while nobody was. */
    private Optional<List<List<Integer>>> togetherBefore = Optional.empty();

    /** Whether the command's patient is a further record: no description makes that one with whom nothing identifies. */
    private boolean isFurtherRecord;

    /** Whether an instance has become another human being's, or is said to be of somebody else than its number is. */
    private boolean isOfTwo;

    Arrival(
            StudyState state,
            StudyBounds bounds,
            StoreInstances command,
            RepeatedInstance repeated,
            PatientMerges merges,
            Instant now,
            Consumer<StudyEvent> emit) {
        this.state = state;
        this.bounds = bounds;
        this.command = command;
        this.repeated = repeated;
        this.merges = merges;
        this.now = now;
        this.emit = emit;
    }

    List<StoreOutcome> decide() {
        List<StoreOutcome> outcomes = new ArrayList<>(command.instances().size());
        for (IncomingInstance incoming : command.instances()) {
            if (freshUids.contains(incoming.object().sopInstanceUid())) {
                storeFresh();
            }
            outcomes.add(decide(incoming));
        }
        storeFresh();
        flagPeople();
        return outcomes;
    }

    private StoreOutcome decide(IncomingInstance incoming) {
        Optional<KeptInstance> kept = state.instance(incoming.object().sopInstanceUid());
        if (kept.isEmpty()) {
            fresh.add(incoming);
            freshUids.add(incoming.object().sopInstanceUid());
            return StoreOutcome.STORED;
        }
        if (kept.get().keeps(incoming.object().blob().id())) {
            return StoreOutcome.STORED;
        }
        RepeatedInstance.Sender sender =
                new RepeatedInstance.Sender(command.source(), command.patient(), this::survivor);
        return switch (repeated.judge(kept.get(), incoming, sender, now)) {
            case RepeatedInstance.Verdict.Retransmitted _ -> StoreOutcome.RETRANSMITTED;
            case RepeatedInstance.Verdict.Restored(StudySnapshot.Version version, boolean isCorrected) -> {
                emit.accept(new BlobReplaced(
                        command.study(),
                        version.object().movedTo(incoming.object().blob()),
                        version.object().blob().id(),
                        command.source(),
                        now));
                if (isCorrected) {
                    question(version, incoming);
                    yield StoreOutcome.CONFLICT;
                }
                yield StoreOutcome.RESTORED;
            }
            case RepeatedInstance.Verdict.Rendition(StudySnapshot.Version of, boolean isCorrected) -> {
                emit.accept(new RenditionKept(
                        command.study(), incoming.object(), of.object().version(), command.source(), now));
                if (isCorrected) {
                    question(of, incoming);
                    yield StoreOutcome.CONFLICT;
                }
                yield StoreOutcome.OTHER_RENDITION;
            }
            case RepeatedInstance.Verdict.Newer(StudySnapshot.Version than) -> {
                StoredInstance newer = prepared(List.of(incoming)).getFirst();
                supersede(than, newer);
                yield StoreOutcome.NEWER_VERSION;
            }
            case RepeatedInstance.Verdict.Corrected(StudySnapshot.Version version) -> {
                question(version, incoming);
                yield StoreOutcome.EARLIER_VERSION;
            }
            case RepeatedInstance.Verdict.Conflict(ConflictKind kind) -> {
                StoredInstance challenger = prepared(List.of(incoming)).getFirst();
                open(kind, Optional.of(incoming.object().sopInstanceUid()), Optional.of(challenger));
                yield StoreOutcome.CONFLICT;
            }
        };
    }

    /** Whether what was corrected is to be current again, a steward decides: the version itself, in whatever encoding it has come. */
    private void question(StudySnapshot.Version earlier, IncomingInstance incoming) {
        SopInstanceUid uid = incoming.object().sopInstanceUid();
        StudySnapshot.Version version =
                state.instance(uid).orElseThrow().version(earlier.content()).orElseThrow();
        StoredInstance challenger = new StoredInstance(
                incoming.series(),
                version.object(),
                state.series(incoming.series()).differences(incoming.attributes()),
                version.person(),
                version.says());
        open(ConflictKind.DIFFERENT_CONTENT, Optional.of(uid), Optional.of(challenger));
    }

    private void supersede(StudySnapshot.Version current, StoredInstance newer) {
        isOfTwo |= state.people().areDifferent(current.person(), newer.person(), this::survivor);
        emit.accept(new VersionSuperseded(
                command.study(), newer, current.object().version(), state.standing(current), command.source(), now));
    }

    private void storeFresh() {
        if (fresh.isEmpty()) {
            return;
        }
        List<StoredInstance> chunk = new ArrayList<>();
        int bytes = 0;
        for (StoredInstance instance : prepared(fresh)) {
            int more = INSTANCE_BYTES + EventAttributes.sizeBytes(instance.differences());
            if (bytes + more > MAX_EVENT_BYTES && !chunk.isEmpty()) {
                store(chunk);
                chunk = new ArrayList<>();
                bytes = 0;
            }
            chunk.add(instance);
            bytes += more;
        }
        store(chunk);
        fresh.clear();
        freshUids.clear();
    }

    private void store(List<StoredInstance> instances) {
        Map<SopInstanceUid, StudyCopyId> elsewhere = new LinkedHashMap<>();
        for (StoredInstance instance : instances) {
            SopInstanceUid uid = instance.object().sopInstanceUid();
            StudyCopyId other = command.heldElsewhere().get(uid);
            if (other != null && !other.equals(command.study())) {
                elsewhere.put(uid, other);
            }
        }
        emit.accept(new InstancesStored(
                command.study(), List.copyOf(instances), List.copyOf(elsewhere.keySet()), command.source(), now));
        elsewhere.forEach((uid, other) -> emit.accept(new ConflictOpened(
                command.study(),
                state.nextConflict(),
                ConflictKind.DIFFERENT_STUDY,
                Optional.of(uid),
                Optional.empty(),
                Optional.of(other),
                List.of(),
                command.source(),
                now)));
    }

    /** What the events of these objects need before them: whose they are, their series, and what they say that is new. */
    private List<StoredInstance> prepared(List<IncomingInstance> instances) {
        List<Integer> people = instances.stream().map(this::person).toList();
        for (IncomingInstance incoming : instances) {
            if (!state.hasSeries(incoming.series())) {
                emit.accept(new SeriesRegistered(
                        command.study(),
                        incoming.series(),
                        SeriesState.seriesBaseline(incoming.attributes(), state.isFull())));
            }
        }
        List<StoredInstance> prepared = new ArrayList<>(instances.size());
        for (int i = 0; i < instances.size(); i++) {
            IncomingInstance incoming = instances.get(i);
            emitNews(incoming, people.get(i));
            prepared.add(new StoredInstance(
                    incoming.series(),
                    incoming.object(),
                    state.series(incoming.series()).differences(incoming.attributes()),
                    people.get(i),
                    state.says(incoming, people.get(i))));
        }
        return prepared;
    }

    private int person(IncomingInstance incoming) {
        OptionalInt known = state.people().numberOf(command.patient(), incoming.attributes());
        if (known.isPresent()) {
            isOfTwo |= state.people().isDescribedAsAnother(known.getAsInt(), incoming.attributes());
            return known.getAsInt();
        }
        bounds.requireRoomForAnotherPerson();
        if (togetherBefore.isEmpty()) {
            togetherBefore = Optional.of(state.people().together(this::survivor));
            isFurtherRecord = command.patient().filter(this::isFurther).isPresent();
        }
        int person = state.people().all().size();
        boolean crowd = command.patient().isEmpty() && state.people().isFull();
        emit.accept(new PersonDescribed(
                command.study(),
                person,
                command.patient(),
                crowd
                        ? AttributeSet.EMPTY
                        : EventAttributes.bounded(
                                incoming.attributes(),
                                state.isFull() ? PersonDescription::contains : DescriptionOfPatient::contains),
                crowd,
                now));
        return person;
    }

    private boolean isFurther(PatientRecordId patient) {
        List<PatientRecordId> known = state.people().all().stream()
                .flatMap(person -> person.patient().stream())
                .distinct()
                .toList();
        return !known.isEmpty()
                && !known.contains(patient)
                && known.stream().map(this::survivor).noneMatch(survivor(patient)::equals);
    }

    private PatientRecordId survivor(PatientRecordId patient) {
        return PatientInForce.survivor(patient, merges::mergedInto);
    }

    /** Event by event, so that what several objects of the batch say is named once. */
    private void emitNews(IncomingInstance incoming, int person) {
        SeriesState.News ofStudy = state.newsOfStudy(incoming.attributes(), person);
        Optional<AccessionIdentifier> accession = incoming.accession().filter(state::isNews);
        if (!ofStudy.isEmpty() || accession.isPresent()) {
            emitNews(Optional.empty(), person, ofStudy, accession);
        }
        SeriesState.News ofSeries = state.series(incoming.series()).newsOf(incoming.attributes(), state.isFull());
        if (!ofSeries.isEmpty()) {
            emitNews(Optional.of(incoming.series()), person, ofSeries, Optional.empty());
        }
    }

    private void emitNews(
            Optional<SeriesInstanceUid> series,
            int person,
            SeriesState.News news,
            Optional<AccessionIdentifier> accession) {
        emit.accept(new AttributesVaried(
                command.study(), series, person, news.tags(), news.further(), news.places(), accession));
    }

    /**
     * Somebody was described who can be none of the others, present or not; or an instance is of two and no steward is to look at
     * the study's patients yet.
     */
    private void flagPeople() {
        if (togetherBefore.isEmpty() && !isOfTwo) {
            return;
        }
        List<List<Integer>> together = state.people().together(this::survivor);
        boolean isAnother =
                togetherBefore.filter(before -> areOthersNow(before, together)).isPresent();
        if (isAnother || (isOfTwo && !state.hasOpenConflict(ConflictKind.TWO_PATIENTS))) {
            emit.accept(new ConflictOpened(
                    command.study(),
                    state.nextConflict(),
                    ConflictKind.TWO_PATIENTS,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    named(StudyPeople.oneOfEach(together)),
                    command.source(),
                    now));
        }
    }

    /** Whether there are more people than before, or who was one is several now, or a record describes one more. */
    private boolean areOthersNow(List<List<Integer>> before, List<List<Integer>> together) {
        Set<Integer> known = before.stream().flatMap(List::stream).collect(Collectors.toSet());
        return isFurtherRecord
                || together.size() > Math.max(before.size(), 1)
                || before.stream().anyMatch(one -> together.stream().noneMatch(same -> same.containsAll(one)))
                || together.stream().anyMatch(one -> isFurtherPersonOfARecord(one, known, together));
    }

    private boolean isFurtherPersonOfARecord(List<Integer> one, Set<Integer> known, List<List<Integer>> together) {
        Set<PatientRecordId> survivors = survivors(one.stream());
        return !survivors.isEmpty()
                && survivors(one.stream().filter(known::contains)).isEmpty()
                && together.stream()
                        .filter(other -> other != one)
                        .anyMatch(other -> survivors(other.stream()).equals(survivors));
    }

    private Set<PatientRecordId> survivors(Stream<Integer> people) {
        return people.flatMap(person -> state.people().patientOf(person).stream())
                .map(this::survivor)
                .collect(Collectors.toSet());
    }

    /** Who came last among them: an event is bounded. */
    private static List<Integer> named(List<Integer> different) {
        int most = StudyPeople.MAX_DESCRIPTIONS;
        if (different.size() <= most) {
            return different;
        }
        List<Integer> named = new ArrayList<>(different.subList(0, most - 1));
        named.add(different.getLast());
        return named;
    }

    private void open(ConflictKind kind, Optional<SopInstanceUid> uid, Optional<StoredInstance> challenger) {
        emit.accept(new ConflictOpened(
                command.study(),
                state.nextConflict(),
                kind,
                uid,
                challenger,
                Optional.empty(),
                List.of(),
                command.source(),
                now));
    }
}
