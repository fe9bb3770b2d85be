package org.archipelago.node.portal;

import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/**
 * A series of a study.
 *
 * @param patients whose objects it has; empty where all of the study are one person's
 * @param furtherPatients who are not named: the study has too many people
 */
public record SeriesRow(
        String uid,
        String number,
        String modality,
        String description,
        int instances,
        List<PatientRow> patients,
        int furtherPatients) {
    static SeriesRow of(AttributeSet series, int instances) {
        return new SeriesRow(
                Shown.text(series, Tags.SERIES_INSTANCE_UID),
                Shown.text(series, Tags.SERIES_NUMBER),
                Shown.text(series, Tags.MODALITY),
                Shown.text(series, Tags.SERIES_DESCRIPTION),
                instances,
                List.of(),
                0);
    }

    SeriesRow of(List<PatientRow> people, int further) {
        return new SeriesRow(uid, number, modality, description, instances, List.copyOf(people), further);
    }
}
