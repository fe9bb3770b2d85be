package org.archipelago.contract.study;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;

/**
 * An object whose bytes are durable and whose place is to be decided.
 *
 * @param attributes every non-bulk attribute of the data set with values up to 4 KiB
 */
public record IncomingInstance(SeriesInstanceUid series, StoredObject object, AttributeSet attributes) {}
