package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;

/** Which instances a C-MOVE or C-GET names (PS3.4 §C.4.2.1.4, §C.4.2.2.1). Search is needed for whole patients only. */
final class RetrieveSelection {
    private final Retrieval retrieval;
    private final ArchiveQueries queries;
    private final DimseConfiguration configuration;

    RetrieveSelection(Retrieval retrieval, ArchiveQueries queries, DimseConfiguration configuration) {
        this.retrieval = retrieval;
        this.queries = queries;
        this.configuration = configuration;
    }

    /** @throws ArchiveException IDENTIFIER_MISMATCH, INVALID_UID, SEARCH_UNAVAILABLE */
    List<HeldInstance> select(Identifier identifier, Caller caller) {
        return switch (identifier.level()) {
            case PATIENT -> ofStudies(studiesOfPatient(identifier, caller));
            case STUDY ->
                ofStudies(required(identifier, Tags.STUDY_INSTANCE_UID).stream()
                        .map(StudyInstanceUid::new)
                        .toList());
            case SERIES -> ofSeries(identifier);
            case IMAGE -> ofInstances(identifier);
        };
    }

    private List<HeldInstance> ofStudies(List<StudyInstanceUid> studies) {
        List<HeldInstance> instances = new ArrayList<>();
        for (StudyInstanceUid study : new LinkedHashSet<>(studies)) {
            instances.addAll(retrieval.select(Retrieval.Scope.study(study)));
        }
        return instances;
    }

    private List<HeldInstance> ofSeries(Identifier identifier) {
        StudyInstanceUid study = new StudyInstanceUid(
                required(identifier, Tags.STUDY_INSTANCE_UID).getFirst());
        List<HeldInstance> instances = new ArrayList<>();
        for (String uid : new LinkedHashSet<>(required(identifier, Tags.SERIES_INSTANCE_UID))) {
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
        required(identifier, Tags.SOP_INSTANCE_UID).forEach(uid -> wanted.add(new SopInstanceUid(uid)));
        if (named.isPresent() && wanted.size() > 1) {
            return retrieval.select(new Retrieval.Scope(named.get(), series, Optional.empty())).stream()
                    .filter(i -> wanted.contains(i.current().sopInstanceUid()))
                    .toList();
        }
        List<HeldInstance> instances = new ArrayList<>();
        for (SopInstanceUid uid : wanted) {
            named.or(() -> retrieval.studyOf(uid))
                    .ifPresent(study ->
                            instances.addAll(retrieval.select(new Retrieval.Scope(study, series, Optional.of(uid)))));
        }
        return instances;
    }

    private List<StudyInstanceUid> studiesOfPatient(Identifier identifier, Caller caller) {
        String patientId = required(identifier, Tags.PATIENT_ID).getFirst();
        if (patientId.contains("*") || patientId.contains("?")) {
            throw new ArchiveException(ArchiveError.IDENTIFIER_MISMATCH, "a wild card in the Patient ID");
        }
        String issuer = caller.configured().flatMap(RemoteAe::defaultIssuer).orElse(configuration.siteIssuer());
        List<MatchingKey> keys = new ArrayList<>(List.of(new MatchingKey(List.of(Tags.PATIENT_ID), Vr.LO, patientId)));
        identifier
                .value(Tags.ISSUER_OF_PATIENT_ID)
                .ifPresent(i -> keys.add(new MatchingKey(List.of(Tags.ISSUER_OF_PATIENT_ID), Vr.LO, i)));
        List<StudyInstanceUid> studies = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int offset = 0;
        while (true) {
            QueryPage page = queries.find(new ArchiveQuery(
                    QueryLevel.STUDY,
                    keys,
                    issuer,
                    false,
                    Set.of(Tags.STUDY_INSTANCE_UID),
                    false,
                    offset,
                    configuration.serviceLimits().queryPageSize(),
                    new LocalPosition(-1)));
            page.matches().stream()
                    .flatMap(m -> m.text(Tags.STUDY_INSTANCE_UID).stream())
                    .filter(seen::add)
                    .forEach(uid -> studies.add(new StudyInstanceUid(uid)));
            offset += page.matches().size();
            if (!page.more() || page.matches().isEmpty()) {
                return studies;
            }
        }
    }

    private static List<String> required(Identifier identifier, int tag) {
        List<String> values = identifier.values(tag);
        if (values.isEmpty()) {
            throw new ArchiveException(ArchiveError.IDENTIFIER_MISMATCH, Tags.hex(tag) + " is needed at this level");
        }
        return values;
    }
}
