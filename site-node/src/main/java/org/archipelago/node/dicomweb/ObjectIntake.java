package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.ingest.ObjectIngest.Arrival;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the objects of one store request, in whatever form they came; what becomes of each is in the result. */
final class ObjectIntake {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectIntake.class);

    private final ObjectIngest ingest;
    private final Actor source;
    private final Optional<StudyInstanceUid> study;
    private final StoreResult result;

    ObjectIntake(DicomWeb node, HttpServletRequest request, Optional<StudyInstanceUid> study, StoreResult result) {
        this.ingest = node.ingest();
        this.source = node.callers().of(request);
        this.study = study;
        this.result = result;
    }

    /** What announces an object, as far as it is known. */
    record Announced(Optional<SopClassUid> sopClass, Optional<SopInstanceUid> sopInstance) {
        static final Announced NOTHING = new Announced(Optional.empty(), Optional.empty());
    }

    /** A file (PS3.10 §7). */
    void file(InputStream body) throws IOException {
        Announced announced = Announced.NOTHING;
        try {
            DicomFile file = DicomFile.open(body);
            announced = new Announced(file.sopClassUid(), file.sopInstanceUid());
            take(announced, file.transferSyntax(), file.dataset());
        } catch (ArchiveException e) {
            result.failed(announced, e.error());
        } catch (RuntimeException e) {
            failed(announced, e);
        }
    }

    interface Preparation {
        SeparateObject prepare();
    }

    /** Metadata and bulk data; it is said in words why they are refused, since a code says little of that. */
    void separate(Announced announced, Preparation preparation) throws IOException {
        try {
            SeparateObject object = preparation.prepare();
            try (InputStream dataset = object.dataset().open()) {
                take(announced, object.transferSyntax(), dataset);
            }
        } catch (ArchiveException e) {
            refused(announced, e);
        } catch (RuntimeException e) {
            failed(announced, e);
        }
    }

    void refused(Announced announced, ArchiveException reason) {
        result.failed(announced, reason.error());
        result.explain(
                announced.sopInstance().map(uid -> "instance " + uid).orElse("one instance") + ": " + reason.subject());
    }

    private void failed(Announced announced, RuntimeException e) {
        LOG.error("an object could not be stored", e);
        result.failed(announced, ArchiveError.INTERNAL);
    }

    private void take(Announced announced, TransferSyntaxUid syntax, InputStream dataset) throws IOException {
        Ingested ingested = ingest.ingest(
                dataset,
                new Arrival(
                        syntax,
                        announced.sopClass(),
                        announced.sopInstance(),
                        source,
                        Optional.empty(),
                        Optional.empty(),
                        study));
        boolean isOfAStudy = ingested.study().isPresent(); // a quarantined object is of none, and durable
        if (study.isPresent() && isOfAStudy && !ingested.study().equals(study)) {
            throw new IllegalStateException("an object of another study was taken in spite of the required one");
        }
        result.stored(ingested);
    }
}
