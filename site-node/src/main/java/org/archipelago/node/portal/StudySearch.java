package org.archipelago.node.portal;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;

/** Finds studies by the search line. */
final class StudySearch {
    static final int PAGE_SIZE = 50;
    private static final Set<Integer> FIELDS = Set.of(
            Tags.MODALITIES_IN_STUDY,
            Tags.STUDY_DESCRIPTION,
            Tags.ISSUER_OF_PATIENT_ID,
            Tags.NUMBER_OF_STUDY_RELATED_SERIES,
            Tags.NUMBER_OF_STUDY_RELATED_INSTANCES);

    private final ArchiveQueries queries;
    private final StudyMarks marks;
    private final String localIssuer;
    private final Optional<SiteId> site;

    /** @param site this one, where what all sites hold is searched; empty where it answers for itself */
    StudySearch(ArchiveQueries queries, StudyMarks marks, String localIssuer, Optional<SiteId> site) {
        this.site = site;
        this.queries = queries;
        this.marks = marks;
        this.localIssuer = localIssuer;
    }

    /**
     * @param more whether there are matches behind this page
     * @param network by Study Instance UID
     */
    record Found(
            List<StudyRow> studies,
            boolean more,
            long position,
            Set<PatientRecordId> patients,
            Map<String, NetworkRow> network) {}

    /** The readings of a line are asked for one after another over the same window, so paging skips no study. */
    Found find(String line, int offset, LocalPosition minimum) {
        Map<String, StudyRow> rows = new LinkedHashMap<>();
        Set<PatientRecordId> patients = new LinkedHashSet<>();
        Map<String, NetworkRow> network = new LinkedHashMap<>();
        boolean more = false;
        long position = Long.MAX_VALUE;
        for (List<MatchingKey> keys : SearchLine.parse(line).alternatives()) {
            QueryPage page = queries.find(new ArchiveQuery(
                    QueryLevel.STUDY, keys, localIssuer, true, FIELDS, false, offset, PAGE_SIZE, minimum));
            for (AttributeSet match : page.matches()) {
                String uid = Shown.text(match, Tags.STUDY_INSTANCE_UID);
                if (!rows.containsKey(uid)) {
                    rows.put(uid, StudyRow.of(match, marks.of(new StudyInstanceUid(uid))));
                    network.put(uid, NetworkRow.of(match, site));
                }
            }
            patients.addAll(page.patients());
            more |= page.more();
            position = Math.min(position, page.position().value());
        }
        return new Found(List.copyOf(rows.values()), more, position, patients, network);
    }
}
