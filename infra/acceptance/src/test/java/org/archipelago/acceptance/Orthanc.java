package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.archipelago.testing.LoopbackPorts;
import org.awaitility.Awaitility;

/** Debian's Orthanc with its DICOMweb plugin, on loopback. Ports are known before it runs, so that a node can know it. */
final class Orthanc implements AutoCloseable {
    static final String TITLE = "ORTHANC";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path home;
    private final int dicomPort = LoopbackPorts.free();
    private final int httpPort = LoopbackPorts.free();
    private Process process;

    Orthanc(Path home) {
        this.home = Directories.fresh(home);
    }

    NodeProcess.Remote remote() {
        return new NodeProcess.Remote(TITLE, dicomPort);
    }

    Orthanc start(NodeProcess node) throws IOException {
        Path configuration = home.resolve("orthanc.json");
        Files.writeString(configuration, """
                {
                  "Name": "peer",
                  "StorageDirectory": "%1$s/storage", "IndexDirectory": "%1$s/storage",
                  "HttpPort": %2$d, "DicomPort": %3$d, "DicomAet": "%4$s",
                  "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
                  "DicomModalities": { "node": { "AET": "%5$s", "Host": "127.0.0.1", "Port": %6$d, "AllowTranscoding": false } },
                  "DicomWeb": { "Enable": true, "Root": "/dicom-web/", "Servers": { "node": { "Url": "%7$s" } } },
                  "Plugins": [ "/usr/share/orthanc/plugins" ],
                  "KeepAlive": false, "OverwriteInstances": true, "StoreMD5ForAttachments": false
                }
                """.formatted(
                        home, httpPort, dicomPort, TITLE, NodeProcess.TITLE, node.dicomPort(), node.dicomWeb("/")));
        process = Program.of("Orthanc", configuration.toString()).in(home).start(home.resolve("orthanc.log"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> Ports.answers(httpPort) && Ports.answers(dicomPort));
        return this;
    }

    /** Uploads a file and returns the identifier of the instance in Orthanc. */
    String upload(byte[] file) {
        return request("POST", "/instances", HttpRequest.BodyPublishers.ofByteArray(file))
                .path("ID")
                .asText();
    }

    JsonNode post(String path, String json) {
        return request("POST", path, HttpRequest.BodyPublishers.ofString(json));
    }

    JsonNode get(String path) {
        return request("GET", path, HttpRequest.BodyPublishers.noBody());
    }

    /** Every object that it holds, by SOP Instance UID. */
    Map<String, byte[]> all() {
        Map<String, byte[]> all = new HashMap<>();
        for (JsonNode instance : get("/instances?expand&since=0&limit=100000")) {
            all.put(
                    instance.path("MainDicomTags").path("SOPInstanceUID").asText(),
                    file(instance.path("ID").asText()));
        }
        return all;
    }

    byte[] file(String instance) {
        return bytes("GET", "/instances/" + instance + "/file", HttpRequest.BodyPublishers.noBody());
    }

    @Override
    public void close() {
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                Program.killTree(process);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Program.killTree(process);
        }
    }

    private JsonNode request(String method, String path, HttpRequest.BodyPublisher body) {
        try {
            return JSON.readTree(bytes(method, path, body));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private byte[] bytes(String method, String path, HttpRequest.BodyPublisher body) {
        URI uri = URI.create("http://127.0.0.1:" + httpPort + path);
        // One for each request: Orthanc closes a connection without saying so, and nobody sends a POST twice.
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            HttpResponse<byte[]> response = http.send(
                    HttpRequest.newBuilder(uri)
                            .method(method, body)
                            .timeout(Duration.ofSeconds(60))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() != 200) {
                throw new AssertionError("Orthanc answered " + response.statusCode() + " to " + path + ": "
                        + new String(response.body(), java.nio.charset.StandardCharsets.UTF_8) + "\n"
                        + Program.text(home.resolve("orthanc.log")));
            }
            return response.body();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
