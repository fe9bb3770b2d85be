package org.archipelago.acceptance;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.archipelago.testing.Mutations;

/**
 * Mutated input over the sockets of the packaged node at -Xmx256m; for {@code infra/faults/run fuzz}. A crash is an answer that
 * tells of a defect, an error in the node's log, or the node's end; a hang is an input that twice takes the node a second of
 * its processors' time, or twenty in which it does nothing: others may be at work on the machine.
 */
final class FuzzSockets {
    private static final long BUSY_MS = 1000;
    private static final long IDLE_MS = 20_000;
    private static final int INTERNAL_STORE = 0x0110;
    private static final int INTERNAL_FIND = 0xC110;
    private static final long MOST_FILE_BYTES = 100_000;
    private static final String VERIFICATION = "1.2.840.10008.1.1";

    private final NodeProcess node;
    private final Path saved;
    private final List<DicomFile> objects;
    private final Map<String, Way> ways = new LinkedHashMap<>();
    private final List<String> crashes = new ArrayList<>();
    private final List<String> hangs = new ArrayList<>();
    private long inputs;

    /** One way in, and good inputs for it. */
    private record Way(List<byte[]> corpus, Sent sent) {}

    private interface Sent {
        /** @throws AssertionError the answer tells of a defect */
        void send(byte[] input) throws IOException;
    }

    private FuzzSockets(NodeProcess node, Path saved) throws IOException {
        this.node = node;
        this.saved = saved;
        this.objects = objects();
        List<byte[]> datasets = objects.stream().map(DicomFile::dataset).toList();
        List<byte[]> files = objects.stream().map(DicomFile::part10).toList();
        ways.put("associate", new Way(List.of(request()), this::associate));
        ways.put("pdus", new Way(List.of(message(), find()), this::pdus));
        ways.put("store", new Way(datasets, this::store));
        ways.put(
                "stow",
                new Way(files.stream().map(file -> Multipart.request("b", file)).toList(), this::stow));
        ways.put("search", new Way(searches(), this::search));
        ways.put("http", new Way(requests(), this::http));
    }

