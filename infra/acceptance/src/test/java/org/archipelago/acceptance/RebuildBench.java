package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A rebuild of the index, and raw bulk writes of the documents that it makes. */
final class RebuildBench {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TYPE = "application/json";
    private static final int BULK_DOCUMENTS = 1000;
    private static final String COPY = "raw-bulk-";

    private final BenchHttp http;
    private final String node;
    private final String elasticsearch;

    RebuildBench(BenchHttp http, String node, String elasticsearch) {
        this.http = http;
        this.node = node;
        this.elasticsearch = elasticsearch;
    }

    /** @return documents of all its indexes, per second of the rebuild */
    double rebuilt() throws IOException, InterruptedException {
        long documents = 0;
        for (String index : indexes()) {
            documents += count(index);
        }
        long began = System.nanoTime();
        JsonNode job = JSON.readTree(
                http.post(node + "/api/index/rebuild", TYPE, new byte[0]).text());
        String path = node + "/api/jobs/" + job.path("id").asText();
        while (job.path("state").asText().equals("running")) {
            Thread.sleep(20);
            job = JSON.readTree(http.text(path, TYPE).text());
        }
        if (!job.path("state").asText().equals("done")) {
            throw new IllegalStateException("the rebuild ended as " + job);
        }
        return documents * 1e9 / (System.nanoTime() - began);
    }

    /** @return documents per second into new indexes with the same mappings and settings, nothing else being done meanwhile */
    double raw() throws IOException, InterruptedException {
        long documents = 0;
        double seconds = 0;
        for (String index : indexes()) {
            String copy = COPY + index;
            List<byte[]> bulks = bulks(index, copy);
            JsonNode mappings = JSON.readTree(http.text(elasticsearch + "/" + index + "/_mapping", TYPE)
                            .text())
                    .path(index)
                    .path("mappings");
            ObjectNode body = JSON.createObjectNode();
            body.set("mappings", mappings);
            body.putObject("settings").put("number_of_shards", 1).put("number_of_replicas", 0);
            http.put(elasticsearch + "/" + copy, body.toString());
            long began = System.nanoTime();
            for (byte[] bulk : bulks) {
                JsonNode answer = JSON.readTree(
                        http.post(elasticsearch + "/_bulk", TYPE, bulk).text());
                if (answer.path("errors").asBoolean(true)) {
                    throw new IllegalStateException("a bulk write failed");
                }
            }
            http.post(elasticsearch + "/" + copy + "/_refresh", TYPE, new byte[0]);
            seconds += (System.nanoTime() - began) / 1e9;
            documents += count(copy);
        }
        return documents / seconds;
    }

    /** Those behind an alias. */
    private List<String> indexes() throws IOException, InterruptedException {
        List<String> indexes = new ArrayList<>();
        JsonNode all = JSON.readTree(http.text(elasticsearch + "/_alias", TYPE).text());
        for (Map.Entry<String, JsonNode> index : all.properties()) {
            if (!index.getValue().path("aliases").isEmpty()) {
                indexes.add(index.getKey());
            }
        }
        return indexes;
    }

    private long count(String index) throws IOException, InterruptedException {
        return JSON.readTree(
                        http.text(elasticsearch + "/" + index + "/_count", TYPE).text())
                .path("count")
                .asLong();
    }

    /** Every document of the index, as bulk requests for another. */
    private List<byte[]> bulks(String index, String copy) throws IOException, InterruptedException {
        List<byte[]> bulks = new ArrayList<>();
        String all = "{\"size\":" + BULK_DOCUMENTS + ",\"sort\":[\"_doc\"]}";
        JsonNode page = JSON.readTree(http.post(elasticsearch + "/" + index + "/_search?scroll=1m", TYPE, bytes(all))
                .text());
        while (!page.path("hits").path("hits").isEmpty()) {
            ByteArrayOutputStream bulk = new ByteArrayOutputStream();
            for (JsonNode hit : page.path("hits").path("hits")) {
                ObjectNode action = JSON.createObjectNode();
                action.putObject("index")
                        .put("_index", copy)
                        .put("_id", hit.path("_id").asText());
                bulk.writeBytes(bytes(action + "\n"));
                bulk.writeBytes(bytes(hit.path("_source") + "\n"));
            }
            bulks.add(bulk.toByteArray());
            ObjectNode next = JSON.createObjectNode();
            next.put("scroll", "1m").put("scroll_id", page.path("_scroll_id").asText());
            page = JSON.readTree(http.post(elasticsearch + "/_search/scroll", TYPE, bytes(next.toString()))
                    .text());
        }
        return bulks;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
