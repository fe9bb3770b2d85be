package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.Disclosures;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Conflicts for programs, and the decisions of people and programs on them. */
@RestController
class ConflictController {
    private static final int MAX_VERSION_CHARS = 128;

    private final Portal portal;
    private final StudyDetails details;
    private final JsonAnswers answers;
    private final Callers callers;

    ConflictController(Portal portal, StudyDetails details, Disclosures disclosures, Callers callers) {
        this.portal = portal;
        this.details = details;
        this.answers = new JsonAnswers(disclosures);
        this.callers = callers;
    }

    @GetMapping("/api/conflicts")
    void waiting(@RequestParam(defaultValue = "0") int offset, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        answers.send(
                AccessKind.QUERY,
                Optional.empty(),
                "api: studies in conflict",
                request,
                response,
                _ -> Listed.of(
                        offset,
                        portal.maxListed(),
                        (from, most) -> portal.conflicts().waiting(from, most).stream()
                                .map(study ->
                                        Map.of("study", study.study().value(), "openConflicts", study.openConflicts()))
                                .toList()));
    }

    @GetMapping("/api/studies/{study}/conflicts")
    void conflicts(@PathVariable String study, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        StudyInstanceUid uid = new StudyInstanceUid(study);
        answers.send(AccessKind.VIEW, Optional.of(uid), "api: conflicts of the study", request, response, tally -> {
            tally.found(details.patients(uid));
            return portal.conflicts().of(uid).stream()
                    .map(open -> json(uid, open))
                    .toList();
        });
    }

    private static Map<String, Object> json(StudyInstanceUid study, StudyConflicts.Open open) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("conflict", open.conflict().value());
        json.put("kind", open.kind().name());
        json.put("summary", open.summary());
        json.put("openedAt", open.openedAt());
        json.put("source", open.source().name());
        json.put("from", open.source().from().orElse(""));
        open.instance().ifPresent(instance -> {
            json.put("instance", instance.value());
            json.put("versions", "/api/studies/" + study + "/instances/" + instance + "/versions");
        });
        open.challenger().ifPresent(challenger -> json.put("challenger", challenger.value()));
        open.other().ifPresent(other -> json.put("otherStudy", other.value()));
        return json;
    }

    @PostMapping("/api/studies/{study}/conflicts/{conflict}/resolve")
    Map<String, String> resolve(
            @PathVariable String study,
            @PathVariable int conflict,
            @RequestParam(defaultValue = "") String current,
            @RequestParam(defaultValue = "") String seen,
            @RequestParam String reason,
            HttpServletRequest request) {
        decide(study, conflict, version(current), version(seen), reason, request);
        return Map.of("state", "resolved");
    }

    /** From the form of the study's page, and back to it. */
    @PostMapping("/studies/{study}/conflicts/{conflict}")
    ResponseEntity<Void> decided(
            @PathVariable String study,
            @PathVariable int conflict,
            @RequestParam(defaultValue = "") String current,
            @RequestParam(defaultValue = "") String seen,
            @RequestParam String reason,
            HttpServletRequest request) {
        decide(study, conflict, version(current), version(seen), reason, request);
        return ResponseEntity.status(HttpStatus.SEE_OTHER)
                .header("Location", "/studies/" + new StudyInstanceUid(study))
                .build();
    }

    private static Optional<VersionId> version(String text) {
        if (text.length() > MAX_VERSION_CHARS) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "version of an instance");
        }
        return Optional.of(text).filter(id -> !id.isEmpty()).map(VersionId::new);
    }

    private void decide(
            String study,
            int conflict,
            Optional<VersionId> current,
            Optional<VersionId> seen,
            String reason,
            HttpServletRequest request) {
        if (reason.isBlank()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "reason");
        }
        if (conflict < 1) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "conflict of a study");
        }
        portal.conflicts()
                .resolve(
                        new StudyInstanceUid(study),
                        new ConflictId(conflict),
                        current,
                        seen,
                        callers.of(request),
                        reason.strip());
    }
}
