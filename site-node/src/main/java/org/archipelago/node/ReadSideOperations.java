package org.archipelago.node;

import java.util.List;
import java.util.Map;
import org.archipelago.contract.log.RecordId;
import org.archipelago.node.web.WebFeature;
import org.archipelago.query.projection.DeadLetter;
import org.archipelago.query.projection.ProjectionStatus;
import org.archipelago.query.projection.Projections;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What an operator does to the index of a running node: {@code /api/index} and {@code /api/dead-letters}. */
final class ReadSideOperations implements WebFeature {
    private final Projections projections;

    ReadSideOperations(Projections projections) {
        this.projections = projections;
    }

    @Override
    public List<Object> beans() {
        return List.of(new IndexController(projections));
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
            return projections.deadLetters().stream().map(IndexController::letter).toList();
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
}
