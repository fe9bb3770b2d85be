package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.archipelago.contract.Digest;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.query.cluster.ClusterRefusedException;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.archipelago.query.cluster.SearchCluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes, aliases and removes the physical indexes of one projection. */
final class IndexAdministration {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Logger LOG = LoggerFactory.getLogger(IndexAdministration.class);

    private final SearchCluster cluster;
    private final String site;
    private final List<String> indexes;
    private final String foldVersion;
    private final List<String> prompt;

    /** @param site written into every index, so that two sites never take each other's for their own */
    IndexAdministration(SearchCluster cluster, Fold fold, String site) {
        this.cluster = cluster;
        this.site = site;
        this.indexes = fold.indexes();
        this.foldVersion = fold.version() + " "
                + EventTypes.released().all().stream()
                        .map(type -> type.name() + " " + type.version())
                        .sorted()
                        .toList();
        this.prompt = fold.prompt();
    }

    IndexNames names(int generation) {
        return new IndexNames(cluster.indexPrefix(), generation);
    }

    /** The generation that all aliases point at; empty when they do not agree or one is missing. */
    OptionalInt live() {
        TreeSet<Integer> found = new TreeSet<>();
        for (String index : indexes) {
            String alias = IndexNames.alias(cluster.indexPrefix(), index);
            Optional<JsonNode> answer = cluster.find("GET", "/_alias/" + alias, null);
            if (answer.isEmpty() || answer.get().size() != 1) {
                return OptionalInt.empty();
            }
            OptionalInt generation = IndexNames.generationOf(
                    cluster.indexPrefix(), index, answer.get().fieldNames().next());
            if (generation.isEmpty()) {
                return OptionalInt.empty();
            }
            found.add(generation.getAsInt());
        }
        return found.size() == 1 ? OptionalInt.of(found.getFirst()) : OptionalInt.empty();
    }

    /** Generations of which at least one physical index exists. */
    TreeSet<Integer> existing() {
        TreeSet<Integer> generations = new TreeSet<>();
        physicalIndexes().values().forEach(generations::add);
        return generations;
    }

    private Map<String, Integer> physicalIndexes() {
        Map<String, Integer> found = new HashMap<>();
        for (String index : indexes) {
            String pattern = IndexNames.alias(cluster.indexPrefix(), index) + "-*";
            for (JsonNode row : cluster.send("GET", "/_cat/indices/" + pattern + "?format=json&h=index", null)) {
                String name = row.path("index").asText();
                IndexNames.generationOf(cluster.indexPrefix(), index, name)
                        .ifPresent(generation -> found.put(name, generation));
            }
        }
        return found;
    }

    /** Another site that has indexes under these names. */
    Optional<String> otherSite() {
        for (String index : indexes) {
            String pattern = IndexNames.alias(cluster.indexPrefix(), index) + "-*";
            for (Map.Entry<String, JsonNode> found : cluster.find("GET", "/" + pattern + "/_mapping", null)
                    .orElseGet(SearchCluster::object)
                    .properties()) {
                String owner = found.getValue()
                        .path("mappings")
                        .path("_meta")
                        .path("site")
                        .asText(site);
                if (!owner.equals(site)
                        && IndexNames.generationOf(cluster.indexPrefix(), index, found.getKey())
                                .isPresent()) {
                    return Optional.of(owner);
                }
            }
        }
        return Optional.empty();
    }

    /** Adds the fields that this program writes to the mappings of an older one, as far as Elasticsearch can. */
    void widen(int generation) {
        for (String index : indexes) {
            ObjectNode body = SearchCluster.object();
            body.set("properties", mapping(index).path("properties"));
            try {
                cluster.send("PUT", "/" + names(generation).physical(index) + "/_mapping", body);
            } catch (ClusterRefusedException e) {
                LOG.info("the old index of {} cannot take all that is new: {}", index, e.type());
            }
        }
    }

