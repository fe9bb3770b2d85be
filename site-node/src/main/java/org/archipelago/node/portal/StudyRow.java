package org.archipelago.node.portal;

import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/** A study in a list. */
public record StudyRow(
        String uid,
        String patient,
        String patientId,
        String issuer,
        String birthDate,
        String sex,
        String date,
        String time,
        String accession,
        String modalities,
        String description,
        int series,
        int instances,
        int openConflicts,
        boolean held) {
    static StudyRow of(AttributeSet study, StudyMarks.Marks marks) {
        return new StudyRow(
                Shown.text(study, Tags.STUDY_INSTANCE_UID),
                Shown.name(study, Tags.PATIENT_NAME),
                Shown.text(study, Tags.PATIENT_ID),
                Shown.text(study, Tags.ISSUER_OF_PATIENT_ID),
                Shown.date(study, Tags.PATIENT_BIRTH_DATE),
                Shown.text(study, Tags.PATIENT_SEX),
                Shown.date(study, Tags.STUDY_DATE),
                Shown.time(study, Tags.STUDY_TIME),
                Shown.text(study, Tags.ACCESSION_NUMBER),
                Shown.all(study, Tags.MODALITIES_IN_STUDY),
                Shown.text(study, Tags.STUDY_DESCRIPTION),
                Shown.number(study, Tags.NUMBER_OF_STUDY_RELATED_SERIES),
                Shown.number(study, Tags.NUMBER_OF_STUDY_RELATED_INSTANCES),
                marks.openConflicts(),
                marks.held());
    }

    StudyRow counted(String knownModalities, int knownSeries, int knownInstances) {
        return new StudyRow(
                uid,
                patient,
                patientId,
                issuer,
                birthDate,
                sex,
                date,
                time,
                accession,
                knownModalities,
                description,
                knownSeries,
                knownInstances,
                openConflicts,
                held);
    }
}
