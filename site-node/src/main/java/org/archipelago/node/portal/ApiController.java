package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.retrieve.HeldVersion;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.web.ByteCount;
import org.archipelago.node.web.Disclosures;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What the pages show, for programs. Described at {@code /api/openapi}. */
@RestController
class ApiController {
    private final Portal portal;
    private final StudySearch search;
    private final StudyDetails details;
    private final Disclosures disclosures;
    private final JsonAnswers answers;

    ApiController(Portal portal, StudySearch search, StudyDetails details, Disclosures disclosures) {
        this.portal = portal;
        this.search = search;
        this.details = details;
        this.disclosures = disclosures;
        this.answers = new JsonAnswers(disclosures);
    }

    /** @param more whether there are matches behind this page */
    private record Studies(List<StudyRow> studies, boolean more, long position) implements JsonAnswers.Several {
        @Override
        public int count() {
            return studies.size();
        }
    }

    @GetMapping("/api/studies")
    void studies(
            @RequestParam(defaultValue = "") String q,
            @RequestParam(defaultValue = "0") int offset,
            @RequestParam(defaultValue = "-1") long minimumPosition,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        int start = Math.clamp(offset, 0, PageController.MAX_OFFSET);
        LocalPosition minimum = new LocalPosition(minimumPosition);
        answers.send(AccessKind.QUERY, Optional.empty(), "api: " + q, request, response, tally -> {
            StudySearch.Found found = search.find(q, start, minimum);
            tally.found(found.patients());
            return new Studies(found.studies(), found.more(), found.position());
        });
    }

    @GetMapping("/api/studies/{study}")
    void study(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        answers.send(AccessKind.VIEW, Optional.of(uid), "api: study", request, response, tally -> {
            StudyDetails.Study found = details.of(uid);
            tally.found(details.patients(uid));
            return found;
        });
    }

    @GetMapping("/api/studies/{study}/history")
    void history(
            @PathVariable String study,
            @RequestParam(defaultValue = "0") int offset,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        answers.send(
                AccessKind.VIEW,
                Optional.of(uid),
                "api: history of the study",
                request,
                response,
                _ -> Listed.of(
                        offset,
                        portal.maxListed(),
                        (from, most) -> portal.history().of(uid, from, most).stream()
                                .map(entry -> json(uid, entry))
                                .toList()));
    }

