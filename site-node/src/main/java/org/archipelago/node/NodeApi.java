package org.archipelago.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.web.OperatorToken;

/**
 * The HTTP interface of a running node, for the command line. Speaks only to the node that serves the data directory of
 * the configuration: a port is a default that many share, and whoever has it answers.
 */
final class NodeApi implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWERING = Duration.ofSeconds(60);
    private static final int REFUSED = 400;
    private static final int SERVER_ERRORS = 500;

    private final NodeAddress node;
    private Optional<String> authorization = Optional.empty();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();

    private NodeApi(NodeAddress node) {
        this.node = node;
    }

    /**
     * Empty when nobody answers at the node's address.
     *
     * @throws CommandFailure who answers there is not this site's node
     */
    static Optional<NodeApi> connect(NodeAddress node) {
        NodeApi api = new NodeApi(node);
        try {
            api.requireOwn(api.status());
            return Optional.of(api);
        } catch (NobodyThereException e) {
            api.close();
            return Optional.empty();
        }
    }

    private JsonNode status() {
        try {
            HttpResponse<InputStream> answer = send("GET", "/api/status", HttpRequest.BodyPublishers.noBody());
            try (InputStream body = answer.body()) {
                if (answer.statusCode() >= SERVER_ERRORS) {
                    throw unclear(reason(answer, body));
                }
                JsonNode status = JSON.readTree(body);
                if (answer.statusCode() < REFUSED && status.path("siteId").isTextual()) {
                    return status;
                }
            }
        } catch (JsonProcessingException e) {
            // said below
        } catch (IOException e) {
            if (!(e.getCause() instanceof ProtocolException)) {
                throw unclear(String.valueOf(e.getMessage()));
            }
        }
        throw new CommandFailure("What answers at " + node.http() + " is not a node of Archipelago; " + instead());
    }

    /** A node that is busy, or stops, may answer so, and so may anything else. */
    private CommandFailure unclear(String why) {
        return new CommandFailure("What answers at " + node.http() + " does not say whose node it is (" + why
                + "). If it is the node of site " + node.site() + ", it is busy: try again in a moment. Else "
                + instead());
    }

    private String instead() {
        return "stop it, or give site " + node.site() + " another http.port in " + node.configuration() + ".";
    }

    private void requireOwn(JsonNode status) {
        String answering = status.path("siteId").asText();
        String own = ownId();
        if (!answering.equals(own)) {
            throw new CommandFailure("The node that answers at " + node.http() + " is that of another site ("
                    + status.path("site").asText() + ", " + answering + "), not the one of " + node.data()
                    + (own.isEmpty() ? ", which holds no archive yet" : " (" + own + ")")
                    + "; nothing was done. Stop it, or give one of them another http.port.");
        }
    }

    private String ownId() {
        try {
            return SiteId.parse(Files.readString(node.data().resolve("site-id")).strip())
                    .toString();
        } catch (NoSuchFileException | IllegalArgumentException e) {
            return "";
        } catch (IOException e) {
            throw closed();
        }
    }

    JsonNode get(String path) {
        return json("GET", path);
    }

    JsonNode post(String path) {
        return json("POST", path);
    }

    JsonNode delete(String path) {
        return json("DELETE", path);
    }

    /** From now on as somebody who may read the node's data directory. @throws CommandFailure it cannot be read here */
    NodeApi asOperator() {
        try {
            authorization = Optional.of(OperatorToken.authorization(node.data()));
            return this;
        } catch (IOException e) {
            throw closed();
        }
    }

    private CommandFailure closed() {
        return new CommandFailure("Only who may read " + node.data() + " may do this; run it as the node's user.");
    }

    JsonNode post(String path, byte[] body) {
        return json("POST", path, HttpRequest.BodyPublishers.ofByteArray(body));
    }

    private JsonNode json(String method, String path) {
        return json(method, path, HttpRequest.BodyPublishers.noBody());
    }

    /** @throws CommandFailure the node refuses, with its reason, or is not there any more */
    private JsonNode json(String method, String path, HttpRequest.BodyPublisher content) {
        try {
            HttpResponse<InputStream> answer = send(method, path, content);
            try (InputStream body = answer.body()) {
                if (answer.statusCode() >= REFUSED) {
                    throw new CommandFailure("The node refuses: " + reason(answer, body));
                }
                return JSON.readTree(body);
            }
        } catch (JsonProcessingException e) {
            throw new CommandFailure("What answers at " + node.http() + " is not a node of Archipelago.");
        } catch (IOException e) {
            throw new CommandFailure("The node at " + node.http() + " did not answer as expected: " + e.getMessage());
        }
    }

    /** As {@link #get}. @throws IOException the node refuses, with its reason */
    JsonNode read(String path) throws IOException {
        try (InputStream body = open(path)) {
            return JSON.readTree(body);
        }
    }

    /** The body of a good answer. @throws IOException the node refuses, with its reason */
    InputStream open(String path) throws IOException {
        HttpResponse<InputStream> answer = send("GET", path, HttpRequest.BodyPublishers.noBody());
        if (answer.statusCode() >= REFUSED) {
            try (InputStream body = answer.body()) {
                throw new IOException(reason(answer, body));
            }
        }
        return answer.body();
    }

    private HttpResponse<InputStream> send(String method, String path, HttpRequest.BodyPublisher content)
            throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.http() + path))
                .method(method, content)
                .timeout(ANSWERING);
        authorization.ifPresent(value -> request.header("Authorization", value));
        try {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (ConnectException | HttpConnectTimeoutException e) {
            throw new NobodyThereException(node);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("Interrupted.", 130);
        }
    }

    private static String reason(HttpResponse<?> answer, InputStream body) throws IOException {
        byte[] text = body.readNBytes(1 << 16);
        try {
            String detail = JSON.readTree(text).path("detail").asText();
            if (!detail.isEmpty()) {
                return detail;
            }
        } catch (JsonProcessingException e) {
            // not a problem document; the status says what there is to say
        }
        return "HTTP status " + answer.statusCode();
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    /** Nothing listens at the node's address. */
    static final class NobodyThereException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NobodyThereException(NodeAddress node) {
            super("nothing listens at " + node.http());
        }
    }
}
