package org.archipelago.node.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

class GuardTest {
    private static final HttpOptions OPTIONS = new HttpOptions(
            "127.0.0.1",
            0,
            Set.of("Archive.Example"),
            Set.of("https://viewer.example"),
            "http",
            64,
            8192,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5));
    private static TestServer server;

    @RestController
    static class Hello {
        @GetMapping("/api/hello")
        String hello() {
            return "hello";
        }

        @GetMapping("/api/bug")
        String bug() {
            throw new IllegalStateException("Doe^Jane");
        }
    }

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(OPTIONS, () -> List.of(new Hello()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String raw(String host) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            socket.getOutputStream()
                    .write(("GET /api/hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void ownNames_areAnswered() throws Exception {
        for (String host :
                List.of("localhost", "LOCALHOST:1", "127.0.0.1:8081", "[::1]:8081", "[::1]", "archive.example")) {
            assertThat(raw(host)).as(host).startsWith("HTTP/1.1 200").endsWith("hello");
        }
    }

    @Test
    void otherNames_areRefused() throws Exception {
        for (String host : List.of("evil.example", "localhost.evil.example", "127.0.0.2:8081", "[::2]")) {
            assertThat(raw(host)).as(host).startsWith("HTTP/1.1 421").doesNotEndWith("hello");
        }
    }

    @Test
    void configuredOrigin_mayRead_othersMayNot() throws Exception {
        var allowed = server.get("/api/hello", "Origin", "https://viewer.example");
        var other = server.get("/api/hello", "Origin", "https://evil.example");
        var preflight = server.send(
                "OPTIONS",
                "/api/hello",
                BodyPublishers.noBody(),
                "Origin",
                "https://viewer.example",
                "Access-Control-Request-Method",
                "POST");

        assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin")).contains("https://viewer.example");
        assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        assertThat(preflight.statusCode()).isEqualTo(204);
        assertThat(preflight
                        .headers()
                        .firstValue("Access-Control-Allow-Methods")
                        .orElseThrow())
                .contains("POST");
    }

    /** A page that tells nobody where one came from sends its forms from the origin null. */
    @Test
    void ownForm_isTaken_andOneOfNobodyKnowsWhereIsNot() throws Exception {
        var own = server.post("/api/hello", new byte[0], "Origin", "null", "Sec-Fetch-Site", "same-origin");
        var foreign = server.post("/api/hello", new byte[0], "Origin", "null", "Sec-Fetch-Site", "cross-site");
        var unknown = server.post("/api/hello", new byte[0], "Origin", "null");

        assertThat(own.statusCode()).isNotEqualTo(403);
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(unknown.statusCode()).isEqualTo(403);
    }

    @Test
    void unexpectedFailure_tellsTheCallerNothingOfIt() throws Exception {
        var response = server.get("/api/bug");

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(TestServer.text(response)).contains("INTERNAL").doesNotContain("Doe");
    }

    @Test
    void oversizedHeaders_areRefused() throws Exception {
        assertThat(server.get("/api/hello", "X-Large", "x".repeat(20_000)).statusCode())
                .isIn(400, 431);
    }

    @Test
    void otherAddressThanLoopback_isRefusedInWords() {
        assertThatThrownBy(() ->
                        new HttpOptions("0.0.0.0", 0, Set.of(), Set.of(), "http", 1, 1, Duration.ZERO, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a loopback address")
                .hasMessageContaining("Nobody logs in yet");
    }

    @Test
    void portInUse_isSaidInWords() {
        assertThatThrownBy(() -> TestServer.start(HttpOptions.loopback(server.port())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("HTTP port " + server.port() + " is in use");
    }
}