    /** Arguments: an empty directory, the port of an Elasticsearch, seconds, first seed, where to save what fails. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        try (NodeProcess node = Hostile.node(home, URI.create("http://127.0.0.1:" + args[1]))) {
            node.start();
            FuzzSockets fuzz = new FuzzSockets(node, Path.of(args[4]));
            fuzz.run(Long.parseLong(args[3]), Long.parseLong(args[2]) * 1_000_000_000L);
            try (Stream<String> log = Files.lines(home.resolve("node.log"), StandardCharsets.ISO_8859_1)) {
                log.filter(line -> line.contains(" ERROR "))
                        .limit(20)
                        .forEach(line -> fuzz.crashes.add("log: " + line));
            }
            fuzz.crashes.forEach(crash -> System.out.println("crash " + crash));
            fuzz.hangs.forEach(hang -> System.out.println("hang " + hang));
            System.out.println("fuzz inputs " + fuzz.inputs);
            System.out.println("fuzz crashes " + fuzz.crashes.size());
            System.out.println("fuzz hangs " + fuzz.hangs.size());
        }
    }

    private void run(long firstSeed, long nanos) throws IOException {
        long end = System.nanoTime() + nanos;
        for (long seed = firstSeed; System.nanoTime() < end && node.isAlive(); seed++) {
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                once(way.getKey(), way.getValue(), seed);
            }
        }
    }

    private void once(String name, Way way, long seed) throws IOException {
        byte[] input = new Mutations(seed).of(way.corpus());
        try {
            if (hangs(way, input) && hangs(way, input)) {
                hangs.add(save(name, seed, input, "more than a second of work, or no answer, twice"));
            }
        } catch (AssertionError e) {
            crashes.add(save(name, seed, input, String.valueOf(e.getMessage())));
        } catch (IOException e) {
            if (!node.isAlive()) {
                crashes.add(save(name, seed, input, "the node ended"));
            }
        }
        inputs++;
    }

    private boolean hangs(Way way, byte[] input) throws IOException {
        long before = System.nanoTime();
        long busyBefore = busyMs();
        way.sent().send(input);
        long elapsedMs = (System.nanoTime() - before) / 1_000_000;
        return elapsedMs > IDLE_MS || (elapsedMs > BUSY_MS && busyMs() - busyBefore > BUSY_MS);
    }

    private long busyMs() {
        return ProcessHandle.of(node.pid())
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toMillis)
                .orElse(0L);
    }

    private String save(String name, long seed, byte[] input, String why) throws IOException {
        Files.createDirectories(saved);
        Files.write(saved.resolve("socket-" + name + "-" + seed + ".bin"), input);
        Files.writeString(saved.resolve("socket-" + name + "-" + seed + ".txt"), why + "\n");
        return name + "-" + seed + ": " + why.lines().findFirst().orElse("");
    }

    private void associate(byte[] input) throws IOException {
        try (HostilePeer peer = HostilePeer.connected(node)) {
            peer.send(input).end().answer();
        }
    }

    private void pdus(byte[] input) throws IOException {
        try (HostilePeer peer = HostilePeer.associated(node, HostilePeer.STUDY_ROOT_FIND, DicomFile.EXPLICIT)) {
            requireNoDefect(peer.send(input).end().answer());
        }
    }

    private void store(byte[] input) throws IOException {
        DicomFile object = objects.get(Math.floorMod(Arrays.hashCode(input), objects.size()));
        try (HostilePeer peer = HostilePeer.associated(node, HostilePeer.SECONDARY_CAPTURE, object.transferSyntax())) {
            String answer = peer.store("2.25.4711", input).end().answer();
            requireNoDefect(answer);
            if (answer.startsWith("success")) {
                look(object, input);
            }
        }
    }

    /** What was taken must also be readable, or refused, later; it alone, since its series grows with each input. */
    private void look(DicomFile object, byte[] dataset) throws IOException {
        DicomFile facts;
        try {
            facts = DicomFile.received("", "2.25.4711", object.transferSyntax(), dataset);
        } catch (RuntimeException unread) {
            return; // by the tests' own few lines
        }
        if (facts.studyInstance().matches("[0-9.]+") && facts.seriesInstance().matches("[0-9.]+")) {
            String series = "/studies/" + facts.studyInstance() + "/series/" + facts.seriesInstance();
            requireNoDefect(HostileHttp.get(node, "/api/thumbnails" + series));
            requireNoDefect(
                    HostileHttp.get(node, "/dicom-web" + series + "/instances/" + object.sopInstance() + "/metadata"));
        }
    }

    private void stow(byte[] input) throws IOException {
        requireNoDefect(HostileHttp.post(
                node, "/dicom-web/studies", "multipart/related; type=\"application/dicom\"; boundary=b", input));
    }

    private void search(byte[] input) throws IOException {
        StringBuilder query = new StringBuilder();
        for (byte each : input) {
            String letter = new String(new byte[] {each}, StandardCharsets.ISO_8859_1);
            query.append(
                    "&=,-_.*?\\".contains(letter) ? letter : URLEncoder.encode(letter, StandardCharsets.ISO_8859_1));
        }
        requireNoDefect(HostileHttp.get(node, "/dicom-web/studies?" + query));
    }

    private void http(byte[] input) throws IOException {
        requireNoDefect(HostileHttp.raw(node, input, out -> {}, true));
    }

    private static void requireNoDefect(String answer) {
        for (int status : new int[] {INTERNAL_STORE, INTERNAL_FIND}) {
            if (answer.equals("status %04XH".formatted(status))) {
                throw new AssertionError(answer);
            }
        }
    }

    private static void requireNoDefect(HostileHttp.Answer answer) {
        if (answer.isDefect()) {
            throw new AssertionError("HTTP " + answer.status() + " " + answer.text());
        }
    }

