package org.archipelago.node.portal;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.query.ArchiveQueries;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.HolderAttributes;
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

    StudySearch(ArchiveQueries queries, StudyMarks marks, String localIssuer) {
        this.queries = queries;
        this.marks = marks;
        this.localIssuer = localIssuer;
    }

    /**
     * @param more whether there are matches behind this page
     * @param holders by Study Instance UID; of the network view only
     * @param elsewhere Study Instance UIDs of rows that this site cannot open, though it may hold a study of that UID
     */
    record Found(
            List<StudyRow> studies,
            boolean more,
            long position,
            Set<PatientRecordId> patients,
            Map<String, List<HolderRow>> holders,
            Set<String> elsewhere) {}

    /** The readings of a line are asked for one after another over the same window, so paging skips no study. */
    Found find(String line, int offset, LocalPosition minimum) {
        Map<String, StudyRow> rows = new LinkedHashMap<>();
        Set<PatientRecordId> patients = new LinkedHashSet<>();
        Map<String, List<HolderRow>> holders = new LinkedHashMap<>();
        Set<String> elsewhere = new HashSet<>();
        boolean more = false;
        long position = Long.MAX_VALUE;
        for (List<MatchingKey> keys : SearchLine.parse(line).alternatives()) {
            QueryPage page = queries.find(new ArchiveQuery(
                    QueryLevel.STUDY, keys, localIssuer, true, FIELDS, false, offset, PAGE_SIZE, minimum));
            for (AttributeSet match : page.matches()) {
                String uid = Shown.text(match, Tags.STUDY_INSTANCE_UID);
                holders.putIfAbsent(
                        uid,
                        HolderAttributes.read(match).stream().map(HolderRow::of).toList());
                if (!rows.containsKey(uid)) {
                    rows.put(uid, StudyRow.of(match, marks.of(new StudyInstanceUid(uid))));
                    if (Shown.text(match, Tags.INSTANCE_AVAILABILITY).equals("UNAVAILABLE")) {
                        elsewhere.add(uid);
                    }
                }
            }
            patients.addAll(page.patients());
            more |= page.more();
            position = Math.min(position, page.position().value());
        }
        return new Found(List.copyOf(rows.values()), more, position, patients, holders, elsewhere);
    }
}
