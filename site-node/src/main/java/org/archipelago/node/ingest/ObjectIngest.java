package org.archipelago.node.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** The one way in for objects, whatever protocol they come by. Thread-safe. */
public interface ObjectIngest {
    /**
     * Reads the data set to its end, keeps it and records it. On return both are durable: success may be answered.
     * When it throws, nothing is kept, and the stream may not be read to its end.
     *
     * @throws org.archipelago.contract.ArchiveException every refusal of the write path
     * @throws IOException the sender's stream broke; nothing is kept
     */
    Ingested ingest(InputStream dataset, Arrival arrival) throws IOException;

    /**
     * What is known of an object before its bytes.
     *
     * @param announcedClass Affected SOP Class UID of a C-STORE
     * @param announcedInstance Affected SOP Instance UID of a C-STORE
     * @param defaultIssuer issuer of Patient IDs that name none, as configured for the source
     * @param defaultCharacterSet Specific Character Set of text that names none, as configured for the source
     * @param requiredStudy the study that the object must belong to, where the sender named one (PS3.18 §10.5.1); any
     *     other is refused with INVALID_REQUEST and nothing is kept
     */
    record Arrival(
            TransferSyntaxUid transferSyntax,
            Optional<SopClassUid> announcedClass,
            Optional<SopInstanceUid> announcedInstance,
            Actor source,
            Optional<String> defaultIssuer,
            Optional<String> defaultCharacterSet,
            Optional<StudyInstanceUid> requiredStudy) {
        public Arrival(
                TransferSyntaxUid transferSyntax,
                Optional<SopClassUid> announcedClass,
                Optional<SopInstanceUid> announcedInstance,
                Actor source,
                Optional<String> defaultIssuer,
                Optional<String> defaultCharacterSet) {
            this(
                    transferSyntax,
                    announcedClass,
                    announcedInstance,
                    source,
                    defaultIssuer,
                    defaultCharacterSet,
                    Optional.empty());
        }
    }
}
