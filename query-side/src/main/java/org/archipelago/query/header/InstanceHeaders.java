package org.archipelago.query.header;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;

/** Port: reads an object's attributes from its blob. Thread-safe. */
public interface InstanceHeaders {
    /**
     * Every attribute as the sender wrote it, bulk data as {@code Value.Bulk}; no corrections.
     *
     * @throws org.archipelago.contract.ArchiveException ERASED, CORRUPT, NOT_FOUND, NOT_A_DATASET, DATASET_LIMIT
     */
    AttributeSet header(StudyCopyId study, StoredObject object);
}
