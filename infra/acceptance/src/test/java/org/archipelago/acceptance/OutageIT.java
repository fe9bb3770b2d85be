package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index may stop, and may vanish: nothing is refused for it, and the results come back the same. */
class OutageIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CATCH_UP = Duration.ofSeconds(60);
    /** Looking at everything takes about as long, of what the node catches up with. */
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    /** Of objects sent before, during and after the outage. */
    private static final int SOME = 25;

    /** A search answers with no more. */
    private static final int MOST_SENT = 900;

    private static SharedElasticsearch elasticsearch;

    @TempDir
    Path home;

    @BeforeAll
    static void startOneToStop() {
        elasticsearch = SharedElasticsearch.separate();
    }

    @AfterAll
    static void close() {
        elasticsearch.close();
    }

    /** What the test before left of it does not matter. */
    @BeforeEach
    void start() {
        elasticsearch.start();
    }

    @Test
    void elasticsearchStoppedDuringIngest_refusesNothingAndCatchesUp() throws Exception {
        try (NodeProcess node = NodeProcess.configured(home.resolve("stopped"), elasticsearch.url())
                        .shortLived()
                        .start();
                NodeProcess twin = NodeProcess.configured(
                                home.resolve("twin"), SharedElasticsearch.get().url())
                        .shortLived()
                        .start()) {
            DicomWeb web = new DicomWeb(node);
            List<DicomFile> acknowledged;
            try (SteadySender sender = SteadySender.to(node, "outage", MOST_SENT)) {
                sender.awaitMore(SOME);
                elasticsearch.stop();
                sender.awaitMore(SOME);
                assertThat(web.status("/studies")).isEqualTo(503);
                await().untilAsserted(() -> assertSaysThatSearchIs(false, node));
                DicomFile last = sender.acknowledged().getLast();
                assertThat(web.retrieve("/studies/" + last.studyInstance()))
                        .extracting(DicomFile::sha256)
                        .contains(last.sha256());
                elasticsearch.start();
                sender.awaitMore(SOME);
                acknowledged = sender.end();
            }
            Samples.storeAll(twin, acknowledged);
            await().atMost(CATCH_UP).pollInterval(BETWEEN_LOOKS).untilAsserted(() -> {
                assertThat(web.status("/studies")).isEqualTo(200);
                assertThat(results(web)).isEqualTo(results(new DicomWeb(twin))).hasSizeGreaterThan(acknowledged.size());
            });
            await().untilAsserted(() -> assertSaysThatSearchIs(true, node));
            node.assertLogTellsNothingOf(acknowledged);
        }
    }

    @Test
    void deletedIndex_rebuildsByItself() throws Exception {
        try (NodeProcess node = NodeProcess.configured(home.resolve("deleted"), elasticsearch.url())
                .shortLived()
                .start()) {
            List<PhantomObject> images = Samples.ofSeveralKinds("deleted");
            Samples.storeAll(node, Samples.facts(images));
            DicomWeb web = new DicomWeb(node);
            await().atMost(CATCH_UP)
                    .untilAsserted(() -> assertThat(instances(web)).isEqualTo(images.size()));
            TreeSet<String> was = results(web);
            String indices = new String(request("GET", elasticsearch.url().resolve("/_cat/indices?h=index")));
            // In one request: a node that misses one of them sees to the others by itself.
            String own = indices.lines()
                    .map(String::strip)
                    .filter(name -> !name.isEmpty() && !name.startsWith("."))
                    .collect(Collectors.joining(","));
            request("DELETE", elasticsearch.url().resolve("/" + own));
            await().atMost(CATCH_UP).pollInterval(BETWEEN_LOOKS).untilAsserted(() -> {
                assertThat(web.status("/studies")).isEqualTo(200);
                assertThat(results(web)).isEqualTo(was);
            });
            node.assertLogTellsNothingOf(Samples.facts(images));
        }
    }

    /** Ready either way: objects are stored and retrieved. */
    private static void assertSaysThatSearchIs(boolean available, NodeProcess node) throws Exception {
        HttpResponse<byte[]> health = node.get(node.http("/actuator/health/readiness"));
        assertThat(health.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(health.body()).at("/components/search/status").asText())
                .isEqualTo(available ? "UP" : "DEGRADED");
        assertThat(JSON.readTree(node.get(node.http("/api/status")).body())
                        .path("searchAvailable")
                        .asText())
                .isEqualTo(Boolean.toString(available));
        assertThat(new String(node.get(node.http("/status")).body(), StandardCharsets.UTF_8))
                .contains("<dt>searchAvailable</dt><dd>" + available + "</dd>");
    }

    /** As the studies count them. */
    private static int instances(DicomWeb web) {
        int instances = 0;
        for (JsonNode study : web.search("/studies?includefield=00201208")) {
            instances += study.path("00201208").path("Value").path(0).asInt();
        }
        return instances;
    }

    /** Every study, series and instance with all attributes, addresses without the node's own. */
    private static TreeSet<String> results(DicomWeb web) {
        TreeSet<String> all = new TreeSet<>();
        for (String level : List.of("/studies", "/series", "/instances")) {
            for (JsonNode match : web.search(level + "?limit=1000&includefield=all")) {
                all.add(level + " " + match.toString().replaceAll("http://127\\.0\\.0\\.1:\\d+", ""));
            }
        }
        return all;
    }

    private static byte[] request(String method, URI uri) {
        try {
            HttpResponse<byte[]> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(uri)
                                    .method(method, HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            assertThat(response.statusCode()).as(method + " " + uri).isEqualTo(200);
            return response.body();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
