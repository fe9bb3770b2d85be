package org.archipelago.node.portal;

import org.archipelago.contract.dicom.StudyInstanceUid;

/** Port: what a person must know of a study wherever it is shown. Cheap: called for every row of a list. */
public interface StudyMarks {
    Marks of(StudyInstanceUid study);

    /** @param held whether it is on hold: what will delete studies is to leave it alone until someone releases it; nothing else heeds it */
    record Marks(int openConflicts, boolean held) {
        public static final Marks NONE = new Marks(0, false);
    }
}
