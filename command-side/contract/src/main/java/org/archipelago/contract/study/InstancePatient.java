package org.archipelago.contract.study;

import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * Whose object an instance is, said against the study's patient so that the usual case takes no room. Corrections of a
 * patient apply to instances of that patient only: one Study Instance UID may carry two patients, or people whom nothing
 * identifies and who are told apart by their descriptions alone.
 *
 * @param other the instance's patient when it is another one than the study's, else empty
 * @param described what the first object of that person in the study says of who it is: identifier, name, birth date, sex,
 *     as far as it has them; empty for the study's patient
 */
public record InstancePatient(Kind kind, Optional<PatientRecordId> other, AttributeSet described) {
    /**
     * The study's patient as it was when the instance was recorded; when the study had none then, whom its first object
     * describes.
     */
    public static final InstancePatient OF_STUDY =
            new InstancePatient(Kind.OF_STUDY, Optional.empty(), AttributeSet.EMPTY);

    public enum Kind {
        OF_STUDY,
        OTHER,
        UNIDENTIFIED
    }

    public InstancePatient {
        if ((kind == Kind.OTHER) != other.isPresent() || (kind == Kind.OF_STUDY && !described.isEmpty())) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "patient of an instance");
        }
    }

    public static InstancePatient other(PatientRecordId patient, AttributeSet described) {
        return new InstancePatient(Kind.OTHER, Optional.of(patient), described);
    }

    /** The object names no patient, or a placeholder, where the study has one or its first object says another thing. */
    public static InstancePatient unidentified(AttributeSet described) {
        return new InstancePatient(Kind.UNIDENTIFIED, Optional.empty(), described);
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