    private static Map<String, Object> json(StudyInstanceUid study, HistoryEntry entry) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("position", entry.position().value());
        json.put("recordedAt", entry.recordedAt().toString());
        json.put("event", entry.event());
        json.put("by", entry.by());
        json.put("summary", entry.summary());
        entry.instance().ifPresent(instance -> {
            json.put("instance", instance.value());
            json.put("versions", "/api/studies/" + study + "/instances/" + instance + "/versions");
        });
        return json;
    }

    @GetMapping("/api/studies/{study}/instances/{instance}/versions")
    void versions(
            @PathVariable String study,
            @PathVariable String instance,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        SopInstanceUid sop = new SopInstanceUid(instance);
        answers.send(
                AccessKind.VIEW,
                Optional.of(uid),
                "api: versions of instance " + instance,
                request,
                response,
                tally -> {
                    tally.found(details.patients(uid, sop));
                    return versions(uid, sop);
                });
    }

    private List<Map<String, Object>> versions(StudyInstanceUid study, SopInstanceUid instance) {
        List<HeldVersion> versions = portal.retrieval().versions(study, instance);
        if (versions.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "instance");
        }
        // Its address is below the series of the current version, whatever series a challenger names.
        String address = "/dicom-web/studies/" + study + "/series/"
                + versions.getFirst().series() + "/instances/" + instance + "?version=";
        return versions.stream().map(version -> json(version, address)).toList();
    }

    private static Map<String, Object> json(HeldVersion version, String address) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", version.object().version().value());
        json.put("role", version.role().name().toLowerCase(Locale.ROOT));
        json.put("renditionOf", version.renditionOf().map(VersionId::value).orElse(""));
        json.put("series", version.series().value());
        json.put("sopClass", version.object().sopClassUid().value());
        json.put("transferSyntax", version.object().transferSyntax().value());
        json.put("sha256", version.object().digest().toString());
        json.put("lengthBytes", version.object().lengthBytes());
        json.put("storedAt", version.storedAt().toString());
        json.put("source", version.source().name());
        json.put("from", version.source().from().orElse(""));
        json.put("url", address + version.object().version());
        return json;
    }

    @GetMapping("/api/access")
    void access(
            @RequestParam Optional<String> study,
            @RequestParam Optional<String> patient,
            @RequestParam Optional<String> issuer,
            @RequestParam(defaultValue = "0") int offset,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        if (study.isPresent() == patient.isPresent()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "study or patient, one of both");
        }
        if (patient.isPresent()) {
            accessOfPatient(
                    new PatientIdentifier(patient.get(), issuer.orElse(portal.localIssuer())),
                    offset,
                    request,
                    response);
            return;
        }
        StudyInstanceUid uid = new StudyInstanceUid(study.orElseThrow());
        answers.send(
                AccessKind.READ_HISTORY,
                Optional.of(uid),
                "api: access history",
                request,
                response,
                _ -> Listed.of(
                        offset,
                        portal.maxListed(),
                        (from, most) -> portal.accessHistory().of(uid, from, most)));
    }

    private void accessOfPatient(
            PatientIdentifier patient, int offset, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        answers.send(
                AccessKind.READ_HISTORY,
                Optional.empty(),
                "api: access history of patient " + patient.id() + " of " + patient.issuer(),
                request,
                response,
                tally -> {
                    Set<PatientRecordId> records = portal.accessHistory().records(patient);
                    tally.found(records);
                    return Listed.of(
                            offset,
                            portal.maxListed(),
                            (from, most) -> records.isEmpty()
                                    ? List.of()
                                    : portal.accessHistory().of(records, from, most));
                });
    }

    @GetMapping("/api/quarantine")
    void quarantine(
            @RequestParam(defaultValue = "0") int offset, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        answers.send(
                AccessKind.QUERY,
                Optional.empty(),
                "api: quarantine",
                request,
                response,
                _ -> Listed.of(offset, portal.maxListed(), portal.quarantine()::entries));
    }

    /**
     * A quarantined object as a file (PS3.10 §7), its data set exactly as it arrived. Whether the caller may is decided before
     * anything is looked for, so that a refusal does not tell what is here.
     */
    @GetMapping("/api/quarantine/{id}")
    void quarantined(@PathVariable String id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        response.setHeader("Cache-Control", "no-store");
        String what = "api: quarantined object " + id;
        disclosures.disclose(AccessKind.EXPORT, request, response, Optional.empty(), what, tally -> {
            QuarantinedObjects objects = portal.quarantined()
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_AUTHORIZED, "quarantined objects"));
            try (OutgoingObject object = objects.open(id)) {
                response.setContentType("application/octet-stream");
                response.setHeader("Content-Disposition", "attachment; filename=\"quarantined-" + id + ".dcm\"");
                if (!request.getMethod().equals("HEAD")) {
                    ByteCount out = new ByteCount(response.getOutputStream());
                    try {
                        send(object, out);
                        tally.add(1, 0);
                    } finally {
                        tally.add(0, out.bytes());
                    }
                }
            }
        });
    }

    private static void send(OutgoingObject object, OutputStream out) throws IOException {
        Part10.writeStart(out, object.sopClassUid(), object.sopInstanceUid(), object.transferSyntax());
        object.writeTo(out);
    }

    @GetMapping("/api/status")
    Map<String, String> status() {
        return portal.status().facts();
    }

    @GetMapping("/api/openapi")
    void openApi(HttpServletResponse response) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                ApiController.class.getResourceAsStream("/portal/openapi.json"), "openapi.json")) {
            response.setContentType("application/json");
            in.transferTo(response.getOutputStream());
        }
    }
}
