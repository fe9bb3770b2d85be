package org.archipelago.contract.study;

import org.archipelago.contract.dicom.SeriesInstanceUid;

/** An instance whose current version is in another series than the one that was current before. */
public record SeriesMove(SeriesInstanceUid from, SeriesInstanceUid to) {}
