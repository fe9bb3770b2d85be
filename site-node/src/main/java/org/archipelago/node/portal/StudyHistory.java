package org.archipelago.node.portal;

import java.util.List;
import org.archipelago.contract.dicom.StudyInstanceUid;

/** Port: what happened to a study, oldest first, from the log. Works while search is down. */
public interface StudyHistory {
    /** Empty for a study that is not here, and behind the end. */
    List<HistoryEntry> of(StudyInstanceUid study, int offset, int most);
}
