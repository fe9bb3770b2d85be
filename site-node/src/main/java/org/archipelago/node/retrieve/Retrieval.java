package org.archipelago.node.retrieve;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;

/** Reads from the log and the blobs only: works while search is down. Thread-safe. */
public interface Retrieval {
    /** Current versions, by series in order of first arrival. Empty when there are none. */
    List<HeldInstance> select(Scope scope);

    /**
     * Those of the instances that are this patient's, with the corrections in force, as a search by the identifier tells people
     * apart (architecture section 3): objects without an identifier of the same person are among them.
     */
    List<HeldInstance> ofPatient(List<HeldInstance> instances, PatientIdentifier patient);

    /** Each of the people whose objects the study has, as a search tells them apart; who is identified first. */
    List<HeldPerson> people(StudyInstanceUid study);

    /** Whose the versions are that are to leave, of those who are identified; each once. */
    Set<PatientRecordId> patientsOf(List<HeldInstance> instances);

    /** Every kept version of an instance, the current one first, the others in order of arrival. Empty when there are none. */
    List<HeldVersion> versions(StudyInstanceUid study, SopInstanceUid instance);

    /** The studies that hold the instance, the first to store it first, when a caller names only the SOP Instance UID. */
    List<StudyInstanceUid> studiesOf(SopInstanceUid instance);

    /**
     * As which version the instance leaves: a rendition that came back with corrections made here leaves as the version that it was,
     * with the corrections that are in force now.
     */
    HeldInstance leaving(HeldInstance instance);

    /**
     * One object as it may leave, in the version that {@link #leaving} names; its transfer syntax is the stored one.
     *
     * @param accepted transfer syntaxes that the receiver takes, best first; empty: the stored one, verbatim
     * @throws org.archipelago.contract.ArchiveException TRANSCODING_FAILED, ERASED, CORRUPT, NOT_FOUND
     */
    OutgoingObject open(HeldInstance instance, List<TransferSyntaxUid> accepted);

    /**
     * What can be said of opening it without reading pixels or asking another site.
     *
     * @throws org.archipelago.contract.ArchiveException what {@link #open} would throw
     */
    default void check(HeldInstance instance) {}

    /** These will be opened soon, in this order: what has to come from elsewhere may set out. Never waits, never fails. */
    default void expect(List<HeldInstance> next) {}

    /** The object exactly as it arrived, in the version named; for holders of the permission. */
    OutgoingObject openOriginal(HeldInstance instance, String version);

    /**
     * Metadata with the corrections in force, bulk data as {@code Value.Bulk}; in the order of {@link #select}. Close it.
     *
     * @throws org.archipelago.contract.ArchiveException ERASED; CORRUPT or what else is wrong when nothing can be read of
     *     an object that is there
     */
    Metadata metadata(Scope scope);

    /**
     * Metadata of the version that is to leave, so that what it says of bulk data holds for that version's bytes.
     *
     * @throws org.archipelago.contract.ArchiveException ERASED, CORRUPT, NOT_FOUND, NOT_A_DATASET, DATASET_LIMIT
     */
    AttributeSet metadata(HeldInstance instance);

    /** @param unreadable instances that are left out: their stored objects are damaged or beyond a limit */
    record Metadata(Stream<AttributeSet> sets, List<SopInstanceUid> unreadable) implements AutoCloseable {
        @Override
        public void close() {
            sets.close();
        }
    }

    /** Changes whenever what leaves for this scope may change; for ETags. Empty where {@link #select} is. */
    Optional<String> revisionTag(Scope scope);

    /** What is wanted: a study, of it one series, of it one instance. */
    record Scope(StudyInstanceUid study, Optional<SeriesInstanceUid> series, Optional<SopInstanceUid> instance) {
        public static Scope study(StudyInstanceUid study) {
            return new Scope(study, Optional.empty(), Optional.empty());
        }
    }
}
