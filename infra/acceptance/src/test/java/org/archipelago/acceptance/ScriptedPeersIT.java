package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.archipelago.node.cli.phantom.Phantom;
import org.archipelago.node.cli.phantom.Phantoms;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** pydicom, dciodvfy, dcmjs-dimse and dicomweb-client, each with a script of its own beside this test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScriptedPeersIT {
    @TempDir
    static Path home;

    private final List<Phantom> images = new Phantoms("scripted").demo();
    private NodeProcess node;

    @BeforeAll
    void start() throws Exception {
        node = NodeProcess.configured(
                        home.resolve("node"), SharedElasticsearch.get().url())
                .start();
        Samples.storeAll(node, Samples.facts(images));
    }

    @AfterAll
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void pydicom_readsAllThatWeReturn() throws Exception {
        ElementComparison comparison = new ElementComparison(home.resolve("phantoms"));
        for (Phantom image : images) {
            comparison.add(image.sopInstanceUid(), image.file(), part10(image));
        }
        assertThat(comparison.differences()).isEmpty();
    }

    @Test
    void dciodvfy_findsNoNewError() throws Exception {
        List<String> worse = new ArrayList<>();
        for (Phantom image : images.stream()
                .filter(image -> image.sopInstanceUid().hashCode() % 4 == 0)
                .toList()) {
            Set<String> fresh = errors(part10(image));
            fresh.removeAll(errors(image.file()));
            fresh.forEach(error -> worse.add(image.modality() + ": " + error));
        }
        assertThat(worse).isEmpty();
    }

    @Test
    void dcmjsDimse_echoesStoresFindsAndGets() throws Exception {
        Phantom own = new Phantoms("dcmjs").ct(1).getFirst();
        Path file = Samples.write(home.resolve("dcmjs"), own);
        Program.Ended ended = node("dimse.cjs", Integer.toString(node.dicomPort()), file.toString(), own.studyUid());
        assertThat(ended.output()).contains("echo ok", "store ok", "find 1", "get 1");
    }

    @Test
    void dicomwebClient_searchesRetrievesAndStores() throws Exception {
        Phantom own = new Phantoms("webclient").mr(1).getFirst();
        Path file = Samples.write(home.resolve("webclient"), own);
        Program.Ended ended = node("dicomweb.cjs", node.dicomWeb("").toString(), file.toString(), own.studyUid());
        assertThat(ended.output())
                .contains(
                        "store ok", "search 1", "series 1", "metadata 1", "retrieve " + own.file().length, "frame ok");
    }

    private Program.Ended node(String script, String... arguments) {
        Path peers = Peers.installed();
        return Program.of("node", peers.resolve(script).toString())
                .with(arguments)
                .in(peers)
                .within(Duration.ofMinutes(2))
                .run()
                .succeeded();
    }

    private byte[] part10(Phantom image) {
        List<byte[]> parts = Multipart.parts(node.get(
                node.dicomWeb("/studies/" + image.studyUid() + "/series/" + image.seriesUid() + "/instances/"
                        + image.sopInstanceUid()),
                "Accept",
                DicomWeb.ANY_DICOM));
        assertThat(parts).hasSize(1);
        return parts.getFirst();
    }

    private Set<String> errors(byte[] file) throws IOException {
        Path path = Files.write(home.resolve("checked.dcm"), file);
        return Program.of("dciodvfy", path.toString())
                .run()
                .output()
                .lines()
                .filter(line -> line.startsWith("Error"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
