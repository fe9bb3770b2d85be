package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.StudyInstanceUid;

/**
 * Says on an answer which studies in it have open conflicts, and where to look: they are shown wherever the study is shown
 * (architecture section 3). A Warning, as PS3.18 §8.5 has them; the answer itself stays as it is.
 */
final class ConflictWarning {
    /** Each is looked up in the log, which may mean to read all of a study's records. */
    static final int MAX_LOOKED_AT = 25;

    private static final int MAX_NAMED = 5;

    private final ToIntFunction<StudyInstanceUid> openConflicts;

    ConflictWarning(ToIntFunction<StudyInstanceUid> openConflicts) {
        this.openConflicts = openConflicts;
    }

    /** @param studies in the answer; beyond the first {@value #MAX_LOOKED_AT} the answer says that nobody looked */
    void addTo(HttpServletResponse response, Set<StudyInstanceUid> studies) {
        List<StudyInstanceUid> inConflict = studies.stream()
                .limit(MAX_LOOKED_AT)
                .filter(study -> count(study) > 0)
                .toList();
        if (studies.size() <= MAX_LOOKED_AT) {
            add(response, studies.size(), inConflict);
        } else {
            add(response, inConflict.size() + " of the first " + MAX_LOOKED_AT, inConflict);
        }
    }

    /** @param studies how many are in the answer, of which these are known to have open conflicts */
    static void add(HttpServletResponse response, int studies, Collection<StudyInstanceUid> inConflict) {
        if (!inConflict.isEmpty()) {
            add(response, studies == 1 ? "" : inConflict.size() + " of " + studies, inConflict);
        }
    }

    private static void add(HttpServletResponse response, String which, Collection<StudyInstanceUid> inConflict) {
        String text = which.isEmpty()
                ? "The study has open conflicts"
                : which + " studies in this answer have open conflicts";
        String where = inConflict.stream()
                .limit(MAX_NAMED)
                .map(study -> "/studies/" + study)
                .collect(Collectors.joining(" "));
        response.addHeader("Warning", "299 archipelago \"" + text + (where.isEmpty() ? "" : ": see " + where) + "\"");
    }

    /** What cannot be read of one study is told where that study is asked for, and takes nothing from the others here. */
    private int count(StudyInstanceUid study) {
        try {
            return openConflicts.applyAsInt(study);
        } catch (ArchiveException e) {
            return 0;
        }
    }
}
