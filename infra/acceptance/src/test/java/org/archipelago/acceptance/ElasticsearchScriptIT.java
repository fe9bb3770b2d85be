package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code infra/elasticsearch/elasticsearch} in a directory that others cannot reach, as root's home is. */
class ElasticsearchScriptIT {
    private static final Duration LIMIT = Duration.ofMinutes(6);

    private final HttpClient http = HttpClient.newHttpClient();
    private final int port = LoopbackPorts.free();
    private Path closed;
    private String path;

    @BeforeEach
    void makeDirectory() throws IOException {
        closed = Files.createTempDirectory(Path.of("/var/tmp"), "archipelago-closed"); // of mode 0700
        path = pathWithoutCurl();
    }

    @AfterEach
    void clear() {
        script("remove").succeeded();
        Directories.delete(closed);
    }

    /** As if there were none: a fresh Debian has no curl. */
    private String pathWithoutCurl() throws IOException {
        Path fake = Files.createDirectories(closed.resolve("bin")).resolve("curl");
        Files.writeString(fake, "#!/bin/sh\nexit 127\n");
        Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwxr-xr-x"));
        return fake.getParent() + ":" + System.getenv("PATH");
    }

    @Test
    void removed_isForgottenWhereverItWasKept() throws Exception {
        script("start", "--port", Integer.toString(port), "--brief").succeeded();
        assertThat(index("PUT")).isEqualTo(200);
        String status = script("status").output();
        Path kept = Path.of(status.substring(status.indexOf(" data ") + 6).strip());
        assertThat(kept.resolve("data")).isDirectory();
        // Of its launcher, which would leave it in /tmp.
        assertThat(kept.resolve("tmp")).isDirectoryContaining("glob:**/final-flags*");

        script("remove").succeeded();

        assertThat(script("status").status()).isEqualTo(3);
        assertThat(Ports.answers(port)).isFalse();
        assertThat(kept).doesNotExist();
        script("start", "--port", Integer.toString(port), "--brief").succeeded();
        assertThat(index("GET")).isEqualTo(404);
    }

    @Test
    void directoryThatIsNotElasticsearchs_isLeftAlone() throws Exception {
        Path data = Files.createDirectories(closed.resolve("elasticsearch/data"));
        Files.writeString(data.resolve("thesis"), "x");

        script("remove").succeeded();

        assertThat(data.resolve("thesis")).exists();
    }

    private int index(String method) throws Exception {
        return http.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/foreign"))
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private Program.Ended script(String verb, String... more) {
        return Program.of(Checkout.file("infra/elasticsearch/elasticsearch").toString(), verb)
                .with("--data", closed.resolve("elasticsearch").toString())
                .with(more)
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .environment("PATH", path)
                .within(LIMIT)
                .run();
    }
}
