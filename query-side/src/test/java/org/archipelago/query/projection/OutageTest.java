package org.archipelago.query.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Elasticsearch goes away and comes back. */
@ExtendWith(RunningElasticsearch.class)
class OutageTest {
    @Test
    void whatHappenedDuringAnOutage_isFoundAfterIt(RunningElasticsearch.Server elasticsearch, @TempDir Path folder) {
        Assumptions.assumeTrue(elasticsearch.canBeStopped(), "NOT SHOWN: the given Elasticsearch is not ours to stop");
        MemoryLog log = new MemoryLog();
        StudyStories stories = new StudyStories(log);
        try (SearchNode node = new SearchNode(elasticsearch.uri(), log, folder)) {
            stories.simple("1.1", "17", "NORTH", "Before^It", "20240101", 1);
            assertThat(node.studies()).containsExactly("1.1");
            await().until(node.projections::isAnswering);
            elasticsearch.stop();
            try {
                await().until(() -> !node.projections.isAnswering());
                stories.simple("1.2", "18", "NORTH", "During^It", "20240102", 1);
                assertUnavailableSoon(node);
            } finally {
                elasticsearch.start();
            }
            stories.simple("1.3", "19", "NORTH", "After^It", "20240103", 1);
            assertThat(node.studies()).containsExactly("1.3", "1.2", "1.1");
            await().until(node.projections::isAnswering);
            assertThat(node.projections.deadLetters()).isEmpty();
            assertThat(node.physicalIndexes()).allMatch(index -> index.endsWith("-1"));
        }
    }

    private static void assertUnavailableSoon(SearchNode node) {
        ArchiveQuery query = new ArchiveQuery(
                QueryLevel.STUDY, List.of(), "NORTH", false, Set.of(), false, 0, 10, new LocalPosition(-1));
        long start = System.nanoTime();
        assertThatThrownBy(() -> node.queries().find(query))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.SEARCH_UNAVAILABLE));
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(3_000);
    }
}
