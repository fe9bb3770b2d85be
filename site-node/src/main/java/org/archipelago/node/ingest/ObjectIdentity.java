package org.archipelago.node.ingest;

import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.ingest.ObjectIngest.Arrival;

/**
 * What an object is, as its data set says. Where the data set is silent the C-STORE's Affected UIDs count; where they
 * differ the data set counts and the sender is warned (B007H, PS3.4 Table B.2-1).
 *
 * @param study empty: the object cannot be placed in a study
 * @param differsFromAnnounced whether an announced UID is not the data set's
 */
record ObjectIdentity(
        SopClassUid sopClassUid,
        SopInstanceUid sopInstanceUid,
        Optional<StudyInstanceUid> study,
        Optional<SeriesInstanceUid> series,
        boolean differsFromAnnounced) {
    /** @throws ArchiveException INVALID_UID, or INVALID_REQUEST when the object is not of the study that was required */
    static ObjectIdentity of(AttributeSet attributes, Arrival arrival) {
        Optional<SopClassUid> ownClass = uid(attributes, Tags.SOP_CLASS_UID).map(SopClassUid::new);
        Optional<SopInstanceUid> ownInstance =
                uid(attributes, Tags.SOP_INSTANCE_UID).map(SopInstanceUid::new);
        Optional<StudyInstanceUid> study =
                uid(attributes, Tags.STUDY_INSTANCE_UID).map(StudyInstanceUid::new);
        if (arrival.requiredStudy().isPresent() && !arrival.requiredStudy().equals(study)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "object of another study than the one named");
        }
        return new ObjectIdentity(
                ownClass.or(arrival::announcedClass)
                        .orElseThrow(() -> new ArchiveException(ArchiveError.INVALID_UID, "SOP Class UID (0008,0016)")),
                ownInstance
                        .or(arrival::announcedInstance)
                        .orElseThrow(
                                () -> new ArchiveException(ArchiveError.INVALID_UID, "SOP Instance UID (0008,0018)")),
                study,
                uid(attributes, Tags.SERIES_INSTANCE_UID).map(SeriesInstanceUid::new),
                differ(ownClass, arrival.announcedClass()) || differ(ownInstance, arrival.announcedInstance()));
    }

    /** The first of several alone may be what different objects have in common. */
    private static Optional<String> uid(AttributeSet attributes, int tag) {
        if (attributes.get(tag).filter(a -> a.values().size() > 1).isPresent()) {
            throw new ArchiveException(ArchiveError.INVALID_UID, "several values of " + Tags.hex(tag));
        }
        return attributes.text(tag);
    }

    private static <T> boolean differ(Optional<T> own, Optional<T> announced) {
        return own.isPresent() && announced.isPresent() && !own.equals(announced);
    }
}
