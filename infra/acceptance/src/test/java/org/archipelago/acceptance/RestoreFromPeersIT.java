package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two packaged nodes, of which one burns down and is brought back on the command line. */
class RestoreFromPeersIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Pattern FINGERPRINT = Pattern.compile("([0-9a-f]{4} ){15}[0-9a-f]{4}");

    @TempDir
    Path home;

    private NodeProcess node(String name, String federation) throws IOException {
        return NodeProcess.configured(
                        home.resolve(name), SharedElasticsearch.get().url())
                .ofSite(name)
                .configure("federation: { address: 127.0.0.1, port: " + LoopbackPorts.free() + ", " + federation + " }")
                .shortLived()
                .start();
    }

    private static Program.Ended run(NodeProcess node, String... arguments) {
        return Program.of(Checkout.file("archipelago").toString())
                .with(arguments)
                .with("--config", node.configuration().toString())
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .environment("ARCHIPELAGO_BUILD", "never")
                .environment("ARCHIPELAGO_JAVA_OPTS", ShortLived.JAVA_OPTS)
                .within(Duration.ofMinutes(2))
                .run();
    }

    private static String said(NodeProcess node, String... arguments) {
        Program.Ended ended = run(node, arguments);
        ended.succeeded();
        return ended.output();
    }

    private static String fingerprint(String text) {
        Matcher found = FINGERPRINT.matcher(text);
        assertThat(found.find()).as(text).isTrue();
        return found.group();
    }

    private static JsonNode json(NodeProcess node, String path) throws IOException {
        return new ObjectMapper().readTree(node.get(node.http(path)).body());
    }

    private void introduce(NodeProcess north, NodeProcess harbor) throws IOException {
        Path invitation = home.resolve("north.site");
        Path reply = home.resolve("harbor.site");
        String northPrint = fingerprint(said(north, "peer", "invite", "--to", invitation.toString()));
        said(harbor, "peer", "accept", invitation.toString(), "--fingerprint", northPrint, "--to", reply.toString());
        String harborPrint =
                fingerprint(json(harbor, "/api/status").path("fingerprint").asText());
        said(north, "peer", "accept", reply.toString(), "--fingerprint", harborPrint);
    }

    /** What stays of a site that burns down. */
    private Path lose(NodeProcess node) throws IOException {
        Path kept = Files.createDirectories(home.resolve("kept"));
        try (Stream<Path> files = Files.list(node.data().resolve("identity"))) {
            for (Path file : files.toList()) {
                Files.copy(file, kept.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        try (Stream<Path> all = Files.walk(node.data())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        return kept;
    }

    @Test
    void siteThatBurntDown_isFoundAndOpensAgainFromItsPeerAndItsIdentity() throws IOException {
        NodeProcess north = node("north", "copies: { wanted: 2 }");
        NodeProcess harbor = node("harbor", "copies: { capacityBytes: 1000000000 }");
        try (north;
                harbor) {
            introduce(north, harbor);
            PhantomObject phantom = Samples.radiograph("restored").getFirst();
            new Dcmtk(north)
                    .store(Samples.facts(phantom), Samples.write(home.resolve("out"), phantom))
                    .succeeded();
            String study = phantom.study().value();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(json(north, "/api/studies/" + study + "/copies")
                                    .path("whole")
                                    .asInt())
                            .isEqualTo(2));
            await().atMost(SOON).untilAsserted(() -> {
                JsonNode at = json(north, "/api/status");
                assertThat(at.path("recordsNotSigned").asText()).isEqualTo("0");
                assertThat(json(harbor, "/api/status").path("peer north").asText())
                        .isEqualTo("answers, " + at.path("recordsSigned").asText() + " records here, 0 behind");
            });
            north.stop();
            Path identity = lose(north);

            Program.Ended nobody = run(north, "restore", "--from", "valley", "--identity", identity.toString());
            assertThat(nobody.status()).isEqualTo(1);
            assertThat(nobody.output()).contains("no peer valley");
            String report = said(north, "restore", "--from", "harbor", "--identity", identity.toString());
            assertThat(report)
                    .contains("archipelago recovery report 1", "lost-records 0", "blobs 1", "blobs-at-no-holder 0");

            harbor.stop();
            north.start();
            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(new DicomWeb(north).search("/studies?StudyInstanceUID=" + study))
                            .hasSize(1));
            assertThat(new DicomWeb(north).retrieve("/studies/" + study)).hasSize(1);
        }
    }
}
