package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the packaged program says when it cannot start. */
class StartIT {
    @TempDir
    Path home;

    @Test
    void httpPortInUse_isToldInOneLineWithTheEntry() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(start(LoopbackPorts.free(), taken.getLocalPort()))
                    .hasLineCount(1)
                    .contains("HTTP port " + taken.getLocalPort() + " is in use", "http.port");
        }
    }

    @Test
    void dicomPortInUse_isToldInOneLineWithTheEntry() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(start(taken.getLocalPort(), LoopbackPorts.free()))
                    .hasLineCount(1)
                    .contains(":" + taken.getLocalPort(), "dicom.listeners");
        }
    }

    @Test
    void negativeNumber_isToldInOneLineWithTheEntry() throws IOException {
        assertThat(start(LoopbackPorts.free(), -1)).hasLineCount(1).contains("http.port is -1");
    }

    /** @return all that it says until it gives up */
    private String start(int dicomPort, int httpPort) throws IOException {
        Path configuration = Files.writeString(home.resolve("node.yaml"), """
                data: data
                dicom: { listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ] }
                http: { port: %d }
                elasticsearch: { url: "%s", indexPrefix: %s }
                """.formatted(
                dicomPort, httpPort, SharedElasticsearch.get().url(), "it" + Long.toHexString(System.nanoTime())));
        Program.Ended ended = Program.of(Checkout.file("archipelago").toString(), "start")
                .with("--config", configuration.toString())
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .environment("ARCHIPELAGO_BUILD", "never")
                .environment("ARCHIPELAGO_JAVA_OPTS", ShortLived.JAVA_OPTS)
                .within(Duration.ofMinutes(2))
                .run();
        assertThat(ended.status()).as(ended.output()).isEqualTo(1);
        return ended.output()
                .lines()
                // The launcher's word, and what goes on beside the failure.
                .filter(line -> !line.contains("quick start") && !line.contains(" level=INFO "))
                .collect(java.util.stream.Collectors.joining("\n"));
    }
}
