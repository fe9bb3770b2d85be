package org.archipelago.node.portal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.HeldPerson;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;

/** One study and its series: what is held, from the log, so a study opens while search is down. */
final class StudyDetails {
    static final int MAX_SERIES = 500;
    /** Further people are not named. */
    private static final int MAX_PEOPLE = 20;
    /** Objects that are tried when the first are damaged. */
    private static final int MAX_TRIED = 10;

    /** Of a header; the rest would only be held while others are read. */
    private static final Set<Integer> SHOWN = Set.of(
            Tags.STUDY_INSTANCE_UID,
            Tags.PATIENT_NAME,
            Tags.PATIENT_ID,
            Tags.ISSUER_OF_PATIENT_ID,
            Tags.PATIENT_BIRTH_DATE,
            Tags.PATIENT_SEX,
            Tags.STUDY_DATE,
            Tags.STUDY_TIME,
            Tags.ACCESSION_NUMBER,
            Tags.STUDY_DESCRIPTION);

    private static final LocalPosition ANY = new LocalPosition(-1);

    private final ArchiveQueries queries;
    private final Retrieval retrieval;
    private final StudyMarks marks;
    private final String localIssuer;

    StudyDetails(ArchiveQueries queries, Retrieval retrieval, StudyMarks marks, String localIssuer) {
        this.queries = queries;
        this.retrieval = retrieval;
        this.marks = marks;
        this.localIssuer = localIssuer;
    }

    /**
     * @param patients everyone whose objects it has; the study's row shows one of them
     * @param described whether series could be described by search; else only their UIDs and counts are known
     */
    record Study(StudyRow study, List<PatientRow> patients, List<SeriesRow> series, boolean described) {}

    /** Whose current objects are in the study. */
    Set<PatientRecordId> patients(StudyInstanceUid uid) {
        return retrieval.patientsOf(retrieval.select(Scope.study(uid)));
    }

    /** Whose the instance is. */
    Set<PatientRecordId> patients(StudyInstanceUid uid, SopInstanceUid instance) {
        return retrieval.patientsOf(retrieval.select(new Scope(uid, Optional.empty(), Optional.of(instance))));
    }

    /** @throws ArchiveException NOT_FOUND */
    Study of(StudyInstanceUid uid) {
        Map<SeriesInstanceUid, Integer> counts = new LinkedHashMap<>();
        List<HeldInstance> held = retrieval.select(Scope.study(uid));
        held.forEach(instance -> counts.merge(instance.series(), 1, Integer::sum));
        if (held.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "study");
        }
        Optional<Map<String, AttributeSet>> known = described(uid);
        List<SeriesRow> series = new ArrayList<>();
        counts.forEach((seriesUid, count) -> {
            AttributeSet attributes = known.map(k -> k.get(seriesUid.value())).orElse(null);
            series.add(
                    attributes == null
                            ? new SeriesRow(seriesUid.value(), "", "", "", count, List.of(), 0)
                            : SeriesRow.of(attributes, count));
        });
        String modalities = series.stream()
                .map(SeriesRow::modality)
                .filter(m -> !m.isEmpty())
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        List<HeldPerson> everyone = retrieval.people(uid);
        List<AttributeSet> people = everyone.stream()
                .limit(MAX_PEOPLE)
                .map(person -> header(person.instance()))
                .toList();
        AttributeSet shown = people.size() > 1
                ? shown(people, row(uid))
                : people.stream()
                        .filter(header -> !header.isEmpty())
                        .findFirst()
                        .orElseGet(() -> firstReadable(held));
        StudyRow row = StudyRow.of(shown, marks.of(uid)).counted(modalities, counts.size(), held.size());
        List<PatientRow> patients =
                people.size() > 1 ? people.stream().map(PatientRow::of).toList() : List.of(PatientRow.of(shown));
        List<SeriesRow> ofWhom = everyone.size() > 1
                ? series.stream().map(one -> ofPeople(one, everyone, patients)).toList()
                : series;
        return new Study(row, patients, ofWhom, known.isPresent());
    }

    private static SeriesRow ofPeople(SeriesRow series, List<HeldPerson> everyone, List<PatientRow> named) {
        int[] has = IntStream.range(0, everyone.size())
                .filter(person -> everyone.get(person).series().contains(new SeriesInstanceUid(series.uid())))
                .toArray();
        List<PatientRow> patients = Arrays.stream(has)
                .filter(person -> person < named.size())
                .mapToObj(named::get)
                .toList();
        return series.of(patients, has.length - patients.size());
    }

    /** Whom the study's row in a list shows; without one the first of them. */
    private static AttributeSet shown(List<AttributeSet> people, Optional<AttributeSet> row) {
        return row.flatMap(listed -> people.stream()
                        .filter(person -> PatientRow.of(person).equals(PatientRow.of(listed)))
                        .findFirst())
                .orElseGet(people::getFirst);
    }

    private AttributeSet firstReadable(List<HeldInstance> held) {
        return held.stream()
                .limit(MAX_TRIED)
                .map(this::header)
                .filter(header -> !header.isEmpty())
                .findFirst()
                .orElse(AttributeSet.EMPTY);
    }

    /** A study of which an object is damaged still opens. */
    private AttributeSet header(HeldInstance instance) {
        try {
            return retrieval.metadata(instance).filter(SHOWN::contains);
        } catch (ArchiveException e) {
            requireDamage(e);
            return AttributeSet.EMPTY;
        }
    }

    /** What else hinders a reader is no word about the object. */
    static void requireDamage(ArchiveException failure) {
        switch (failure.error()) {
            case CORRUPT, NOT_FOUND, NOT_A_DATASET, DATASET_LIMIT -> {}
            default -> throw failure;
        }
    }

    private Optional<Map<String, AttributeSet>> described(StudyInstanceUid study) {
        return found(
                        QueryLevel.SERIES,
                        study,
                        Set.of(Tags.SERIES_DESCRIPTION, Tags.SERIES_NUMBER, Tags.MODALITY),
                        MAX_SERIES)
                .map(matches -> matches.stream()
                        .collect(Collectors.toMap(
                                set -> Shown.text(set, Tags.SERIES_INSTANCE_UID), set -> set, (one, other) -> one)));
    }

    /** The study as lists show it. */
    private Optional<AttributeSet> row(StudyInstanceUid study) {
        return found(QueryLevel.STUDY, study, Set.of(Tags.ISSUER_OF_PATIENT_ID), 1).stream()
                .flatMap(List::stream)
                .findFirst();
    }

    /** Empty while search is down. */
    private Optional<List<AttributeSet>> found(
            QueryLevel level, StudyInstanceUid study, Set<Integer> fields, int most) {
        try {
            return Optional.of(queries.find(new ArchiveQuery(
                            level,
                            List.of(new MatchingKey(List.of(Tags.STUDY_INSTANCE_UID), Vr.UI, study.value())),
                            localIssuer,
                            false,
                            fields,
                            false,
                            0,
                            most,
                            ANY))
                    .matches());
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.SEARCH_UNAVAILABLE) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
