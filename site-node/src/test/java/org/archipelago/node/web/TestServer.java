package org.archipelago.node.web;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A real server on a free loopback port and a client for it. */
public final class TestServer implements AutoCloseable {
    private final WebApplication application;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(WebApplication application) {
        this.application = application;
    }

    public static TestServer start(HttpOptions options, WebFeature... features) throws IOException {
        Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir")));
        return new TestServer(WebApplication.start(options, List.of(features)));
    }

    public int port() {
        return application.port();
    }

    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    public HttpResponse<byte[]> get(String path, String... headers) throws Exception {
        return send("GET", path, HttpRequest.BodyPublishers.noBody(), headers);
    }

    public HttpResponse<byte[]> post(String path, byte[] body, String... headers) throws Exception {
        return send("POST", path, HttpRequest.BodyPublishers.ofByteArray(body), headers);
    }

    public HttpResponse<byte[]> send(String method, String path, HttpRequest.BodyPublisher body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url(path)))
                .timeout(Duration.ofSeconds(20))
                .method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    public static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        application.close();
        client.close();
    }
}
