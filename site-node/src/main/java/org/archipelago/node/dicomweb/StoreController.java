package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest.Arrival;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * STOW-RS (PS3.18 §10.5). Objects are taken one by one as they arrive; each that the answer lists as referenced is
 * durable and recorded. A refused object harms no other. When the transport breaks there is no answer, and what had
 * been taken stays.
 */
@RestController
class StoreController {
    private static final Logger LOG = LoggerFactory.getLogger(StoreController.class);
    private static final String DICOM = "application/dicom";
    private static final String RETRY_AFTER_SECONDS = "5";

    private final DicomWeb node;

    StoreController(DicomWeb node) {
        this.node = node;
    }

    @PostMapping("/dicom-web/studies")
    void store(HttpServletRequest request, HttpServletResponse response) throws IOException {
        store(Optional.empty(), request, response);
    }

    @PostMapping("/dicom-web/studies/{study}")
    void storeIn(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        store(Optional.of(new StudyInstanceUid(study)), request, response);
    }

    private void store(Optional<StudyInstanceUid> study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String type = AcceptHeader.json(request);
        MediaRange content = contentType(request);
        StoreResult result = new StoreResult(new Addresses(request), node.retrieval(), study);
        if (content.type().equals(MediaRange.MULTIPART_RELATED)) {
            storeParts(content, request, result, study);
        } else if (content.type().equals(DICOM)) {
            storePart(request.getInputStream(), request, result, study);
        } else {
            throw new ArchiveException(ArchiveError.UNSUPPORTED_MEDIA, content.type());
        }
        answer(result, type, response);
    }

    private static MediaRange contentType(HttpServletRequest request) {
        String header = request.getContentType();
        if (header == null) {
            throw new ArchiveException(ArchiveError.UNSUPPORTED_MEDIA, "no Content-Type");
        }
        if (request.getHeader("Content-Encoding") != null) {
            throw new ArchiveException(ArchiveError.UNSUPPORTED_MEDIA, "Content-Encoding");
        }
        return MediaRange.parse(header);
    }

    private void storeParts(
            MediaRange content, HttpServletRequest request, StoreResult result, Optional<StudyInstanceUid> study)
            throws IOException {
        if (!content.parameter("type").orElse(DICOM).equalsIgnoreCase(DICOM)) {
            throw new ArchiveException(
                    ArchiveError.UNSUPPORTED_MEDIA, "multipart/related of another type than " + DICOM);
        }
        String boundary = content.parameter("boundary")
                .orElseThrow(() -> new ArchiveException(ArchiveError.INVALID_REQUEST, "multipart boundary"));
        MultipartReader parts = new MultipartReader(
                request.getInputStream(), boundary, node.limits().multipart());
        try {
            while (parts.next()) {
                String type = MediaRange.parse(parts.header("content-type").orElse(DICOM))
                        .type();
                if (type.equals(DICOM)) {
                    storePart(parts.body(), request, result, study);
                } else {
                    result.failed(Optional.empty(), ArchiveError.UNSUPPORTED_MEDIA);
                }
            }
        } catch (MalformedMultipartException e) {
            LOG.info("a store request ended early: {}", e.getMessage());
            result.cutShort(ArchiveError.INVALID_REQUEST);
        } catch (ArchiveException e) {
            result.cutShort(e.error());
        }
    }

    private void storePart(
            InputStream body, HttpServletRequest request, StoreResult result, Optional<StudyInstanceUid> study)
            throws IOException {
        Optional<DicomFile> meta = Optional.empty();
        try {
            DicomFile file = DicomFile.open(body);
            meta = Optional.of(file);
            Ingested ingested = node.ingest().ingest(file.dataset(), arrival(file, request, study));
            boolean isOfAStudy = ingested.study().isPresent(); // a quarantined object is of none, and durable
            if (study.isPresent() && isOfAStudy && !ingested.study().equals(study)) {
                throw new IllegalStateException("an object of another study was taken in spite of the required one");
            }
            result.stored(ingested);
        } catch (ArchiveException e) {
            result.failed(meta, e.error());
        } catch (RuntimeException e) {
            LOG.error("an object could not be stored", e);
            result.failed(meta, ArchiveError.INTERNAL);
        }
    }

    private Arrival arrival(DicomFile file, HttpServletRequest request, Optional<StudyInstanceUid> study) {
        return new Arrival(
                file.transferSyntax(),
                file.sopClassUid(),
                file.sopInstanceUid(),
                node.callers().of(request),
                Optional.empty(),
                Optional.empty(),
                study);
    }

    private void answer(StoreResult result, String type, HttpServletResponse response) throws IOException {
        int status = result.status();
        response.setStatus(status);
        response.setContentType(type);
        response.setHeader("Cache-Control", "no-store");
        result.position().ifPresent(p -> response.setHeader("Archipelago-Position", p.toString()));
        if (status == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
            response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
        }
        if (result.wasCutShort()) {
            response.setHeader("Connection", "close");
        }
        DicomJson.write(result.dataset(), response.getOutputStream(), DicomJson.Mode.QUERY, (path, vr, bulk) -> "");
    }
}
