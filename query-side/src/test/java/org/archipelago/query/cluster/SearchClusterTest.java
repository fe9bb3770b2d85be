package org.archipelago.query.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.UUID;
import org.archipelago.query.testing.RunningElasticsearch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which refusals lie in a document, and which in the state of the cluster. */
@ExtendWith(RunningElasticsearch.class)
class SearchClusterTest {
    private final String index = "c" + UUID.randomUUID().toString().substring(0, 12);
    private SearchCluster cluster;

    @BeforeEach
    void create(RunningElasticsearch.Server elasticsearch) {
        cluster = new SearchCluster(SearchClusterSettings.local(elasticsearch.uri(), index));
        ObjectNode body = SearchCluster.object();
        ObjectNode mappings = body.putObject("mappings").put("dynamic", "strict");
        mappings.putObject("properties").putObject("number").put("type", "long");
        cluster.send("PUT", "/" + index, body);
    }

    @AfterEach
    void remove() {
        cluster.send("DELETE", "/" + index, null);
        cluster.close();
    }

    private List<BulkFailure> write(ObjectNode document) {
        return cluster.bulk(List.of(new BulkWrite.Put(index, "id", 1, document)));
    }

    private static ObjectNode good() {
        return SearchCluster.object().put("number", 1);
    }

    @Test
    void faultOfTheDocument_isReportedForIt() {
        assertThat(write(good())).isEmpty();
        assertThat(write(SearchCluster.object().put("unknown", 1)))
                .extracting(BulkFailure::type)
                .containsExactly("strict_dynamic_mapping_exception");
        assertThat(write(SearchCluster.object().put("number", "none")))
                .extracting(BulkFailure::type)
                .containsExactly("document_parsing_exception");
    }

    @Test
    void blockedIndex_isUnavailableToEveryKindOfWrite() {
        write(good());
        cluster.send("PUT", "/" + index + "/_settings", SearchCluster.object().put("index.blocks.write", true));
        assertThatThrownBy(() -> write(good())).isInstanceOf(ClusterUnavailableException.class);
        assertThatThrownBy(() -> cluster.replace(List.of(new BulkWrite.Replace(index, "id", 0, 1, good()))))
                .isInstanceOf(ClusterUnavailableException.class);
    }

    @Test
    void closedIndex_isUnavailableAndNotGone() {
        write(good());
        cluster.send("POST", "/" + index + "/_close", null);
        ObjectNode wanted = SearchCluster.object();
        wanted.putArray("docs").addObject().put("_index", index).put("_id", "id");
        assertThatThrownBy(() -> write(good())).isInstanceOf(ClusterUnavailableException.class);
        assertThatThrownBy(() -> cluster.documents(wanted)).isInstanceOf(ClusterUnavailableException.class);
        assertThatThrownBy(() -> cluster.search("/" + index + "/_search", SearchCluster.object()))
                .isInstanceOf(ClusterUnavailableException.class);
    }

    @Test
    void replacedByAnother_isToldFromARefusal() {
        write(good());
        assertThat(cluster.replace(List.of(new BulkWrite.Replace(index, "id", 99, 1, good()))))
                .isEmpty();
    }

    @Test
    void missingIndex_isNamedAsSuch() {
        ObjectNode wanted = SearchCluster.object();
        wanted.putArray("docs").addObject().put("_index", index + "-none").put("_id", "id");
        assertThat(cluster.documents(wanted).path(0).path("error").path("type").asText())
                .isEqualTo("index_not_found_exception");
    }
}
