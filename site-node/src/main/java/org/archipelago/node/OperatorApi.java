package org.archipelago.node;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.RecordId;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.portal.QuarantinedObjects;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.WebFeature;
import org.archipelago.query.projection.DeadLetter;
import org.archipelago.query.projection.ProjectionStatus;
import org.archipelago.query.projection.Projections;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What an operator does to a running node: {@code /api/index}, {@code /api/dead-letters}, {@code /api/verify}, {@code
 * /api/jobs}, {@code /api/export}.
 */
final class OperatorApi implements WebFeature {
    private final Projections projections;
    private final Archive archive;
    private final Retrieval retrieval;
    private final AccessRecorder recorder;
    private final Callers callers;
    private final Jobs jobs;
    private final Optional<QuarantinedObjects> quarantined;

    /** @param quarantined empty where nobody may fetch them over HTTP */
    OperatorApi(
            Projections projections,
            Archive archive,
            Retrieval retrieval,
            AccessRecorder recorder,
            Callers callers,
            Jobs jobs,
            Optional<QuarantinedObjects> quarantined) {
        this.projections = projections;
        this.archive = archive;
        this.retrieval = retrieval;
        this.recorder = recorder;
        this.callers = callers;
        this.jobs = jobs;
        this.quarantined = quarantined;
    }

    @Override
    public List<Object> beans() {
        return List.of(
                new IndexController(projections, archive, jobs),
                new DeadLetterController(projections),
                new JobController(archive, jobs),
                new ExportController(archive, retrieval, recorder, callers, quarantined));
    }

    /** Package-private methods are enough for Spring. */
    @RestController
    static class IndexController {
        private final Projections projections;
        private final Archive archive;
        private final Jobs jobs;

        IndexController(Projections projections, Archive archive, Jobs jobs) {
            this.projections = projections;
            this.archive = archive;
            this.jobs = jobs;
        }

        @GetMapping("/api/index")
        List<ProjectionStatus> status() {
            return projections.status();
        }

        @PostMapping("/api/index/rebuild")
        Jobs.Report rebuild() {
            return jobs.start("rebuild-index", new IndexRebuild(projections, archive.log()::head));
        }
    }

    /** One dead letter as JSON. */
    public record Letter(
            String record,
            String projection,
            long position,
            String eventType,
            String error,
            int attempts,
            String parkedAt,
            String lastFailedAt) {
        static Letter of(DeadLetter letter) {
            return new Letter(
                    letter.record().toString(),
                    letter.group(),
                    letter.position().value(),
                    letter.type(),
                    letter.error(),
                    letter.attempts(),
                    letter.parkedAt().toString(),
                    letter.lastFailedAt().toString());
        }
    }

    /**
     * What came of another attempt.
     *
     * @param taken whether this very event is in every index now
     * @param folded events of its stream that are in the index now and were not
     * @param error why it is not; empty when it is
     */
    public record Retried(boolean taken, int folded, String error) {}

    @RestController
    static class DeadLetterController {
        private final Projections projections;

        DeadLetterController(Projections projections) {
            this.projections = projections;
        }

        @GetMapping("/api/dead-letters")
        List<Letter> letters() {
            return projections.deadLetters().stream().map(Letter::of).toList();
        }

        @PostMapping("/api/dead-letters/{record}/retry")
        Retried retry(
                @PathVariable String record,
                @RequestParam(defaultValue = "") String reason,
                HttpServletRequest request) {
            RecordId id = id(record);
            int folded = projections.retry(id, reason, by(request)).folded();
            return projections.deadLetters().stream()
                    .filter(letter -> letter.record().equals(id))
                    .findFirst()
                    .map(left -> new Retried(false, folded, left.error()))
                    .orElse(new Retried(true, folded, ""));
        }

        @PostMapping("/api/dead-letters/{record}/discard")
        Map<String, String> discard(
                @PathVariable String record, @RequestParam String reason, HttpServletRequest request) {
            projections.discard(id(record), reason, by(request));
            return Map.of("state", "discarded");
        }

        /** Nobody logs in yet: no person is asserted. */
        private static String by(HttpServletRequest request) {
            return "operator at " + request.getRemoteAddr() + ", no person asserted";
        }

        private static RecordId id(String record) {
            try {
                return RecordId.parse(record);
            } catch (IllegalArgumentException e) {
                throw new ArchiveException(ArchiveError.NOT_FOUND, "dead letter", e);
            }
        }
    }

    @RestController
    static class JobController {
        private final Archive archive;
        private final Jobs jobs;

        JobController(Archive archive, Jobs jobs) {
            this.archive = archive;
            this.jobs = jobs;
        }

        @PostMapping("/api/verify")
        Jobs.Report verify() {
            return jobs.start("verify", progress -> Maintenance.verify(archive, progress));
        }

        @GetMapping("/api/jobs")
        List<Jobs.Report> list() {
            return jobs.list();
        }

        @GetMapping("/api/jobs/{id}")
        Jobs.Report job(@PathVariable String id) {
            return jobs.find(id).orElseThrow(JobController::unknown);
        }

        @DeleteMapping("/api/jobs/{id}")
        Map<String, String> cancel(@PathVariable String id) {
            if (!jobs.cancel(id)) {
                throw unknown();
            }
            return Map.of("state", "ending");
        }

        private static ArchiveException unknown() {
            return new ArchiveException(ArchiveError.NOT_FOUND, "job");
        }
    }

    @RestController
    static class ExportController {
        private final Archive archive;
        private final Retrieval retrieval;
        private final AccessRecorder recorder;
        private final Callers callers;
        private final Optional<QuarantinedObjects> quarantined;

        ExportController(
                Archive archive,
                Retrieval retrieval,
                AccessRecorder recorder,
                Callers callers,
                Optional<QuarantinedObjects> quarantined) {
            this.archive = archive;
            this.retrieval = retrieval;
            this.recorder = recorder;
            this.callers = callers;
            this.quarantined = quarantined;
        }

        private ArchiveExport source(HttpServletRequest request) {
            return new ArchiveExport(archive, retrieval, recorder, callers.of(request), quarantined);
        }

        @GetMapping("/api/export/page")
        ExportSource.Page page(@RequestParam(defaultValue = "-1") long after, HttpServletRequest request) {
            if (after < -1) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "after");
            }
            return source(request).page(after);
        }

        @GetMapping("/api/export/objects")
        List<ExportSource.Kept> objects(@RequestParam String study, HttpServletRequest request) {
            return source(request).objects(study);
        }

        @GetMapping("/api/export/file")
        void file(
                @RequestParam String study,
                @RequestParam String instance,
                @RequestParam(defaultValue = "") String version,
                HttpServletRequest request,
                HttpServletResponse response)
                throws IOException {
            source(request).write(study, new ExportSource.Kept(instance, version), file(response));
        }

        @GetMapping("/api/export/quarantined")
        void quarantined(@RequestParam String id, HttpServletRequest request, HttpServletResponse response)
                throws IOException {
            source(request).writeQuarantined(id, file(response));
        }

        private static OutputStream file(HttpServletResponse response) throws IOException {
            response.setContentType("application/dicom");
            response.setHeader("Cache-Control", "no-store");
            return response.getOutputStream();
        }
    }
}
