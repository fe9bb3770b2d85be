package org.archipelago.acceptance;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file of the real data into an empty node, by each channel, against the committed table; and out again byte for
 * byte. {@code -Darchipelago.outcomes.write=true} writes the table anew in place of comparing with it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DataTableIT {
    private static final boolean WRITE = Boolean.getBoolean("archipelago.outcomes.write");
    private static final int UIDS_AT_ONCE = 20;
    private static final Duration LONGEST = Duration.ofSeconds(20);

    @TempDir
    Path home;

    private final ExpectedOutcomes actual = new ExpectedOutcomes();

    @AfterAll
    void writeTable() throws IOException {
        if (WRITE) {
            actual.write();
        }
    }

    @Test
    void rawSender_outcomesAreAsExpectedAndBytesComeBack() throws Exception {
        List<DicomFile> files = files();
        try (Dcmtk.Receiver receiver = Dcmtk.receiver(home.resolve("moved"), "DEST");
                NodeProcess node = node("raw", receiver.remote())) {
            run(node, "raw", files, file -> raw(node, file));
            List<DicomFile> stored = assertWadoReturnsTheBytes(node, files);
            assertGetReturnsTheBytes(node, stored);
            assertMoveReturnsTheBytes(node, stored, receiver);
        }
    }

    @Test
    void storescu_outcomesAreAsExpected() throws Exception {
        Path data = Checkout.realData();
        try (NodeProcess node = node("storescu")) {
            Dcmtk dcmtk = new Dcmtk(node);
            run(node, "storescu", files(), file -> {
                String said = dcmtk.store(file, data.resolve(file.name())).output();
                if (said.contains("Received Store Response (Success)")
                        || said.contains("Received Store Response (Warning")) {
                    return "";
                }
                int at = said.indexOf("Store Response");
                return at < 0 ? ExpectedOutcomes.CANNOT_SEND : "refused " + status(said.substring(at));
            });
        }
    }

    @Test
    void stow_outcomesAreAsExpectedAndBytesComeBack() throws Exception {
        Path data = Checkout.realData();
        List<DicomFile> files = files();
        try (NodeProcess node = node("stow")) {
            DicomWeb web = new DicomWeb(node);
            run(node, "stow", files, file -> stow(web.store(Files.readAllBytes(data.resolve(file.name())))));
            assertWadoReturnsTheBytes(node, files);
        }
    }

    /** Sends one file. */
    private interface Channel {
        /** @return empty when it was acknowledged, else how it was refused */
        String send(DicomFile file) throws IOException;
    }

    private void run(NodeProcess node, String name, List<DicomFile> files, Channel channel) throws IOException {
        IngestCounters counters = new IngestCounters(node);
        for (DicomFile file : files) {
            long began = System.nanoTime();
            String refused = channel.send(file);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as(file.name())
                    .isLessThan(LONGEST);
            actual.put(file.name(), name, refused.isEmpty() ? counters.outcome() : refused);
        }
        new Dcmtk(node).echo().succeeded();
        if (!WRITE) {
            assertThat(actual.channel(name)).isEqualTo(ExpectedOutcomes.read().channel(name));
        }
    }

    private static String raw(NodeProcess node, DicomFile file) throws IOException {
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "RAW", NodeProcess.TITLE, List.of(file))) {
            if (!scu.accepts(file)) {
                return "not accepted";
            }
            RawStoreScu.Response response = scu.store(file);
            return response.isSuccess() ? "" : "refused " + response.hex();
        }
    }

    private static String stow(HttpResponse<byte[]> response) throws IOException {
        JsonNode body = new ObjectMapper().readTree(response.body());
        JsonNode named = body.path("00081198").path("Value").path(0);
        // Objects that name no instance are in Other Failures (PS3.18 Annex I).
        JsonNode failed =
                named.isMissingNode() ? body.path("0008119A").path("Value").path(0) : named;
        if (response.statusCode() == 200 || response.statusCode() == 202) {
            if (failed.isMissingNode()) {
                return "";
            }
        }
        return failed.isMissingNode()
                ? "refused HTTP " + response.statusCode()
                : "refused %04XH"
                        .formatted(failed.path("00081197").path("Value").path(0).asInt());
    }

    /** All current versions: each has the bytes of a file that was sent under its SOP Instance UID. */
    private static List<DicomFile> assertWadoReturnsTheBytes(NodeProcess node, List<DicomFile> sent) {
        Map<String, Set<String>> digests = digests(sent);
        DicomWeb web = new DicomWeb(node);
        List<DicomFile> back = new ArrayList<>();
        sent.stream()
                .map(DicomFile::studyInstance)
                .filter(uid -> !uid.isEmpty())
                .distinct()
                .forEach(study -> {
                    if (web.status("/studies/" + study + "/metadata") == 200) {
                        back.addAll(web.retrieve("/studies/" + study));
                    }
                });
        assertThat(back).as("objects that came back").isNotEmpty();
        assertKnown(back, digests, "WADO-RS");
        return back;
    }

    /** Studies of one transfer syntax many at once; of the others, the instances of each series and syntax. */
    private void assertGetReturnsTheBytes(NodeProcess node, List<DicomFile> stored) {
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
        uniform.values().forEach(files -> {
            Map<String, List<DicomFile>> studies =
                    files.stream().collect(Collectors.groupingBy(DicomFile::studyInstance, TreeMap::new, toList()));
            for (List<String> some : chunks(studies.keySet())) {
                List<DicomFile> group =
                        some.stream().flatMap(uid -> studies.get(uid).stream()).toList();
                assertGet(node, group, "STUDY", "0020,000D=" + String.join("\\", some));
            }
        });
        mixed.values()
                .forEach(group -> assertGet(
                        node,
                        group,
                        "IMAGE",
                        "0020,000D=" + group.getFirst().studyInstance(),
                        "0020,000E=" + group.getFirst().seriesInstance(),
                        "0008,0018="
                                + group.stream().map(DicomFile::sopInstance).collect(Collectors.joining("\\"))));
    }

    private void assertGet(NodeProcess node, List<DicomFile> group, String level, String... keys) {
        Path into = Directories.fresh(home.resolve("got"));
        String said = new Dcmtk(node)
                .get(into, group.getFirst().transferSyntax(), level, keys)
                .output();
        Set<String> wanted = group.stream().map(DicomFile::sopInstance).collect(Collectors.toSet());
        List<DicomFile> got = Directories.files(into).stream()
                .map(DicomFile::read)
                .filter(file -> wanted.contains(file.sopInstance()))
                .toList();
        assertSame(group, got, "C-GET of " + List.of(keys) + "\n" + said.substring(Math.max(0, said.length() - 2000)));
    }

    private static void assertMoveReturnsTheBytes(NodeProcess node, List<DicomFile> stored, Dcmtk.Receiver receiver) {
        Dcmtk dcmtk = new Dcmtk(node);
        Set<String> studies =
                stored.stream().map(DicomFile::studyInstance).collect(Collectors.toCollection(TreeSet::new));
        for (List<String> some : chunks(studies)) {
            dcmtk.move("DEST", "STUDY", "0020,000D=" + String.join("\\", some));
        }
        List<DicomFile> known = stored.stream().filter(Dcmtk::receives).toList();
        Set<String> wanted = known.stream().map(DicomFile::sopInstance).collect(Collectors.toSet());
        assertSame(
                known,
                receiver.received().stream()
                        .filter(file -> wanted.contains(file.sopInstance()))
                        .toList(),
                "C-MOVE");
    }

    private static List<List<String>> chunks(Set<String> uids) {
        List<String> all = List.copyOf(uids);
        List<List<String>> chunks = new ArrayList<>();
        for (int from = 0; from < all.size(); from += UIDS_AT_ONCE) {
            chunks.add(all.subList(from, Math.min(all.size(), from + UIDS_AT_ONCE)));
        }
        return chunks;
    }

    private static void assertSame(List<DicomFile> expected, List<DicomFile> received, String channel) {
        assertThat(byUid(received)).as(channel).isEqualTo(byUid(expected));
    }

    private static Map<String, String> byUid(List<DicomFile> files) {
        Map<String, String> map = new TreeMap<>();
        files.forEach(file -> map.put(file.sopInstance() + " " + file.transferSyntax(), file.sha256()));
        return map;
    }

    private static void assertKnown(List<DicomFile> back, Map<String, Set<String>> digests, String channel) {
        for (DicomFile file : back) {
            assertThat(digests.getOrDefault(file.sopInstance(), Set.of()))
                    .as(channel + " " + file.sopInstance())
                    .contains(file.sha256());
        }
    }

    private static Map<String, Set<String>> digests(List<DicomFile> sent) {
        Map<String, Set<String>> digests = new HashMap<>();
        sent.forEach(file -> digests.computeIfAbsent(file.sopInstance(), _ -> new HashSet<>())
                .add(file.sha256()));
        return digests;
    }

    private static String status(String said) {
        java.util.regex.Matcher matcher =
                java.util.regex.Pattern.compile("0x([0-9a-fA-F]{4})").matcher(said);
        return matcher.find()
                ? matcher.group(1).toUpperCase(java.util.Locale.ROOT) + "H"
                : said.lines().findFirst().orElse("");
    }

    private NodeProcess node(String channel, NodeProcess.Remote... remotes) {
        return NodeProcess.configured(
                        home.resolve(channel), SharedElasticsearch.get().url(), remotes)
                .start();
    }

    /** In the order of README.tsv. */
    private static List<DicomFile> files() throws IOException {
        Path data = Checkout.realData();
        Map<String, DicomFile> files = new LinkedHashMap<>();
        List<String> lines = Files.readAllLines(data.resolve("README.tsv"));
        for (String line : lines.subList(1, lines.size())) {
            String name = line.substring(0, line.indexOf('\t'));
            DicomFile file = DicomFile.read(data.resolve(name));
            files.put(
                    name,
                    new DicomFile(
                            name,
                            file.transferSyntax(),
                            file.sopClass(),
                            file.sopInstance(),
                            file.studyInstance(),
                            file.seriesInstance(),
                            file.dataset()));
        }
        return List.copyOf(files.values());
    }
}
