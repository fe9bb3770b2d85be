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
     * Somebody whom an object says to be of and no object of this study did before: another patient, or the same one described
     * in another way, or somebody whom nothing identifies. Before the event of the object, which may be a challenger's. Who of
     * these are one human being is not said here: records may be merged, and little may be known of somebody.
     *
     * @param person its number, for ever: 1 for the first, then dense. 0 is whom the study's first object describes, with the
     *     patient and the attributes of {@link StudyRegistered}
     * @param patient empty when the object's patient identifier is missing or a placeholder
     * @param attributes of Patient Module and Patient Study Module (PS3.3 §C.7.1.1, §C.7.2.2) as that object has them, values up
     *     to 4 KiB
     * @param crowd stands for everyone further whom nothing identifies: there are too many, and none of them is told of
     */
    record PersonDescribed(
            StudyCopyId study,
            int person,
            Optional<PatientRecordId> patient,
            AttributeSet attributes,
            boolean crowd,
            Instant describedAt)
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
     * What an object says of its series, or of the study when no series is named, that no object before said, and of its
     * patient, that none of that person's did; challengers and newer versions included. Never undone; which objects have a value,
     * each of them says itself ({@link NamedValues}).
     *
     * @param person whose object says it, see {@link PersonDescribed}
     * @param tags attributes of the series that turn out to be of single instances: no longer the series', from now on.
     *     Once per tag; none of the study or of what describes a series as such
     * @param further values beside those of the baseline, at most 16 per tag with it, values up to 4 KiB
     * @param places of the further values among all that events name of that attribute of that series, study or person, where they
     *     are not 0: the baseline's has place 0, where it has one, and each that is named the next
     * @param accession a further order that the study belongs to; never for a series
     */
    record AttributesVaried(
            StudyCopyId study,
            Optional<SeriesInstanceUid> series,
            int person,
            Set<Integer> tags,
            AttributeSet further,
            NamedValues places,
            Optional<AccessionIdentifier> accession)
            implements StudyEvent {
        /** Without further values. */
        public AttributesVaried(StudyCopyId study, Optional<SeriesInstanceUid> series, Set<Integer> tags) {
            this(study, series, 0, tags, AttributeSet.EMPTY, NamedValues.OF_BASELINE, Optional.empty());
        }
    }

    /**
     * Instances whose bytes and this event are both durable, each the first of its SOP Instance UID in this study and
     * current from now on. At least one.
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
     * @param formerly what the superseded version counted for
     */
    record VersionSuperseded(
            StudyCopyId study,
            StoredInstance newer,
            VersionId superseded,
            VersionStanding formerly,
            Actor source,
            Instant supersededAt)
            implements StudyEvent {
        /** Both versions count for the same. */
        public VersionSuperseded(
                StudyCopyId study, StoredInstance newer, VersionId superseded, Actor source, Instant supersededAt) {
            this(study, newer, superseded, newer.standing(), source, supersededAt);
        }
    }

    /** The instance was promised by storage commitment: later changes of it are conflicts, not corrections. */
    record InstancesCommitted(StudyCopyId study, List<SopInstanceUid> instances, Actor requester, Instant committedAt)
            implements StudyEvent {}

    /**
     * @param sopInstanceUid the instance in question, empty for a conflict of the whole study
     * @param challenger the object that is kept beside the current one and is not current, where there is one: one that came, or
     *     one kept already that its sender sent again after correcting it. Never in a conflict of studies or patients, whose
     *     instances {@link InstancesStored} carries
     * @param other the study copy that holds the same SOP Instance UID, where that is the conflict
     * @param people where several patients of the same Study Instance UID are the conflict: those who cannot be one, as far as
     *     was known then, by the number of one of their descriptions each, see {@link PersonDescribed}; else empty
     */
    record ConflictOpened(
            StudyCopyId study,
            ConflictId conflict,
            ConflictKind kind,
            Optional<SopInstanceUid> sopInstanceUid,
            Optional<StoredInstance> challenger,
            Optional<StudyCopyId> other,
            List<Integer> people,
            Actor source,
            Instant openedAt)
            implements StudyEvent {}

    /**
     * @param current the version that is current from now on, where the conflict is about one
     * @param change where that version was not current before
     */
    record ConflictResolved(
            StudyCopyId study,
            ConflictId conflict,
            Optional<VersionId> current,
            Optional<VersionChange> change,
            Actor by,
            String reason,
            Instant resolvedAt)
            implements StudyEvent {
        /** What was current stays so. */
        public ConflictResolved(
                StudyCopyId study,
                ConflictId conflict,
                Optional<VersionId> current,
                Actor by,
                String reason,
                Instant resolvedAt) {
            this(study, conflict, current, Optional.empty(), by, reason, resolvedAt);
        }
    }

    /** Nothing has arrived for the quiet time. Repeatable: any later arrival reopens the study until it settles again. */
    record StudySettled(StudyCopyId study, int series, int instances, Instant settledAt) implements StudyEvent {}

    record StudyHeld(StudyCopyId study, String reason, Actor by, Instant heldAt) implements StudyEvent {}

    record StudyReleased(StudyCopyId study, String reason, Actor by, Instant releasedAt) implements StudyEvent {}
}
