package org.archipelago.query.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.http.entity.ContentType;
import org.apache.http.nio.entity.NByteArrayEntity;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.RequestOptions;
import org.elasticsearch.client.Response;
import org.elasticsearch.client.ResponseException;
import org.elasticsearch.client.RestClient;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one Elasticsearch cluster. Thread-safe.
 *
 * <p>Every method throws {@link ClusterUnavailableException} when waiting may help and {@link ClusterRefusedException} when it does not.
 */
public final class SearchCluster implements AutoCloseable {
    /** Elasticsearch's own default bound of a request is 100 MB. */
    static final int MAX_BULK_BYTES = 8 << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] LINE = {'\n'};
    private static final int TOO_LARGE = 413;

    /** What Elasticsearch says when the fault lies in the document: no waiting helps. */
    private static final Set<String> OF_THE_DOCUMENT = Set.of(
            "document_parsing_exception",
            "mapper_parsing_exception",
            "strict_dynamic_mapping_exception",
            "illegal_argument_exception",
            "max_bytes_length_exceeded_exception");

    /** Refusals of status 400 and 404 that lie in the state of the cluster. */
    private static final Set<String> OF_THE_CLUSTER =
            Set.of("index_closed_exception", "cluster_block_exception", "no_shard_available_action_exception");

    private final RestClient client;
    private final String indexPrefix;
    private final RequestOptions searchOptions;

    public SearchCluster(SearchClusterSettings settings) {
        this.client = RestClients.of(settings);
        this.indexPrefix = settings.indexPrefix();
        this.searchOptions = RestClients.patience(settings.requestTimeout());
    }

    public String indexPrefix() {
        return indexPrefix;
    }

    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    public JsonNode send(String method, String path, @Nullable JsonNode body) {
        Request request = new Request(method, path);
        if (body != null) {
            request.setEntity(new NByteArrayEntity(bytes(body), ContentType.APPLICATION_JSON));
        }
        return perform(request);
    }

    /** As {@link #send}, giving up after the request timeout: somebody waits. */
    public JsonNode search(String path, JsonNode body) {
        Request request = new Request("POST", path);
        request.setOptions(searchOptions);
        request.setEntity(new NByteArrayEntity(bytes(body), ContentType.APPLICATION_JSON));
        return perform(request);
    }

    /** As {@link #send}, with nothing where Elasticsearch answers 404. */
    public Optional<JsonNode> find(String method, String path, @Nullable JsonNode body) {
        try {
            return Optional.of(send(method, path, body));
        } catch (ClusterRefusedException e) {
            if (e.status() == 404) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * The answers of a {@code _mget} request, in its order; the only error among them is that an index does not exist.
     */
    public JsonNode documents(JsonNode request) {
        JsonNode documents = send("POST", "/_mget", request).path("docs");
        for (JsonNode document : documents) {
            String type = document.path("error").path("type").asText();
            if (!type.isEmpty() && !type.equals("index_not_found_exception")) {
                throw new ClusterUnavailableException("Elasticsearch answered " + type + " to a read");
            }
        }
        return documents;
    }

    /**
     * Writes in order, in requests of at most 8 MiB. Not atomic. A version that is older than the index's is no failure.
     *
     * @return what was refused for what it is, or because its index does not exist (404)
     */
    public List<BulkFailure> bulk(List<? extends BulkWrite> writes) {
        List<BulkFailure> failures = new ArrayList<>();
        List<BulkWrite> chunk = new ArrayList<>();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (BulkWrite write : writes) {
            append(body, write);
            chunk.add(write);
            if (body.size() >= MAX_BULK_BYTES) {
                failures.addAll(sendBulk(chunk, body));
                chunk.clear();
                body.reset();
            }
        }
        if (!chunk.isEmpty()) {
            failures.addAll(sendBulk(chunk, body));
        }
        return failures;
    }

    /** Writes each over exactly what was read, in one request, and says where each is now. Empty when any of them was not written. */
    public Optional<List<DocumentPlace>> replace(List<BulkWrite.Replace> writes) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        writes.forEach(write -> append(body, write));
        Request request = new Request("POST", "/_bulk");
        request.setEntity(new NByteArrayEntity(body.toByteArray(), ContentType.APPLICATION_JSON));
        List<DocumentPlace> places = new ArrayList<>();
        for (JsonNode item : perform(request).path("items")) {
            JsonNode result = item.elements().next();
            int status = result.path("status").asInt();
            if (status == 404 || status == 409) {
                return Optional.empty();
            }
            if (status >= 400) {
                throw notNow(status, result.path("error").path("type").asText());
            }
            places.add(new DocumentPlace(
                    result.path("_seq_no").asLong(),
                    result.path("_primary_term").asLong()));
        }
        return Optional.of(places);
    }

    /** A document's place in the history of its index. */
    public record DocumentPlace(long seqNo, long primaryTerm) {}

    private List<BulkFailure> sendBulk(List<BulkWrite> writes, ByteArrayOutputStream body) {
        Request request = new Request("POST", "/_bulk");
        request.addParameter("filter_path", "errors,items.*.status,items.*.error.type");
        request.setEntity(new NByteArrayEntity(body.toByteArray(), ContentType.APPLICATION_JSON));
        JsonNode answer;
        try {
            answer = perform(request);
        } catch (ClusterRefusedException e) {
            if (e.status() != TOO_LARGE) {
                throw notNow(e.status(), e.type());
            }
            return sendEach(writes, e);
        }
        List<BulkFailure> failures = new ArrayList<>();
        if (!answer.path("errors").asBoolean()) {
            return failures;
        }
        for (int i = 0; i < writes.size(); i++) {
            JsonNode item = answer.path("items").path(i).elements().next();
            int status = item.path("status").asInt();
            String type = item.path("error").path("type").asText("unknown");
            boolean older = status == 409 && !(writes.get(i) instanceof BulkWrite.Replace);
            boolean alreadyGone = status == 404
                    && writes.get(i) instanceof BulkWrite.Remove
                    && item.path("error").isMissingNode();
            if (status < 400 || older || alreadyGone) {
                continue;
            }
            if (status != 404 && status != TOO_LARGE && (status >= 429 || !OF_THE_DOCUMENT.contains(type))) {
                throw notNow(status, type);
            }
            failures.add(new BulkFailure(writes.get(i), status, type));
        }
        return failures;
    }

    /** One of them is larger than Elasticsearch takes, or only all of them together. */
    private List<BulkFailure> sendEach(List<BulkWrite> writes, ClusterRefusedException refusal) {
        if (writes.size() == 1) {
            return List.of(new BulkFailure(writes.getFirst(), refusal.status(), refusal.type()));
        }
        List<BulkFailure> failures = new ArrayList<>();
        for (BulkWrite write : writes) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            append(body, write);
            failures.addAll(sendBulk(List.of(write), body));
        }
        return failures;
    }

    private static ClusterUnavailableException notNow(int status, String type) {
        return new ClusterUnavailableException("Elasticsearch answered " + status + " " + type + " to a write");
    }

    private static void append(ByteArrayOutputStream body, BulkWrite write) {
        ObjectNode action = JSON.createObjectNode();
        switch (write) {
            case BulkWrite.Put put -> {
                target(action.putObject("index"), put)
                        .put("version", put.version())
                        .put("version_type", "external_gte");
                line(body, action);
                line(body, put.document());
            }
            case BulkWrite.Remove remove -> {
                target(action.putObject("delete"), remove)
                        .put("version", remove.version())
                        .put("version_type", "external_gte");
                line(body, action);
            }
            case BulkWrite.Replace replace -> {
                target(action.putObject("index"), replace)
                        .put("if_seq_no", replace.seqNo())
                        .put("if_primary_term", replace.primaryTerm());
                line(body, action);
                line(body, replace.document());
            }
        }
    }

    private static ObjectNode target(ObjectNode action, BulkWrite write) {
        return action.put("_index", write.index()).put("_id", write.id());
    }

    private static void line(ByteArrayOutputStream body, JsonNode node) {
        body.writeBytes(bytes(node));
        body.writeBytes(LINE);
    }

    private static byte[] bytes(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonNode perform(Request request) {
        try {
            Response response = client.performRequest(request);
            if (response.getEntity() == null) {
                return JSON.createObjectNode();
            }
            JsonNode body = JSON.readTree(response.getEntity().getContent());
            return body == null ? JSON.createObjectNode() : body;
        } catch (ResponseException e) {
            throw refusal(e);
        } catch (IOException e) {
            throw new ClusterUnavailableException("Elasticsearch does not answer", e);
        } catch (IllegalStateException e) {
            throw new ClusterUnavailableException("the connection to Elasticsearch is closed", e);
        }
    }

    private static RuntimeException refusal(ResponseException e) {
        int status = e.getResponse().getStatusLine().getStatusCode();
        if (status >= 429 || status == 401 || status == 403 || status == 408) {
            return new ClusterUnavailableException("Elasticsearch answered " + status);
        }
        String type = "unknown";
        try {
            if (e.getResponse().getEntity() != null) {
                type = JSON.readTree(e.getResponse().getEntity().getContent())
                        .path("error")
                        .path("type")
                        .asText("unknown");
            }
        } catch (IOException unreadable) {
            return new ClusterUnavailableException("Elasticsearch answered " + status + " unreadably", unreadable);
        }
        return OF_THE_CLUSTER.contains(type)
                ? new ClusterUnavailableException("Elasticsearch answered " + status + " " + type)
                : new ClusterRefusedException(status, type);
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
