package org.archipelago.contract.study;

import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * Whose object an instance is, said against the study's patient so that the usual case takes no room. Corrections of a
 * patient apply to instances of that patient only: one Study Instance UID may carry two patients.
 *
 * @param other the instance's patient when it is another one than the study's, else empty
 */
public record InstancePatient(Kind kind, Optional<PatientRecordId> other) {
    /** The study's patient as it was when the instance was recorded; nobody when the study had none then. */
    public static final InstancePatient OF_STUDY = new InstancePatient(Kind.OF_STUDY, Optional.empty());

    /** The object names no patient, or a placeholder, in a study that has one. */
    public static final InstancePatient UNIDENTIFIED = new InstancePatient(Kind.UNIDENTIFIED, Optional.empty());

    public enum Kind {
        OF_STUDY,
        OTHER,
        UNIDENTIFIED
    }

    public InstancePatient {
        if ((kind == Kind.OTHER) != other.isPresent()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "patient of an instance");
        }
    }

    public static InstancePatient other(PatientRecordId patient) {
        return new InstancePatient(Kind.OTHER, Optional.of(patient));
    }

    /** The patient record, given the study's patient when the instance was recorded. */
    public Optional<PatientRecordId> within(Optional<PatientRecordId> ofStudy) {
        return switch (kind) {
            case OF_STUDY -> ofStudy;
            case OTHER -> other;
            case UNIDENTIFIED -> Optional.empty();
        };
    }
}
