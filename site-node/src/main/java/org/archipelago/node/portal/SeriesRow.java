package org.archipelago.node.portal;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/** A series of a study. */
public record SeriesRow(String uid, String number, String modality, String description, int instances) {
    static SeriesRow of(AttributeSet series, int instances) {
        return new SeriesRow(
                Shown.text(series, Tags.SERIES_INSTANCE_UID),
                Shown.text(series, Tags.SERIES_NUMBER),
                Shown.text(series, Tags.MODALITY),
                Shown.text(series, Tags.SERIES_DESCRIPTION),
                instances);
    }
}