    /** Whether its mappings are those of this program. */
    boolean isCurrent(int generation) {
        for (String index : indexes) {
            String physical = names(generation).physical(index);
            Optional<JsonNode> answer = cluster.find("GET", "/" + physical + "/_mapping", null);
            if (answer.isEmpty()) {
                return false;
            }
            String hash = answer.get()
                    .path(physical)
                    .path("mappings")
                    .path("_meta")
                    .path("hash")
                    .asText();
            if (!hash.equals(hash(index))) {
                return false;
            }
        }
        return true;
    }

    /** Empty indexes with a token at the start; not searchable by alias yet. All at once: each takes a moment. */
    void create(int generation, LocalToken start) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> created = new ArrayList<>();
            for (String index : indexes) {
                created.add(threads.submit(() -> create(index, names(generation).physical(index), start)));
            }
            for (Future<?> one : created) {
                one.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void create(String index, String physical, LocalToken start) {
        ObjectNode body = SearchCluster.object();
        body.putObject("settings")
                .put("number_of_shards", 1)
                .put("auto_expand_replicas", "0-1")
                .put("refresh_interval", prompt.contains(index) ? "-1" : "1s")
                .put("translog.durability", "async")
                .put("translog.sync_interval", "1s")
                .put("max_result_window", 10_000);
        ObjectNode mapping = mapping(index);
        mapping.putObject("_meta").put("hash", hash(index)).put("site", site);
        body.set("mappings", mapping);
        cluster.send("PUT", "/" + physical, body);
        cluster.send("PUT", "/" + physical + "/_create/" + TokenDocuments.ID, TokenDocuments.document(start, "", 0));
    }

    void refresh(int generation) {
        List<String> physical = prompt.stream().map(names(generation)::physical).toList();
        cluster.send("POST", "/" + String.join(",", physical) + "/_refresh", null);
    }

    /** Whether a search of all of its indexes is answered now. Throws nothing, and waits no longer than searches do. */
    boolean isSearchable(int generation) {
        List<String> physical =
                indexes.stream().map(names(generation)::physical).toList();
        try {
            cluster.search(
                    "/" + String.join(",", physical) + "/_search?size=0&timeout=10s&allow_partial_search_results=false",
                    SearchCluster.object().put("track_total_hits", false));
            return true;
        } catch (ClusterUnavailableException | ClusterRefusedException e) {
            LOG.debug("searches of generation {} are not answered: {}", generation, e.getMessage());
            return false;
        }
    }

    /** In one step every alias points at this generation and at nothing else. */
    void publish(int generation) {
        ArrayNode actions = SearchCluster.object().putArray("actions");
        physicalIndexes().forEach((physical, other) -> {
            if (other != generation) {
                ObjectNode removal = actions.addObject().putObject("remove");
                removal.put("index", physical)
                        .put("alias", physical.substring(0, physical.lastIndexOf('-')))
                        .put("must_exist", false);
            }
        });
        for (String index : indexes) {
            actions.addObject()
                    .putObject("add")
                    .put("index", names(generation).physical(index))
                    .put("alias", names(generation).alias(index));
        }
        cluster.send("POST", "/_aliases", SearchCluster.object().set("actions", actions));
    }

    void delete(int generation) {
        List<String> doomed = new ArrayList<>();
        physicalIndexes().forEach((physical, number) -> {
            if (number == generation) {
                doomed.add(physical);
            }
        });
        if (!doomed.isEmpty()) {
            cluster.find("DELETE", "/" + String.join(",", doomed) + "?ignore_unavailable=true", null);
        }
    }

    /** Of what decides what the index holds: its mapping, the fold, and which events this program can read at all. */
    private String hash(String index) {
        return Digest.sha256(resource(index), foldVersion.getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private static ObjectNode mapping(String index) {
        try {
            return (ObjectNode) JSON.readTree(resource(index));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] resource(String index) {
        String name = "/org/archipelago/query/mappings/" + index + ".json";
        try (InputStream in = IndexAdministration.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no mapping " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
