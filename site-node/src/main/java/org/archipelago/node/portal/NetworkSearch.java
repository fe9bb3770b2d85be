package org.archipelago.node.portal;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.network.NetworkView;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;

/** Finds studies of all sites, and tells how current that is. */
record NetworkSearch(NetworkView view, StudySearch studies, StudyMarks marks, String localIssuer) {
    private static final LocalPosition ANY = new LocalPosition(-1);

    Supplier<Completeness> completeness() {
        return view.completeness();
    }

    /** @throws ArchiveException NOT_FOUND when no site is known to hold it; SEARCH_UNAVAILABLE */
    NetworkStudy study(StudyInstanceUid uid) {
        QueryPage page = find(QueryLevel.STUDY, uid, 1);
        AttributeSet row = page.matches().stream()
                .findFirst()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "study"));
        NetworkRow network = NetworkRow.of(row, Optional.of(view.site()));
        List<SeriesRow> series = network.holders().stream().anyMatch(HolderRow::otherPatient)
                ? List.of()
                : find(QueryLevel.SERIES, uid, StudyDetails.MAX_SERIES).matches().stream()
                        .map(one -> SeriesRow.of(one, Shown.number(one, Tags.NUMBER_OF_SERIES_RELATED_INSTANCES)))
                        .toList();
        return new NetworkStudy(StudyRow.of(row, marks.of(uid)), network, series, page.patients());
    }

    private QueryPage find(QueryLevel level, StudyInstanceUid uid, int most) {
        MatchingKey key = new MatchingKey(List.of(Tags.STUDY_INSTANCE_UID), Vr.UI, uid.value());
        return view.queries()
                .find(new ArchiveQuery(level, List.of(key), localIssuer, false, Set.of(), true, 0, most, ANY));
    }
}
