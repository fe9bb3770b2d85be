package org.archipelago.query.projection;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.cluster.SearchClusterSettings;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.axonframework.common.stream.BlockingStream;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An event changes two documents, and Elasticsearch refuses one of them. */
@ExtendWith(RunningElasticsearch.class)
class RefusedWriteTest {
    /** Sets a field of one document, and of another one in the other index. */
    record Change(String document, String field, String value, String other, boolean refused) {}

    @Test
    void refusedDocument_leavesNothingOfItsEventInOthers(
            RunningElasticsearch.Server elasticsearch, @TempDir Path folder) throws Exception {
        String prefix = "r" + UUID.randomUUID().toString().substring(0, 12);
        MemoryLog log = new MemoryLog();
        Fold fold = new TwoDocuments();
        try (SearchCluster cluster = new SearchCluster(SearchClusterSettings.local(elasticsearch.uri(), prefix));
                DeadLetters letters = new DeadLetters(folder.resolve("letters"), Clock.systemUTC())) {
            new IndexAdministration(cluster, fold, "site")
                    .create(1, TokenDocuments.start(new Incarnation(UUID.randomUUID())));
            IndexNames names = new IndexNames(prefix, 1);
            BatchFolding folding = new BatchFolding(fold, 1, new Documents(cluster, names, fold), letters, log);
            log.append("a", new Change("s1", "version", "before", "q1", false));
            folding.fold(events(log, 0));
            log.append("b", new Change("s1", "version", "half", "q2", true));
            log.append("c", new Change("s1", "configuration", "good", "q3", false));
            folding.fold(events(log, 1));

            assertThat(letters.list("two", 1))
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.stream()).isEqualTo("b"));
            JsonNode s1 = source(cluster, names.physical("sites"), "s1");
            assertThat(s1.path("version").asText()).isEqualTo("before");
            assertThat(s1.path("configuration").asText()).isEqualTo("good");
            assertThat(source(cluster, names.physical("quarantine"), "q3")
                            .path("reason")
                            .asText())
                    .isEqualTo("good");
            cluster.send("DELETE", "/" + names.physical("sites") + "," + names.physical("quarantine"), null);
        }
    }

    private static JsonNode source(SearchCluster cluster, String index, String id) {
        return cluster.send("GET", "/" + index + "/_doc/" + id, null).path("_source");
    }

    private static List<EventMessage<?>> events(MemoryLog log, int from) throws InterruptedException {
        List<EventMessage<?>> events = new java.util.ArrayList<>();
        try (BlockingStream<TrackedEventMessage<?>> stream = log.openStream(null)) {
            for (long i = 0; i <= log.head().value(); i++) {
                TrackedEventMessage<?> event = stream.nextAvailable();
                if (i >= from) {
                    events.add(event);
                }
            }
        }
        return events;
    }

    private static final class TwoDocuments implements Fold {
        @Override
        public int version() {
            return 1;
        }

        @Override
        public String group() {
            return "two";
        }

        @Override
        public List<String> indexes() {
            return List.of("sites", "quarantine");
        }

        @Override
        public List<String> prompt() {
            return List.of();
        }

        @Override
        public Duration rest() {
            return Duration.ZERO;
        }

        @Override
        public Set<DocumentKey> needs(Object payload) {
            return Set.of();
        }

        @Override
        public void apply(Object payload, Place place, Documents documents) {
            Change change = (Change) payload;
            DocumentKey site = new DocumentKey("sites", change.document());
            ObjectNode state =
                    documents.find(site, PlainState.class).map(PlainState::node).orElseGet(Json::object);
            state.put(change.field(), change.value());
            documents.put(site, new PlainState(state), place);
            ObjectNode other = Json.object().put("reason", change.value());
            if (change.refused()) {
                other.put("notInTheMapping", true);
            }
            documents.put(new DocumentKey("quarantine", change.other()), new PlainState(other), place);
        }

        @Override
        public State read(String index, JsonNode state) {
            return PlainState.read(state);
        }

        @Override
        public Renderer renderer(Documents documents) {
            return (_, state) ->
                    ((PlainState) state).searchable("version", "configuration", "reason", "notInTheMapping");
        }
    }
}
