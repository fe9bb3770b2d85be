package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.archipelago.acceptance.DataTable.Answer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file of the real data into an empty node by a sender that changes nothing; and every version that the table says is
 * kept out again, by every way, byte for byte.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealDataIT {
    private static final int UIDS_AT_ONCE = 20;

    @TempDir
    static Path home;

    private List<DicomFile> files;
    private NodeProcess node;
    private Dcmtk.Receiver receiver;
    private RawStoreScp rawReceiver;
    private Orthanc orthanc;
    private DataTable table;
    private Holdings holdings;

    @BeforeAll
    void send() throws Exception {
        files = RealData.files();
        receiver = Dcmtk.receiver(home.resolve("moved"), "DEST");
        rawReceiver = new RawStoreScp("RAWDEST");
        orthanc = new Orthanc(home.resolve("orthanc"));
        node = NodeProcess.configured(
                        home.resolve("node"),
                        SharedElasticsearch.get().url(),
                        receiver.remote(),
                        rawReceiver.remote(),
                        orthanc.remote())
                .thatGivesOutQuarantined()
                .shortLived()
                .start();
        orthanc.start(node);
        table = new DataTable(node, "raw");
        table.send(files, this::raw);
        holdings = table.holdings(files);
    }

    @AfterAll
    void stop() throws IOException {
        if (node == null) {
            return;
        }
        node.close();
        receiver.close();
        rawReceiver.close();
        orthanc.close();
        node.assertLogTellsNothingOf(files);
    }

    @Test
    void outcomes_areAsExpected() throws Exception {
        table.compare();
        new Dcmtk(node).echo().succeeded();
    }

    @Test
    void wado_returnsAllVersions() {
        HoldingsCheck.assertWadoReturnsAllVersions(node, holdings);
    }

    @Test
    void quarantine_holdsWhatTheTableSays() {
        HoldingsCheck.assertQuarantineHolds(node, holdings);
    }

    @Test
    void verification_readsAsManyBlobsAsThereAreVersions() {
        HttpResponse<byte[]> started = node.send(HttpRequest.newBuilder(node.http("/api/verify"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
        String job = DicomWeb.json(started, "verify").path("id").asText();
        JsonNode ended = Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(
                        () -> DicomWeb.json(
                                node.send(HttpRequest.newBuilder(node.http("/api/jobs/" + job))
                                        .build()),
                                "job"),
                        report -> !report.path("state").asText().equals("running"));
        assertThat(ended.path("state").asText()).as(ended.toString()).isEqualTo("done");
        JsonNode verified = ended.path("result");
        int versions = holdings.quarantined().size()
                + holdings.instances().values().stream().mapToInt(List::size).sum();
        assertThat(verified.path("defects").isArray()).isTrue();
        assertThat(verified.path("defects")).isEmpty();
        assertThat(verified.path("blobs").asInt()).isEqualTo(versions);
    }

    /** Studies of one transfer syntax many at once; of the others, the instances of each series and syntax. */
    @Test
    void getscu_returnsTheBytes() {
        List<DicomFile> stored = holdings.current();
        Map<String, Set<String>> syntaxes = new HashMap<>();
        stored.forEach(file -> syntaxes.computeIfAbsent(file.studyInstance(), _ -> new TreeSet<>())
                .add(file.transferSyntax()));
        Map<String, List<DicomFile>> uniform = new TreeMap<>();
        Map<String, List<DicomFile>> mixed = new TreeMap<>();
        for (DicomFile file : stored) {
            if (!Dcmtk.gets(file)) {
                continue;
            }
            boolean alone = syntaxes.get(file.studyInstance()).size() == 1;
            String key = alone
                    ? file.transferSyntax()
                    : String.join("\n", file.studyInstance(), file.seriesInstance(), file.transferSyntax());
            (alone ? uniform : mixed)
                    .computeIfAbsent(key, _ -> new ArrayList<>())
                    .add(file);
        }
        assertThat(uniform).as("transfer syntaxes that getscu proposes").hasSizeGreaterThan(5);
        uniform.values().forEach(files -> {
            Map<String, List<DicomFile>> studies = HoldingsCheck.byStudy(files);
            for (List<String> some : chunks(studies.keySet())) {
                List<DicomFile> group =
                        some.stream().flatMap(uid -> studies.get(uid).stream()).toList();
                assertGet(group, "STUDY", "0020,000D=" + String.join("\\", some));
            }
        });
        mixed.values()
                .forEach(group -> assertGet(
                        group,
                        "IMAGE",
                        "0020,000D=" + group.getFirst().studyInstance(),
                        "0020,000E=" + group.getFirst().seriesInstance(),
                        "0008,0018="
                                + group.stream().map(DicomFile::sopInstance).collect(Collectors.joining("\\"))));
    }

    private void assertGet(List<DicomFile> group, String level, String... keys) {
        Path into = Directories.fresh(home.resolve("got"));
        String said = new Dcmtk(node)
                .get(into, group.getFirst().transferSyntax(), level, keys)
                .output();
        Set<String> wanted = group.stream().map(DicomFile::sopInstance).collect(Collectors.toSet());
        List<DicomFile> got = Directories.files(into).stream()
                .map(DicomFile::read)
                .filter(file -> wanted.contains(file.sopInstance()))
                .toList();
        HoldingsCheck.assertSame(
                group, got, "C-GET of " + List.of(keys) + "\n" + said.substring(Math.max(0, said.length() - 2000)));
    }

    @Test
    void move_toStorescp_deliversTheBytes() {
        Dcmtk dcmtk = new Dcmtk(node);
        List<DicomFile> stored = holdings.current();
        for (List<String> some : chunks(HoldingsCheck.byStudy(stored).keySet())) {
            dcmtk.move("DEST", "STUDY", "0020,000D=" + String.join("\\", some));
        }
        List<DicomFile> known = stored.stream().filter(Dcmtk::receives).toList();
        Set<String> wanted = known.stream().map(DicomFile::sopInstance).collect(Collectors.toSet());
        HoldingsCheck.assertSame(
                known,
                receiver.received().stream()
                        .filter(file -> wanted.contains(file.sopInstance()))
                        .toList(),
                "C-MOVE to storescp");
    }

    /** Everything that is current, also what DCMTK has no name for. */
    @Test
    void rawRetrieval_returnsTheBytesOfAll() throws IOException {
        Map<String, List<DicomFile>> studies = HoldingsCheck.byStudy(holdings.current());
        RawRetrieveScu scu = new RawRetrieveScu(node.dicomPort());
        List<DicomFile> all = new ArrayList<>();
        for (List<String> some : chunks(studies.keySet())) {
            List<DicomFile> group =
                    some.stream().flatMap(uid -> studies.get(uid).stream()).toList();
            RawRetrieveScu.Retrieved got = scu.get(some, group);
            HoldingsCheck.assertSame(group, got.files(), "C-GET by the raw SCU");
            assertThat(got.status()).isZero();
            assertThat(got.completed()).isEqualTo(group.size());
            RawRetrieveScu.Retrieved moved = scu.move("RAWDEST", some);
            assertThat(moved.status()).isZero();
            assertThat(moved.completed()).isEqualTo(group.size());
            all.addAll(group);
        }
        HoldingsCheck.assertSame(all, rawReceiver.received(), "C-MOVE to the raw SCP");
    }

    @Test
    void move_toOrthanc_isElementEqual() throws Exception {
        Map<String, List<DicomFile>> studies = HoldingsCheck.byStudy(holdings.current());
        RawRetrieveScu scu = new RawRetrieveScu(node.dicomPort());
        // It does not answer to a data set of odd length, and is waited for until it aborts.
        studies.values().removeIf(files -> files.stream().anyMatch(file -> file.dataset().length % 2 != 0));
        for (List<String> some : chunks(studies.keySet())) {
            scu.move(Orthanc.TITLE, some);
        }
        Map<String, byte[]> held = orthanc.all();
        List<String> missing = new ArrayList<>();
        ElementComparison comparison = new ElementComparison(home.resolve("through-orthanc"));
        for (DicomFile file : holdings.current()) {
            byte[] back = held.get(file.sopInstance());
            if (back == null) {
                missing.add(file.name());
            } else {
                comparison.add(file.name(), file.part10(), back);
            }
        }
        assertThat(missing).containsExactlyInAnyOrderElementsOf(Explained.files("orthanc-cannot-hold.tsv"));
        assertThat(comparison.differences()).isEmpty();
    }

    @Test
    void pydicom_readsAllThatWeReturn() throws Exception {
        ElementComparison comparison = new ElementComparison(home.resolve("pydicom"));
        for (DicomFile file : holdings.current()) {
            comparison.add(file.name(), Files.readAllBytes(RealData.directory().resolve(file.name())), returned(file));
        }
        assertThat(comparison.differences())
                .containsExactlyInAnyOrderElementsOf(Explained.files("pydicom-cannot-read.tsv"));
    }

    @Test
    void dciodvfy_findsNoNewErrorInWhatIsDecoded() throws Exception {
        Path original = home.resolve("original.dcm");
        Path decoded = home.resolve("decoded.dcm");
        List<String> worse = new ArrayList<>();
        List<String> notChecked = new ArrayList<>();
        int compared = 0;
        for (DicomFile file : holdings.current()) {
            if (file.transferSyntax().equals(DicomFile.EXPLICIT)) {
                continue; // leaves as it came
            }
            HttpResponse<byte[]> answer = node.send(HttpRequest.newBuilder(node.dicomWeb(path(file)))
                    .header("Accept", "application/dicom; transfer-syntax=" + DicomFile.EXPLICIT)
                    .build());
            if (answer.statusCode() == 406) {
                continue;
            }
            assertThat(answer.statusCode()).as(file.name()).isEqualTo(200);
            Files.write(original, file.part10());
            Files.write(decoded, answer.body());
            Optional<Set<String>> known = Dciodvfy.errors(original);
            Optional<Set<String>> found = Dciodvfy.errors(decoded);
            if (known.isEmpty() || found.isEmpty()) {
                notChecked.add(file.name());
                continue;
            }
            found.get().stream()
                    .filter(error -> !known.get().contains(error))
                    .forEach(error -> worse.add(file.name() + "\t" + error));
            compared++;
        }
        assertThat(compared)
                .as("objects that left in another syntax than they came in")
                .isGreaterThan(50);
        assertThat(notChecked).containsExactlyInAnyOrderElementsOf(Explained.files("dciodvfy-not-checked.tsv"));
        assertThat(Explained.without("dciodvfy-new-errors.tsv", worse)).isEmpty();
    }

    private static String path(DicomFile file) {
        return "/studies/" + file.studyInstance() + "/series/" + file.seriesInstance() + "/instances/"
                + file.sopInstance();
    }

    @Test
    void metadata_hasTheTextThatPydicomReads() throws Exception {
        Path originals = Files.createDirectories(home.resolve("originals"));
        Path metadata = Files.createDirectories(home.resolve("metadata"));
        Map<String, DicomFile> current = new HashMap<>();
        holdings.current().forEach(file -> current.put(file.studyInstance() + " " + file.sopInstance(), file));
        DicomWeb web = new DicomWeb(node);
        for (String study : HoldingsCheck.byStudy(holdings.current()).keySet()) {
            for (JsonNode instance : web.metadata("/studies/" + study)) {
                DicomFile file = current.get(study + " " + DicomWeb.value(instance, "00080018"));
                assertThat(file).as("an instance of " + study).isNotNull();
                String name = file.name().replace('/', '|');
                Files.writeString(metadata.resolve(name), instance.toString());
                Files.write(originals.resolve(name), file.part10());
            }
        }
        List<String> said = Program.of(
                        "/usr/bin/python3",
                        Checkout.resource("pydicom/metadata.py").toString())
                .with(originals.toString(), metadata.toString())
                .within(Duration.ofMinutes(2))
                .run()
                .succeeded()
                .output()
                .lines()
                .toList();
        assertThat(said.getLast()).startsWith("compared " + current.size() + " instances");
        List<String> differences = said.subList(0, said.size() - 1).stream()
                .map(line -> line.replace('|', '/'))
                .toList();
        assertThat(Explained.without("metadata-differences.tsv", differences)).isEmpty();
    }

    private byte[] returned(DicomFile file) {
        List<byte[]> parts = Multipart.parts(node.get(node.dicomWeb(path(file)), "Accept", Multipart.ANY_DICOM));
        assertThat(parts).as(file.name()).hasSize(1);
        return parts.getFirst();
    }

    private Answer raw(DicomFile file) throws IOException {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "RAW", NodeProcess.TITLE, List.of(file))) {
            if (!scu.accepts(file)) {
                return Answer.refused("not accepted");
            }
            RawStoreScu.Response response = scu.store(file);
            return response.isSuccess()
                    ? new Answer("", response.status() == 0 ? "" : response.hex())
                    : Answer.refused("refused " + response.hex());
        }
    }

    private static List<List<String>> chunks(Set<String> uids) {
        List<String> all = List.copyOf(uids);
        List<List<String>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += UIDS_AT_ONCE) {
            chunks.add(all.subList(from, Math.min(all.size(), from + UIDS_AT_ONCE)));
        }
        return chunks;
    }
}
