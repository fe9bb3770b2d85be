package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.IssuerDomain;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;

/**
 * Which instances a C-MOVE or C-GET names (PS3.4 §C.4.2.1.4, §C.4.2.2.1). Search is needed for whole patients only, and is
 * then waited for: nothing that was acknowledged before the request is left out. Where a Patient ID is given, no object of
 * another patient is selected, whatever UIDs are given with it.
 */
final class RetrieveSelection {
    private final Retrieval retrieval;
    private final ArchiveQueries queries;
    private final Supplier<LocalPosition> head;
    private final PatientIdentifiers identifiers;
    private final DimseConfiguration configuration;

    RetrieveSelection(
            Retrieval retrieval,
            ArchiveQueries queries,
            Supplier<LocalPosition> head,
            PatientIdentifiers identifiers,
            DimseConfiguration configuration) {
        this.retrieval = retrieval;
        this.queries = queries;
        this.head = head;
        this.identifiers = identifiers;
        this.configuration = configuration;
    }

    /**
     * @param identifier with its hierarchy checked
     * @throws ArchiveException INVALID_UID, SEARCH_UNAVAILABLE, POSITION_NOT_REACHED, IDENTIFIER_MISMATCH
     */
    List<HeldInstance> select(Identifier identifier, Caller caller) {
        List<HeldInstance> named = switch (identifier.level()) {
            case PATIENT -> ofStudies(studiesOfPatient(identifier, caller));
            case STUDY -> ofStudies(identifier.values(Tags.STUDY_INSTANCE_UID));
            case SERIES -> ofSeries(identifier);
            case IMAGE -> ofInstances(identifier);
        };
        List<HeldInstance> selected = identifier
                .value(Tags.PATIENT_ID)
                .map(id -> ofPatient(named, id, issuers(identifier, caller)))
                .orElse(named);
        boolean isUnderNoStudy = identifier.level() == QueryLevel.IMAGE
                && identifier.value(Tags.STUDY_INSTANCE_UID).isEmpty();
        return oddLast(isUnderNoStudy ? oneOfEach(selected) : selected);
    }

    /** Many receivers abort or fall silent at a data set of odd length (PS3.8 §9.3.5.1): nothing waits behind it. */
    private static List<HeldInstance> oddLast(List<HeldInstance> selected) {
        return selected.stream()
                .sorted(Comparator.comparing(instance -> instance.current().lengthBytes() % 2 != 0))
                .toList();
    }

    /** Of several studies that have one SOP Instance UID, the first that stored it: that image alone was meant. */
    private static List<HeldInstance> oneOfEach(List<HeldInstance> selected) {
        Set<SopInstanceUid> seen = new HashSet<>();
        return selected.stream()
                .filter(instance -> seen.add(instance.current().sopInstanceUid()))
                .toList();
    }

    /** Whose the selected objects are, of those who are identified. */
    Set<PatientRecordId> patientsOf(List<HeldInstance> selected) {
        return retrieval.patientsOf(selected);
    }

    private List<HeldInstance> ofPatient(List<HeldInstance> named, String id, List<String> issuers) {
        Set<HeldInstance> meant = new HashSet<>();
        issuers.forEach(issuer -> meant.addAll(retrieval.ofPatient(named, new PatientIdentifier(id, issuer))));
        return named.stream().filter(meant::contains).toList();
    }

    /** A bare Patient ID means the asker's domain (architecture section 3), and what came before this site was given an issuer. */
    private List<String> issuers(Identifier identifier, Caller caller) {
        return identifier
                .value(Tags.ISSUER_OF_PATIENT_ID)
                .map(List::of)
                .orElseGet(() -> List.of(caller.localIssuer(configuration), IssuerDomain.UNNAMED));
    }

    private List<HeldInstance> ofStudies(List<String> studies) {
        List<HeldInstance> instances = new ArrayList<>();
        for (String study : new LinkedHashSet<>(studies)) {
            instances.addAll(retrieval.select(Retrieval.Scope.study(new StudyInstanceUid(study))));
        }
        return instances;
    }

    private List<HeldInstance> ofSeries(Identifier identifier) {
        StudyInstanceUid study = identifier
                .value(Tags.STUDY_INSTANCE_UID)
                .map(StudyInstanceUid::new)
                .orElseThrow(() -> new ArchiveException(
                        ArchiveError.IDENTIFIER_MISMATCH, Tags.hex(Tags.STUDY_INSTANCE_UID) + " is needed"));
        List<HeldInstance> instances = new ArrayList<>();
        for (String uid : new LinkedHashSet<>(identifier.values(Tags.SERIES_INSTANCE_UID))) {
            instances.addAll(retrieval.select(
                    new Retrieval.Scope(study, Optional.of(new SeriesInstanceUid(uid)), Optional.empty())));
        }
        return instances;
    }

    /** Askers that leave out the study are served too: the SOP Instance UID says it. */
    private List<HeldInstance> ofInstances(Identifier identifier) {
        Optional<SeriesInstanceUid> series =
                identifier.value(Tags.SERIES_INSTANCE_UID).map(SeriesInstanceUid::new);
        Optional<StudyInstanceUid> named =
                identifier.value(Tags.STUDY_INSTANCE_UID).map(StudyInstanceUid::new);
        Set<SopInstanceUid> wanted = new LinkedHashSet<>();
        identifier.values(Tags.SOP_INSTANCE_UID).forEach(uid -> wanted.add(new SopInstanceUid(uid)));
        if (named.isPresent() && wanted.size() > 1) {
            return retrieval.select(new Retrieval.Scope(named.get(), series, Optional.empty())).stream()
                    .filter(i -> wanted.contains(i.current().sopInstanceUid()))
                    .toList();
        }
        List<HeldInstance> instances = new ArrayList<>();
        for (SopInstanceUid uid : wanted) {
            List<StudyInstanceUid> studies = named.map(List::of).orElseGet(() -> retrieval.studiesOf(uid));
            studies.forEach(
                    study -> instances.addAll(retrieval.select(new Retrieval.Scope(study, series, Optional.of(uid)))));
        }
        return instances;
    }

    /** Who is not identified is nobody's patient: a placeholder would collect the studies of all of them. */
    private List<String> studiesOfPatient(Identifier identifier, Caller caller) {
        boolean isSomebody = identifiers
                .patient(
                        identifier.value(Tags.PATIENT_ID).orElse(""),
                        identifier.value(Tags.ISSUER_OF_PATIENT_ID),
                        Optional.of(caller.localIssuer(configuration)))
                .isPresent();
        if (!isSomebody) {
            throw new ArchiveException(
                    ArchiveError.IDENTIFIER_MISMATCH, Tags.hex(Tags.PATIENT_ID) + " identifies nobody; name a study");
        }
        List<MatchingKey> keys = new ArrayList<>();
        for (int tag : List.of(Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID)) {
            identifier.value(tag).ifPresent(value -> keys.add(new MatchingKey(List.of(tag), Vr.LO, value)));
        }
        List<String> studies = new ArrayList<>();
        queries.walk(
                new ArchiveQuery(
                        QueryLevel.STUDY,
                        keys,
                        caller.localIssuer(configuration),
                        false,
                        Set.of(Tags.STUDY_INSTANCE_UID),
                        false,
                        0,
                        1,
                        head.get()),
                match -> {
                    match.text(Tags.STUDY_INSTANCE_UID).ifPresent(studies::add);
                    return true;
                });
        return studies;
    }
}
