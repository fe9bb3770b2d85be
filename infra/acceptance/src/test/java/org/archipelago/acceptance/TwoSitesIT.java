package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two packaged nodes, introduced to each other on the command line, by the files that people carry. */
class TwoSitesIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Pattern FINGERPRINT = Pattern.compile("([0-9a-f]{4} ){15}[0-9a-f]{4}");

    @TempDir
    Path home;

    private NodeProcess node(String name) throws IOException {
        return NodeProcess.configured(
                        home.resolve(name), SharedElasticsearch.get().url())
                .ofSite(name)
                .configure("federation: { address: 127.0.0.1, port: " + LoopbackPorts.free() + " }")
                .shortLived()
                .start();
    }

    private static String run(NodeProcess node, String... arguments) {
        Program program = Program.of(Checkout.file("archipelago").toString())
                .with(arguments)
                .with("--config", node.configuration().toString())
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .environment("ARCHIPELAGO_BUILD", "never")
                .environment("ARCHIPELAGO_JAVA_OPTS", ShortLived.JAVA_OPTS)
                .within(Duration.ofMinutes(2));
        Program.Ended ended = program.run();
        ended.succeeded();
        return ended.output();
    }

    private static String fingerprint(String said) {
        Matcher found = FINGERPRINT.matcher(said);
        assertThat(found.find()).as(said).isTrue();
        return found.group();
    }

    private static JsonNode status(NodeProcess node) throws IOException {
        return new ObjectMapper().readTree(node.get(node.http("/api/status")).body());
    }

    @Test
    void studyThatIsStoredAtOneSite_isInTheLogOfTheOtherByteForByte() throws IOException {
        String stream;
        SiteId origin;
        NodeProcess north = node("north");
        NodeProcess harbor = node("harbor");
        try (north;
                harbor) {
            Path invitation = home.resolve("north.site");
            Path reply = home.resolve("harbor.site");
            String northPrint = fingerprint(run(north, "peer", "invite", "--to", invitation.toString()));
            run(harbor, "peer", "accept", invitation.toString(), "--fingerprint", northPrint, "--to", reply.toString());
            String harborPrint = fingerprint(status(harbor).path("fingerprint").asText());
            run(north, "peer", "accept", reply.toString(), "--fingerprint", harborPrint);
            assertThat(run(north, "peer", "list")).contains(harborPrint);

            PhantomObject phantom = Samples.radiograph("two-sites").getFirst();
            new Dcmtk(north)
                    .store(Samples.facts(phantom), Samples.write(home.resolve("out"), phantom))
                    .succeeded();
            await().atMost(SOON).untilAsserted(() -> {
                JsonNode at = status(north);
                assertThat(at.path("recordsNotSigned").asText()).isEqualTo("0");
                assertThat(status(harbor).path("peer north").asText())
                        .isEqualTo("answers, " + at.path("recordsSigned").asText() + " records here, 0 behind");
            });
            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertShownOrToldToBeMissing(harbor, phantom.study().value()));
            origin = SiteId.parse(status(north).path("siteId").asText());
            Path proofs = home.resolve("proofs");
            run(north, "prove", "--study", phantom.study().value(), "--to", proofs.toString());
            String checked = run(north, "prove", "--check", proofs.toString(), "--fingerprint", northPrint);
            Matcher named = Pattern.compile("stream\\s+(\\S+)").matcher(checked);
            assertThat(named.find()).as(checked).isTrue();
            stream = named.group(1);
        }
        List<StoredRecord> written = records(north, origin);
        List<StoredRecord> replicated = records(harbor, origin);
        assertThat(replicated).hasSizeGreaterThan(3);
        assertThat(written.stream().limit(replicated.size()).map(StoredRecord::record))
                .containsExactlyElementsOf(
                        replicated.stream().map(StoredRecord::record).toList());
        assertThat(replicated).anySatisfy(record -> {
            assertThat(record.record().header().stream().value()).isEqualTo(stream);
            assertThat(record.record().body()).isNotEmpty();
        });
    }

    /** In the view of all sites only; what no key opens there is announced as missing. */
    private static void assertShownOrToldToBeMissing(NodeProcess node, String study) throws IOException {
        HttpResponse<byte[]> network = node.get(node.http("/network/dicom-web/studies?StudyInstanceUID=" + study));
        assertThat(network.statusCode()).isEqualTo(200);
        assertThat(network.headers().firstValue("Archipelago-Completeness").orElseThrow())
                .contains("\"north\"", "reachable=?1");
        boolean isShown = new String(network.body(), StandardCharsets.UTF_8).contains(study);
        boolean isTold = network.headers().allValues("Warning").stream().anyMatch(text -> text.contains("north: "));
        assertThat(isShown || isTold).isTrue();
        assertThat(new DicomWeb(node).search("/studies?StudyInstanceUID=" + study))
                .isEmpty();
    }

    private static List<StoredRecord> records(NodeProcess node, SiteId origin) {
        assertThat(Files.exists(node.data().resolve("log"))).isTrue();
        List<StoredRecord> all = new ArrayList<>();
        try (RocksEventLog log = RocksEventLog.openReadOnly(node.data().resolve("log"))) {
            List<StoredRecord> chunk = log.readOrigin(origin, new OriginPosition(0), 256);
            while (!chunk.isEmpty()) {
                all.addAll(chunk);
                chunk = log.readOrigin(origin, new OriginPosition(all.size()), 256);
            }
        }
        return all;
    }
}