    private static List<DicomFile> objects() throws IOException {
        List<DicomFile> objects = new ArrayList<>();
        Samples.ofSeveralKinds("fuzz").stream()
                .map(Samples::facts)
                .filter(file -> file.dataset().length < MOST_FILE_BYTES)
                .forEach(objects::add);
        Path real = Path.of(System.getProperty("archipelago.data", ""), "dicom");
        if (Files.isDirectory(real)) {
            try (Stream<Path> walk = Files.walk(real)) {
                for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                    if (Files.size(file) > 200
                            && Files.size(file) < MOST_FILE_BYTES
                            && !file.toString().endsWith(".tsv")) {
                        readable(file).ifPresent(objects::add);
                    }
                }
            }
        }
        return objects;
    }

    private static java.util.Optional<DicomFile> readable(Path file) {
        try {
            return java.util.Optional.of(DicomFile.read(file));
        } catch (RuntimeException unread) {
            return java.util.Optional.empty();
        }
    }

    private static byte[] request() {
        return HostilePeer.request(
                HostilePeer.context(1, VERIFICATION, DicomFile.IMPLICIT),
                HostilePeer.context(3, HostilePeer.SECONDARY_CAPTURE, DicomFile.EXPLICIT),
                HostilePeer.userInformation(HostilePeer.joined(
                        HostilePeer.item(0x54, HostilePeer.ascii("\0\u0011" + VERIFICATION + "\u0001\u0001")),
                        HostilePeer.item(0x58, HostilePeer.ascii("\u0001\0\0\u0004user\0\0")))));
    }

    private static byte[] message() {
        byte[] echo = RawCommand.of(0x0030)
                .uid(RawCommand.AFFECTED_SOP_CLASS, VERIFICATION)
                .number(RawCommand.MESSAGE_ID, 1)
                .encoded();
        return HostilePeer.data(1, HostilePeer.COMMAND | HostilePeer.LAST, echo);
    }

    private static byte[] find() {
        byte[] find = RawCommand.of(0x0020)
                .withDataset()
                .uid(RawCommand.AFFECTED_SOP_CLASS, HostilePeer.STUDY_ROOT_FIND)
                .number(RawCommand.MESSAGE_ID, 1)
                .number(RawCommand.PRIORITY, 0)
                .encoded();
        byte[] identifier = HostileDataSet.bare()
                .text(0x00080052, "CS", "STUDY")
                .text(0x00080020, "DA", "20260101-")
                .text(0x00100010, "PN", "DOE*")
                .text(0x0020000D, "UI", "1.2.3")
                .bytes();
        return HostilePeer.joined(
                HostilePeer.data(1, HostilePeer.COMMAND | HostilePeer.LAST, find),
                HostilePeer.data(1, HostilePeer.LAST, identifier));
    }

    private static List<byte[]> searches() {
        return Stream.of(
                        "PatientName=DOE^J*&StudyDate=20260101-&limit=10&offset=3&includefield=all&fuzzymatching=true",
                        "00100020=17&0020000D=1.2.3,1.2.4&ModalitiesInStudy=CT\\MR&multiplevaluematching=true",
                        "RequestAttributesSequence.ScheduledProcedureStepID=x&StudyTime=1000-1100&AccessionNumber=?1*")
                .map(HostilePeer::ascii)
                .toList();
    }

    private static List<byte[]> requests() {
        return Stream.of(
                        "GET /dicom-web/studies/1.2/series/1.3/metadata HTTP/1.1\r\nHost: localhost\r\nAccept: application/dicom+json\r\nConnection: close\r\n\r\n",
                        "GET /dicom-web/studies/1.2/series/1.3/instances/1.4/frames/1,2 HTTP/1.1\r\nHost: localhost\r\nAccept: multipart/related; type=\"image/jpeg\"; transfer-syntax=*\r\nConnection: close\r\n\r\n",
                        "GET /api/access?study=1.2&offset=0&limit=5 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                        "POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/related; type=\"application/dicom\"; boundary=b\r\nContent-Length: 7\r\nConnection: close\r\n\r\n--b--\r\n",
                        "GET /?q=doe HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: a=b\r\nConnection: close\r\n\r\n")
                .map(HostilePeer::ascii)
                .toList();
    }
}
