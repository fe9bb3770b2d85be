package org.archipelago.query.header;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.StudyCopyId;

/** Port: a header as it may leave. Thread-safe. */
@FunctionalInterface
public interface CorrectionsInForce {
    AttributeSet apply(StudyCopyId study, AttributeSet header);
}
