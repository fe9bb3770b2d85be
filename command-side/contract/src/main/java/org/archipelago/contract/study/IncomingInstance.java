package org.archipelago.contract.study;

import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.patient.AccessionIdentifier;

/**
 * An object whose bytes are durable and whose place is to be decided.
 *
 * @param attributes every non-bulk attribute of the data set with values up to 4 KiB
 * @param accession the order that it belongs to, with its issuer, where it names one
 */
public record IncomingInstance(
        SeriesInstanceUid series,
        StoredObject object,
        AttributeSet attributes,
        Optional<AccessionIdentifier> accession) {
    /** One that names no order. */
    public IncomingInstance(SeriesInstanceUid series, StoredObject object, AttributeSet attributes) {
        this(series, object, attributes, Optional.empty());
    }
}
