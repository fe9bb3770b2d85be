package org.archipelago.node;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.RecordId;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations;
import org.archipelago.node.web.WebFeature;
import org.archipelago.query.projection.DeadLetter;
import org.archipelago.query.projection.ProjectionStatus;
import org.archipelago.query.projection.Projections;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What an operator does to a running node: {@code /api/index}, {@code /api/dead-letters}, {@code /api/verify}. */
final class OperatorApi implements WebFeature {
    private final Projections projections;
    private final Archive archive;

    OperatorApi(Projections projections, Archive archive) {
        this.projections = projections;
        this.archive = archive;
    }

    @Override
    public List<Object> beans() {
        return List.of(new IndexController(projections), new VerifyController(archive));
    }

    /** One dead letter as JSON. */
    public record Letter(
            String record, String projection, long position, String eventType, String error, String parkedAt) {}

    /** Package-private methods are enough for Spring. */
    @RestController
    static class IndexController {
        private final Projections projections;

        IndexController(Projections projections) {
            this.projections = projections;
        }

        @GetMapping("/api/index")
        List<ProjectionStatus> status() {
            return projections.status();
        }

        @PostMapping("/api/index/rebuild")
        Map<String, String> rebuild() {
            projections.rebuild();
            return Map.of("state", "building");
        }

        @GetMapping("/api/dead-letters")
        List<Letter> letters() {
            return projections.deadLetters().stream()
                    .map(IndexController::letter)
                    .toList();
        }

        private static Letter letter(DeadLetter letter) {
            return new Letter(
                    letter.record().toString(),
                    letter.group(),
                    letter.position().value(),
                    letter.type(),
                    letter.error(),
                    letter.parkedAt().toString());
        }

        @PostMapping("/api/dead-letters/{record}/retry")
        Map<String, Integer> retry(@PathVariable String record) {
            return Map.of("folded", projections.retry(RecordId.parse(record)));
        }

        @PostMapping("/api/dead-letters/{record}/discard")
        Map<String, String> discard(@PathVariable String record, @RequestParam String reason) {
            projections.discard(RecordId.parse(record), reason, "operator at the loopback interface");
            return Map.of("state", "discarded");
        }
    }

    /** One at a time: it reads everything. */
    @RestController
    static class VerifyController {
        private final Archive archive;
        private final Semaphore turn = new Semaphore(1);

        VerifyController(Archive archive) {
            this.archive = archive;
        }

        @PostMapping("/api/verify")
        SiteOperations.Verification verify() {
            if (!turn.tryAcquire()) {
                throw new ArchiveException(ArchiveError.OVERLOADED, "a verification is running");
            }
            try {
                return Maintenance.verify(archive, new Silent());
            } finally {
                turn.release();
            }
        }
    }

    private static final class Silent implements Progress {
        @Override
        public void total(long total) {}

        @Override
        public void advance(long items) {}
    }
}
