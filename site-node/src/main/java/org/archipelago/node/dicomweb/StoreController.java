package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.dicom.json.DicomJson;
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
        ObjectIntake intake = new ObjectIntake(node, request, study, result);
        if (content.type().equals(MediaRange.MULTIPART_RELATED)) {
            storeParts(content, request, intake, result);
        } else if (content.type().equals(DICOM)) {
            intake.file(request.getInputStream());
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

    private void storeParts(MediaRange content, HttpServletRequest request, ObjectIntake intake, StoreResult result)
            throws IOException {
        String type = content.parameter("type").orElse(DICOM).toLowerCase(Locale.ROOT);
        Optional<SeparateStore.Form> form = SeparateStore.Form.of(type);
        if (form.isEmpty() && !type.equals(DICOM)) {
            throw new ArchiveException(
                    ArchiveError.UNSUPPORTED_MEDIA, "multipart/related of another type than " + DICOM);
        }
        String boundary = content.parameter("boundary")
                .orElseThrow(() -> new ArchiveException(ArchiveError.INVALID_REQUEST, "multipart boundary"));
        MultipartReader parts = new MultipartReader(
                request.getInputStream(), boundary, node.limits().multipart());
        if (form.isPresent()) {
            new SeparateStore(node, request, intake, result).store(parts, form.get());
        } else {
            storeFiles(parts, intake, result);
        }
    }

    private static void storeFiles(MultipartReader parts, ObjectIntake intake, StoreResult result) throws IOException {
        try {
            while (parts.next()) {
                String type = MediaRange.parse(parts.header("content-type").orElse(DICOM))
                        .type();
                if (type.equals(DICOM)) {
                    intake.file(parts.body());
                } else {
                    result.failed(ObjectIntake.Announced.NOTHING, ArchiveError.UNSUPPORTED_MEDIA);
                }
            }
        } catch (MalformedMultipartException e) {
            LOG.info("a store request ended early: {}", e.getMessage());
            result.cutShort(ArchiveError.INVALID_REQUEST);
        } catch (ArchiveException e) {
            result.cutShort(e.error());
        }
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
        result.explanations()
                .forEach(text -> response.addHeader("Warning", "299 archipelago \"" + text.replace('"', '\'') + "\""));
        DicomJson.write(result.dataset(), response.getOutputStream(), DicomJson.Mode.QUERY, (path, vr, bulk) -> "");
    }
}
