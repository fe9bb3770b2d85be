package org.archipelago.contract.study;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientRecordId;

/** Everything that can happen to a study copy. */
public sealed interface StudyEvent {
    StudyCopyId study();

    /**
     * First object of a study seen here.
     *
     * @param patient empty when the object's patient identifier is missing or a placeholder
     * @param attributes patient and study level attributes of the first instance, values up to 4 KiB
     * @param accession the order that the first instance belongs to, with its issuer, where it names one
     */
    record StudyRegistered(
            StudyCopyId study,
            StudyInstanceUid studyInstanceUid,
            Optional<PatientRecordId> patient,
            KeyId pixelKey,
            AttributeSet attributes,
            Optional<AccessionIdentifier> accession,
            Instant registeredAt)
            implements StudyEvent {
        /** One whose first instance names no order. */
        public StudyRegistered(
                StudyCopyId study,
                StudyInstanceUid studyInstanceUid,
                Optional<PatientRecordId> patient,
                KeyId pixelKey,
                AttributeSet attributes,
                Instant registeredAt) {
            this(study, studyInstanceUid, patient, pixelKey, attributes, Optional.empty(), registeredAt);
        }
    }

    /**
     * The study's first identified patient, when the objects before named none. At most once, and only when {@link
     * StudyRegistered} had no patient; a further patient is a conflict. Whether the objects before are of the same person is
     * told by what they say of it.
     *
     * @param described as {@link InstancePatient#described} of the object that names the patient
     */
    record StudyPatientIdentified(
            StudyCopyId study, PatientRecordId patient, AttributeSet described, Instant identifiedAt)
            implements StudyEvent {}

    /**
     * First object of a series seen here. A series may have no current instance: its only object may be the challenger of
     * a conflict, or all of its instances may have moved to another series by resolution.
     *
     * @param attributes all non-bulk attributes of the series' first object that are not study level and not of one
     *     instance by definition (UIDs that events name anyway), values up to 4 KiB, private ones included
     */
    record SeriesRegistered(StudyCopyId study, SeriesInstanceUid series, AttributeSet attributes)
            implements StudyEvent {}

    /**
     * What an object says of its series, or of the study when no series is named, that no object before said; challengers
     * and newer versions included. An object that lacks a value says nothing. Never undone.
     *
     * @param tags attributes of the series that turn out to be of single instances: no longer the series', from now on.
     *     Once per tag; none of the study or of what describes a series as such
     * @param further values beside those of the baseline, at most 16 per tag with it, values up to 4 KiB
     * @param accession a further order that the study belongs to; never for a series
     */
    record AttributesVaried(
            StudyCopyId study,
            Optional<SeriesInstanceUid> series,
            Set<Integer> tags,
            AttributeSet further,
            Optional<AccessionIdentifier> accession)
            implements StudyEvent {
        /** Without further values. */
        public AttributesVaried(StudyCopyId study, Optional<SeriesInstanceUid> series, Set<Integer> tags) {
            this(study, series, tags, AttributeSet.EMPTY, Optional.empty());
        }
    }

    /**
     * Instances whose bytes and this event are both durable, each the first of its SOP Instance UID in this study and
     * current from now on. At least one, and all of one person.
     *
     * @param alsoElsewhere those of them that another study copy was known to hold: stored, current and retrievable here
     *     all the same, each followed by its {@link ConflictKind#DIFFERENT_STUDY} conflict
     */
    record InstancesStored(
            StudyCopyId study,
            List<StoredInstance> instances,
            List<SopInstanceUid> alsoElsewhere,
            Actor source,
            Instant storedAt)
            implements StudyEvent {
        /** Instances that no other study copy is known to hold. */
        public InstancesStored(StudyCopyId study, List<StoredInstance> instances, Actor source, Instant storedAt) {
            this(study, instances, List.of(), source, storedAt);
        }
    }

    /**
     * The same instance in another encoding; no conflict, and what is current stays so.
     *
     * @param of the version that it has the content of: the current one, an older one or a challenger
     */
    record RenditionKept(StudyCopyId study, StoredObject object, VersionId of, Actor source, Instant keptAt)
            implements StudyEvent {}

    /**
     * A kept version arrived again and its own blob was lost or damaged: the same bytes are kept by another blob from now on.
     *
     * @param object the version, with its new blob
     */
    record BlobReplaced(StudyCopyId study, StoredObject object, BlobId replaced, Actor source, Instant replacedAt)
            implements StudyEvent {}

    /**
     * A technologist's correction within the configured window: the newer is current, the older stays retrievable.
     *
     * @param formerly whose object the superseded version is, where that is another person
     */
    record VersionSuperseded(
            StudyCopyId study,
            StoredInstance newer,
            VersionId superseded,
            Optional<InstancePatient> formerly,
            Actor source,
            Instant supersededAt)
            implements StudyEvent {
        /** Both versions are of one person. */
        public VersionSuperseded(
                StudyCopyId study, StoredInstance newer, VersionId superseded, Actor source, Instant supersededAt) {
            this(study, newer, superseded, Optional.empty(), source, supersededAt);
        }
    }

    /** The instance was promised by storage commitment: later changes of it are conflicts, not corrections. */
    record InstancesCommitted(StudyCopyId study, List<SopInstanceUid> instances, Actor requester, Instant committedAt)
            implements StudyEvent {}

    /**
     * @param sopInstanceUid the instance in question, empty for a conflict of the whole study
     * @param challenger the object that is kept beside the current one and is not current, where there is one; never in a
     *     conflict of studies or patients, whose instances {@link InstancesStored} carries
     * @param other the study copy that holds the same SOP Instance UID, where that is the conflict
     * @param otherPatient the further patient of the same Study Instance UID, where that is the conflict; empty when it is
     *     one with people whom nothing identifies and whose descriptions contradict
     */
    record ConflictOpened(
            StudyCopyId study,
            ConflictId conflict,
            ConflictKind kind,
            Optional<SopInstanceUid> sopInstanceUid,
            Optional<StoredInstance> challenger,
            Optional<StudyCopyId> other,
            Optional<PatientRecordId> otherPatient,
            Actor source,
            Instant openedAt)
            implements StudyEvent {}

    /**
     * @param current the version that is current from now on, where the conflict is about one
     * @param moved where that puts the instance into another series
     * @param handed where that makes the instance another person's
     */
    record ConflictResolved(
            StudyCopyId study,
            ConflictId conflict,
            Optional<VersionId> current,
            Optional<SeriesMove> moved,
            Optional<PatientMove> handed,
            Actor by,
            String reason,
            Instant resolvedAt)
            implements StudyEvent {
        /** The instance stays in its series, and its patient's. */
        public ConflictResolved(
                StudyCopyId study,
                ConflictId conflict,
                Optional<VersionId> current,
                Actor by,
                String reason,
                Instant resolvedAt) {
            this(study, conflict, current, Optional.empty(), Optional.empty(), by, reason, resolvedAt);
        }
    }

    /** Nothing has arrived for the quiet time. Repeatable: any later arrival reopens the study until it settles again. */
    record StudySettled(StudyCopyId study, int series, int instances, Instant settledAt) implements StudyEvent {}

    record StudyHeld(StudyCopyId study, String reason, Actor by, Instant heldAt) implements StudyEvent {}

    record StudyReleased(StudyCopyId study, String reason, Actor by, Instant releasedAt) implements StudyEvent {}
}
