package org.archipelago.query.testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.Availability;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.archipelago.query.cluster.SearchCluster;
import org.archipelago.query.cluster.SearchClusterSettings;
import org.archipelago.query.header.HeaderFiles;
import org.archipelago.query.header.SeriesInstances;
import org.archipelago.query.projection.DeadLetters;
import org.archipelago.query.projection.Projections;
import org.archipelago.query.search.ElasticsearchQueries;
import org.archipelago.query.search.NetworkQueries;

/** The read side of a node over a log in memory, with indexes of its own in the shared Elasticsearch. */
public final class SearchNode implements AutoCloseable {
    public static final String ISSUER = "NORTH";
    private static final Duration WAIT = Duration.ofSeconds(20);

    public final SearchCluster cluster;
    public final DeadLetters letters;
    public Projections projections;
    private ElasticsearchQueries queries;
    private final MemoryLog log;

    public SearchNode(URI elasticsearch, MemoryLog log, Path folder) {
        this.log = log;
        String prefix = "t" + UUID.randomUUID().toString().substring(0, 12);
        this.cluster = new SearchCluster(SearchClusterSettings.local(elasticsearch, prefix));
        try {
            this.letters = new DeadLetters(folder.resolve("dead-letters"), Clock.systemUTC());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open(folder);
    }

    private void open(Path folder) {
        projections = new Projections(cluster, log, log, letters, "node", Clock.systemUTC());
        HeaderFiles headers = new HeaderFiles(
                folder,
                new MemoryKeys(),
                new Nothing(),
                (_, _) -> {
                    throw new AssertionError();
                },
                new SecureRandom(),
                1 << 20);
        queries = new ElasticsearchQueries(
                cluster, projections, headers, new Nothing(), _ -> (_, header) -> header, 1000, 1 << 20, WAIT);
        projections.start();
    }

    /** As after a restart of the node. */
    public void restart(Path folder) {
        projections.close();
        open(folder);
    }

    public ElasticsearchQueries queries() {
        return queries;
    }

    /** Over all sites; their labels are {@code here} and {@code there}, and nothing comes from there. */
    public NetworkQueries network() {
        return network(_ -> Availability.UNAVAILABLE);
    }

    public NetworkQueries network(Function<StudyCopyId, Availability> elsewhere) {
        return new NetworkQueries(
                cluster, projections, site -> site.equals(MemoryLog.SITE) ? "here" : "there", elsewhere, 1000, WAIT);
    }

    public QueryPage findInNetwork(QueryLevel level, MatchingKey... keys) {
        awaitIndex();
        return network()
                .find(new ArchiveQuery(level, List.of(keys), ISSUER, false, Set.of(), true, 0, 100, log.head()));
    }

    public QueryPage find(QueryLevel level, MatchingKey... keys) {
        awaitIndex();
        return queries.find(new ArchiveQuery(level, List.of(keys), ISSUER, false, Set.of(), true, 0, 100, log.head()));
    }

    /** Study Instance UIDs found. */
    public List<String> studies(MatchingKey... keys) {
        return find(QueryLevel.STUDY, keys).matches().stream()
                .map(match -> match.text(Tags.STUDY_INSTANCE_UID).orElseThrow())
                .toList();
    }

    public void awaitIndex() {
        org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> projections.status().stream()
                        .allMatch(s -> !s.rebuilding() && s.visible().compareTo(log.head()) >= 0));
    }

    public static MatchingKey key(int tag, Vr vr, String value) {
        return new MatchingKey(List.of(tag), vr, value);
    }

    /** Every document of every index but tokens, by physical index without generation and id. */
    public Map<String, JsonNode> everything() {
        awaitIndex();
        cluster.send("POST", "/" + cluster.indexPrefix() + "-*/_refresh", null);
        Map<String, JsonNode> all = new TreeMap<>();
        for (String index : List.of("studies", "series", "patients", "quarantine", "access", "sites")) {
            JsonNode body = SearchCluster.object().put("size", 1000).put("version", true);
            JsonNode answer = cluster.send("POST", "/" + cluster.indexPrefix() + "-" + index + "/_search", body);
            for (JsonNode hit : answer.path("hits").path("hits")) {
                if (!hit.path("_id").asText().equals("_token")) {
                    all.put(
                            index + " " + hit.path("_id").asText() + " v"
                                    + hit.path("_version").asLong(),
                            hit.path("_source"));
                }
            }
        }
        return all;
    }

    /** Physical indexes of this node. */
    public List<String> physicalIndexes() {
        List<String> names = new ArrayList<>();
        cluster.send("GET", "/_cat/indices/" + cluster.indexPrefix() + "-*?format=json&h=index&s=index", null)
                .forEach(row -> names.add(row.path("index").asText()));
        return names;
    }

    public LocalPosition head() {
        return log.head();
    }

    @Override
    public void close() {
        projections.close();
        List<String> left = physicalIndexes();
        if (!left.isEmpty()) {
            cluster.send("DELETE", "/" + String.join(",", left), null);
        }
        cluster.close();
        try {
            letters.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Nothing implements SeriesInstances {
        @Override
        public Optional<StudyCopyId> study(StudyInstanceUid uid) {
            return Optional.empty();
        }

        @Override
        public List<StudyCopyId> holding(SopInstanceUid uid) {
            return List.of();
        }

        @Override
        public Set<AccessionIdentifier> accessions(StudyCopyId study) {
            return Set.of();
        }

        @Override
        public List<SeriesInstanceUid> series(StudyCopyId study) {
            return List.of();
        }

        @Override
        public List<StoredInstance> current(StudyCopyId study, SeriesInstanceUid series) {
            return List.of();
        }
    }
}
