package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** A headless Chromium, spoken to over the DevTools protocol. */
final class Devtools implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final String port;
    private final AtomicInteger nextId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
    private final StringBuilder console = new StringBuilder();
    private Optional<Tab> current = Optional.empty();

    private record Tab(String id, WebSocket socket) {}

    Devtools(Path home) throws IOException, InterruptedException {
        Directories.fresh(home);
        process = Program.of("chromium", "--headless=new", "--no-sandbox", "--remote-debugging-port=0")
                .with("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
                .with("--ignore-gpu-blocklist", "--window-size=1280,900", "--no-first-run", "--disable-dev-shm-usage")
                .with("--user-data-dir=" + home.resolve("profile"), "about:blank")
                .environment("HOME", home.toString())
                .start(home.resolve("chromium.log"));
        Path portFile = home.resolve("profile/DevToolsActivePort");
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Files.exists(portFile) && Files.size(portFile) > 0);
        port = Files.readAllLines(portFile).getFirst();
    }

    /**
     * In a tab of its own, in place of the one before: OHIF does not always start where another page of it has just been, and
     * then asks the node for nothing and shows nothing.
     */
    void open(URI uri) throws IOException, InterruptedException {
        JsonNode page = JSON.readTree(tabs("PUT", "new?about:blank"));
        WebSocket socket = http.newWebSocketBuilder()
                .buildAsync(URI.create(page.path("webSocketDebuggerUrl").asText()), new Listener())
                .join();
        Optional<Tab> before = current;
        current = Optional.of(new Tab(page.path("id").asText(), socket));
        if (before.isPresent()) {
            before.get().socket().abort();
            tabs("GET", "close/" + before.get().id());
        }
        call("Page.enable", JSON.createObjectNode());
        call("Runtime.enable", JSON.createObjectNode());
        call("Page.navigate", JSON.createObjectNode().put("url", uri.toString()));
    }

    private String tabs(String method, String path) throws IOException, InterruptedException {
        return http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/" + path))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** The value of a JavaScript expression. */
    JsonNode evaluate(String expression) {
        ObjectNode parameters = JSON.createObjectNode()
                .put("expression", expression)
                .put("returnByValue", true)
                .put("awaitPromise", true);
        return call("Runtime.evaluate", parameters).path("result").path("value");
    }

    byte[] screenshot() {
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", JSON.createObjectNode().put("format", "png"))
                        .path("data")
                        .asText());
    }

    /** What pages wrote to their console, for when a test fails. */
    String console() {
        synchronized (console) {
            return console.toString();
        }
    }

    @Override
    public void close() {
        current.ifPresent(tab -> tab.socket().abort());
        Program.killTree(process);
    }

    private JsonNode call(String method, ObjectNode parameters) {
        int id = nextId.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", parameters);
        try {
            current.orElseThrow().socket().sendText(message.toString(), true).join();
            JsonNode result = answer.get(CALL_LIMIT.toSeconds(), TimeUnit.SECONDS);
            if (result.has("error")) {
                throw new AssertionError(method + ": " + result.path("error"));
            }
            return result.path("result");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError(method + " failed", e);
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received(text.toString());
                text.setLength(0);
            }
            webSocket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        private void received(String message) {
            try {
                JsonNode json = JSON.readTree(message);
                CompletableFuture<JsonNode> answer =
                        waiting.remove(json.path("id").asInt(-1));
                if (answer != null) {
                    answer.complete(json);
                } else if (json.path("method").asText().equals("Runtime.consoleAPICalled")
                        || json.path("method").asText().equals("Runtime.exceptionThrown")) {
                    synchronized (console) {
                        console.append(json.path("params")).append('\n');
                    }
                }
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
