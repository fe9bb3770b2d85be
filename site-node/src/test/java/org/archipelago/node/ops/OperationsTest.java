package org.archipelago.node.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import org.archipelago.node.ops.HealthCheck.NeededFor;
import org.archipelago.node.ops.HealthCheck.State;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperationsTest {
    private static volatile boolean search = true;
    private static volatile boolean log = true;
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.counter("archipelago.objects.in").increment(7);
        server = TestServer.start(
                HttpOptions.loopback(0),
                new Operations(
                        metrics,
                        List.of(
                                new HealthCheck("log", NeededFor.INGEST, () -> new State(log, Map.of("records", "12"))),
                                new HealthCheck(
                                        "search",
                                        NeededFor.COMFORT,
                                        () -> new State(search, Map.of("lagSeconds", "3"))),
                                new HealthCheck("broken", NeededFor.COMFORT, () -> {
                                    throw new IllegalStateException("no");
                                }))));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void allUp() {
        search = true;
        log = true;
    }

    @Test
    void everythingUp_isReady() throws Exception {
        var response = server.get("/actuator/health/readiness");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.text(response))
                .contains("\"status\":\"UP\"", "\"lagSeconds\":\"3\"", "\"records\":\"12\"");
    }

    @Test
    void searchDown_isStillReadyAndSaysSo() throws Exception {
        search = false;

        var response = server.get("/actuator/health/readiness");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.text(response))
                .startsWith("{\"status\":\"UP\"")
                .contains("\"search\":{\"status\":\"DEGRADED\",\"details\":{\"lagSeconds\":\"3\"}}")
                .contains("\"broken\":{\"status\":\"DEGRADED\"");
    }

    @Test
    void logDown_isNotReadyButAlive() throws Exception {
        log = false;

        assertThat(server.get("/actuator/health/readiness").statusCode()).isEqualTo(503);
        assertThat(server.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
        assertThat(server.get("/actuator/health").statusCode()).isEqualTo(503);
    }

    @Test
    void metrics_areScrapedInPrometheusForm() throws Exception {
        server.get("/actuator/health");

        var response = server.get("/actuator/prometheus");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.text(response))
                .contains("archipelago_objects_in_total 7.0")
                .contains("jvm_memory_used_bytes")
                .contains(
                        "archipelago_http_requests_seconds_count{interface=\"actuator\",method=\"GET\",status=\"2xx\"}");
    }

    @Test
    void otherEndpoints_areNotThere() throws Exception {
        for (String path :
                List.of("/actuator", "/actuator/env", "/actuator/heapdump", "/actuator/beans", "/actuator/shutdown")) {
            assertThat(server.get(path).statusCode()).as(path).isEqualTo(404);
        }
    }
}
