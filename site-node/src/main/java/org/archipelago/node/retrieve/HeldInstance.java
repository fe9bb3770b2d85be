package org.archipelago.node.retrieve;

import java.util.List;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;

/**
 * @param current the version that leaves by default
 * @param others alternate renditions and older or conflicting versions
 */
public record HeldInstance(
        StudyCopyId copy,
        StudyInstanceUid study,
        SeriesInstanceUid series,
        StoredObject current,
        List<StoredObject> others) {}
