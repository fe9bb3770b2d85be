package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** pydicom, dciodvfy, dcmjs-dimse and dicomweb-client, each with a script of its own beside this test. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScriptedPeersIT {
    private static final String NATIVE =
            "multipart/related; type=\"application/dicom\"; transfer-syntax=" + DicomFile.EXPLICIT;

    @TempDir
    static Path home;

    private final List<PhantomObject> images = Samples.ofSeveralKinds("scripted");
    private NodeProcess node;

    @BeforeAll
    void start() throws Exception {
        node = NodeProcess.configured(
                        home.resolve("node"), SharedElasticsearch.get().url())
                .shortLived()
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
        for (PhantomObject image : images) {
            comparison.add(image.sopInstanceUid().value(), image.file(), part10(image));
        }
        assertThat(comparison.differences()).isEmpty();
    }

    @Test
    void dciodvfy_findsNoNewErrorInWhatWeDecoded() throws Exception {
        List<String> worse = new ArrayList<>();
        for (Compressed compressed : compressed()) {
            DicomFile sent = DicomFile.read(compressed.file());
            assertThat(sent.transferSyntax()).startsWith(compressed.syntax());
            Samples.storeAll(node, List.of(sent));
            byte[] decoded = part10(compressed.original(), NATIVE);
            assertThat(DicomFile.of("decoded", decoded).transferSyntax()).isEqualTo(DicomFile.EXPLICIT);
            Set<String> fresh = errors(decoded);
            fresh.removeAll(errors(Files.readAllBytes(compressed.file())));
            fresh.forEach(error -> worse.add(compressed.file().getFileName() + ": " + error));
        }
        assertThat(worse).isEmpty();
    }

    /** An image, its file as another program compressed it, and how the UID of the transfer syntax begins. */
    private record Compressed(PhantomObject original, Path file, String syntax) {}

    private static List<Compressed> compressed() {
        return List.of(
                compressed(Samples.ct("rle", 1).getFirst(), "1.2.840.10008.1.2.5", "dcmcrle"),
                compressed(Samples.ultrasound("rle", 1).getFirst(), "1.2.840.10008.1.2.5", "dcmcrle"),
                compressed(Samples.mr("jpegls", 1).getFirst(), "1.2.840.10008.1.2.4.80", "dcmcjpls", "+el"),
                compressed(Samples.radiograph("jpeg").getFirst(), "1.2.840.10008.1.2.4.70", "dcmcjpeg", "+e1"),
                compressed(Samples.ultrasound("j2k", 1).getFirst(), "1.2.840.10008.1.2.4.90", "gdcmconv", "--j2k"),
                compressed(Samples.ct("j2k", 1).getFirst(), "1.2.840.10008.1.2.4.90", "gdcmconv", "--j2k"));
    }

    @Test
    void textOfEveryCharacterSet_isReadAndFoundAsPydicomReadsIt() throws Exception {
        Path files = Files.createDirectories(home.resolve("charset-files"));
        Path metadata = Files.createDirectories(home.resolve("charset-metadata"));
        DicomWeb web = new DicomWeb(node);
        for (CharacterSetExample example : CharacterSetExample.ALL) {
            DicomFile sent = example.object();
            Samples.storeAll(node, List.of(sent));
            DicomFile returned = web.retrieve("/studies/" + example.study()).getFirst();
            assertThat(returned.sha256()).isEqualTo(sent.sha256());
            JsonNode header = web.metadata("/studies/" + example.study()).get(0);
            JsonNode name = header.path("00100010").path("Value").path(0);
            assertThat(Stream.of("Alphabetic", "Ideographic", "Phonetic")
                            .map(group -> name.path(group).asText("")))
                    .as(example.section())
                    .containsExactlyElementsOf(example.groups());
            assertThat(DicomWeb.value(header, "00104000").stripTrailing())
                    .as(example.section())
                    .isEqualTo(example.text().stripTrailing());
            Files.write(files.resolve(returned.sopInstance()), returned.part10());
            Files.writeString(metadata.resolve(returned.sopInstance()), header.toString());
        }
        assertThat(Program.of(
                                "/usr/bin/python3",
                                Checkout.resource("pydicom/metadata.py").toString())
                        .with(files.toString(), metadata.toString())
                        .run()
                        .succeeded()
                        .output())
                .startsWith("compared " + CharacterSetExample.ALL.size() + " instances");
        for (CharacterSetExample example : CharacterSetExample.ALL) {
            for (String group :
                    example.groups().stream().filter(text -> !text.isEmpty()).toList()) {
                List<String> expected = CharacterSetExample.ALL.stream()
                        .filter(other -> other.groups().contains(group))
                        .map(CharacterSetExample::study)
                        .toList();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(web.search(
                                        "/studies?PatientName=" + URLEncoder.encode(group, StandardCharsets.UTF_8)))
                                .as(group)
                                .extracting(match -> DicomWeb.value(match, "0020000D"))
                                .containsExactlyInAnyOrderElementsOf(expected));
            }
        }
    }

    private static Compressed compressed(PhantomObject image, String syntax, String... compressor) {
        Path plain = Samples.write(home.resolve("plain"), image);
        Path file =
                plain.resolveSibling(compressor[0] + "-" + image.sopClassUid().value() + ".dcm");
        Program.of(compressor).with(plain.toString(), file.toString()).run().succeeded();
        return new Compressed(image, file, syntax);
    }

    @Test
    void dcmjsDimse_echoesStoresFindsAndGets() throws Exception {
        PhantomObject own = Samples.ct("dcmjs", 1).getFirst();
        Path file = Samples.write(home.resolve("dcmjs"), own);
        Program.Ended ended = node(
                "dimse.cjs",
                Integer.toString(node.dicomPort()),
                file.toString(),
                own.study().value());
        assertThat(ended.output().lines())
                .contains(
                        "echo ok",
                        "store ok",
                        "find 1",
                        "found Smith^John^Q DEMO-1004 " + own.study().value() + " 1",
                        "get 1",
                        "got Smith^John^Q " + own.study().value() + " "
                                + own.series().value() + " "
                                + own.sopInstanceUid().value(),
                        "pixels " + pixelDigest(own, 1, 2 * Samples.EDGE_PIXELS * Samples.EDGE_PIXELS));
    }

    @Test
    void dicomwebClient_searchesRetrievesAndStores() throws Exception {
        PhantomObject own = Samples.ultrasound("webclient", 1).getFirst();
        Path file = Samples.write(home.resolve("webclient"), own);
        Program.Ended ended = node(
                "dicomweb.cjs",
                node.dicomWeb("").toString(),
                file.toString(),
                own.study().value());
        assertThat(ended.output().lines())
                .contains(
                        "store ok",
                        "search 1",
                        "found Nováková^Jiřina DEMO-1003 " + own.study().value() + " 1",
                        "series 1",
                        "found " + own.series().value() + " US 1",
                        "metadata 1",
                        "described Nováková^Jiřina " + own.study().value() + " "
                                + own.series().value() + " "
                                + own.sopInstanceUid().value(),
                        "dataset " + DicomFile.sha256(own.dataset()),
                        "frames 1",
                        "pixels " + pixelDigest(own, 2, 240 * 320 * 3));
    }

    /** Of the first frame; frames are the last of a phantom. */
    private static String pixelDigest(PhantomObject image, int frames, int frameBytes) {
        byte[] dataset = image.dataset();
        int from = dataset.length - frames * frameBytes;
        return DicomFile.sha256(Arrays.copyOfRange(dataset, from, from + frameBytes));
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

    private byte[] part10(PhantomObject image) {
        return part10(image, Multipart.ANY_DICOM);
    }

    private byte[] part10(PhantomObject image, String accept) {
        List<byte[]> parts = Multipart.parts(node.get(
                node.dicomWeb("/studies/" + image.study().value() + "/series/"
                        + image.series().value() + "/instances/"
                        + image.sopInstanceUid().value()),
                "Accept",
                accept));
        assertThat(parts).hasSize(1);
        return parts.getFirst();
    }

    /** Of a validator that knew by which definition to check it. */
    private Set<String> errors(byte[] file) throws IOException {
        Path path = Files.write(home.resolve("checked.dcm"), file);
        return Dciodvfy.errors(path).orElseThrow(() -> new AssertionError("dciodvfy checked nothing"));
    }
}
