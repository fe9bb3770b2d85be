package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.archipelago.contract.study.StudyCommand.ResolveConflict;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.proof.ProofFile;
import org.archipelago.federation.proof.Proven;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.NetworkOperations;
import org.archipelago.node.cli.NetworkOperations.Provable;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.cli.Progress;
import org.archipelago.node.cli.SiteOperations.ExportRequest;
import org.archipelago.node.cli.SiteOperations.ExportResult;
import org.archipelago.node.cli.SiteOperations.Verification;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.phantom.Phantoms;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;

/** What the command line does beside a whole node, which runs without Elasticsearch. */
class RunningNodeTest {
    private static final LocalDate DAY = LocalDate.of(2026, 1, 15);
    private static final List<PhantomObject> OBJECTS =
            new Phantoms(3, DAY).headCt(1, 3).objects().get().toList();
    private static final LocalSiteOperations OPERATIONS = new LocalSiteOperations(Clock.systemUTC());
    private static final LocalNetworkOperations NETWORK = new LocalNetworkOperations(Clock.systemUTC());
    static final int MOST_STARTS = 10;
    private static final Counted PROGRESS = new Counted();

    @TempDir
    static Path folder;

    private static NodeAddress address;
    private static ArchiveNode node;

    private static final class Counted implements Progress {
        long total;
        long done;

        @Override
        public void total(long items) {
            total = items;
        }

        @Override
        public void advance(long items) {
            done += items;
        }
    }

    @BeforeAll
    static void startAndStore() throws IOException {
        address = configured("north", LoopbackPorts.free(), LoopbackPorts.free());
        node = ArchiveNode.start(ConfigurationFile.read(address.configuration()), Clock.systemUTC());
        send(address, OBJECTS);
    }

    private static void send(NodeAddress to, List<PhantomObject> objects) throws IOException {
        try (ObjectSender sender = new DicomSenders().open(to, Optional.empty())) {
            for (PhantomObject object : objects) {
                assertThat(sender.send(new OutgoingFile(
                                        object.sopClassUid().value(),
                                        object.sopInstanceUid().value(),
                                        object.transferSyntax().value(),
                                        object.dataset().length,
                                        () -> new ByteArrayInputStream(object.dataset())))
                                .taken())
                        .isTrue();
            }
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static NodeAddress configured(String label, int http, int dicom) throws IOException {
        Path file = Files.createDirectories(folder.resolve(label)).resolve("node.yaml");
        Files.writeString(file, """
                data: data
                site: { label: %s, defaultIssuer: OF-%1$s }
                blobs: { lowWaterMarkBytes: 1000000 }
                dicom: { listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ] }
                http: { port: %d }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(label, dicom, http));
        return new NodeAddress(
                file,
                folder.resolve(label).resolve("data"),
                label,
                URI.create("http://127.0.0.1:" + http),
                "127.0.0.1",
                dicom,
                "NORTH");
    }

    @Test
    void status_isOfTheNodeThatServesTheData() throws IOException {
        Map<String, Object> status = OPERATIONS.status(address);
        assertThat(status).containsEntry("running", true).containsEntry("site", "north");
        assertThat(OPERATIONS.running(address).siteId())
                .isEqualTo(Files.readString(address.data().resolve("site-id")).strip());
        assertThat(OPERATIONS.running(address).incarnation()).isNotEmpty();
    }

    @Test
    @Timeout(60)
    void indexIsNotRebuilt_whereNoneIsInUse() {
        assertThatThrownBy(() -> OPERATIONS.rebuildIndex(address, PROGRESS))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("no index in use");
    }

    @Test
    void anotherSitesNodeAtTheAddress_isNeverActedOn() throws IOException {
        NodeAddress other = configured("harbor", address.http().getPort(), address.dicomPort());
        List<Runnable> commands = List.of(
                () -> OPERATIONS.status(other),
                () -> OPERATIONS.running(other),
                () -> OPERATIONS.verify(other, PROGRESS),
                () -> OPERATIONS.rebuildIndex(other, PROGRESS),
                () -> OPERATIONS.deadLetters(other),
                () -> OPERATIONS.discardDeadLetter(other, "1", "no reason"),
                () -> OPERATIONS.studiesInConflict(other),
                () -> OPERATIONS.conflicts(other, "1.2.3"),
                () -> OPERATIONS.resolveConflict(other, "1.2.3", 1, Optional.empty(), "no reason"),
                () -> OPERATIONS.export(other, new ExportRequest(folder.resolve("never"), List.of(), false), PROGRESS),
                () -> OPERATIONS.backup(other, folder.resolve("never"), folder.resolve("keys"), PROGRESS));
        for (Runnable command : commands) {
            assertThatThrownBy(command::run)
                    .isInstanceOf(CommandFailure.class)
                    .hasMessageContaining("is that of another site (north, ")
                    .hasMessageContaining("nothing was done");
        }
        assertThat(folder.resolve("never")).doesNotExist();
    }

    /** Whoever runs the tests may read everything, but no file that is a link to itself. */
    @Test
    void dataThatThisUserCannotRead_isToBeReadByTheNodesUser() throws IOException {
        NodeAddress running = configured("closed", address.http().getPort(), address.dicomPort());
        Path id = Files.createDirectories(running.data()).resolve("site-id");
        Files.createSymbolicLink(id, id);
        NodeAddress stopped = configured("closed", LoopbackPorts.free(), LoopbackPorts.free());
        List<Runnable> commands = List.of(
                () -> OPERATIONS.status(running),
                () -> OPERATIONS.rebuildIndex(running, PROGRESS),
                () -> OPERATIONS.deadLetters(running),
                () -> OPERATIONS.verify(running, PROGRESS),
                () -> OPERATIONS.verify(stopped, PROGRESS));
        for (Runnable command : commands) {
            assertThatThrownBy(command::run)
                    .isInstanceOf(CommandFailure.class)
                    .hasMessage("Only who may read " + running.data() + " may do this; run it as the node's user.");
        }
    }

    @Test
    void recordsOfAStudy_areSignedAndProvenBesideTheNode() throws IOException {
        String uid = OBJECTS.getFirst().study().value();
        Map<String, Object> status = OPERATIONS.status(address);
        assertThat(status).containsEntry("signing", "yes");
        SiteFingerprint fingerprint =
                SiteFingerprint.parse(status.get("fingerprint").toString());
        List<NetworkOperations.Proof> proofs = NETWORK.prove(address, new Provable.Study(uid), PROGRESS);
        assertThat(proofs).hasSizeGreaterThan(1).allSatisfy(proof -> {
            Proven proven = ProofFile.parse(proof.file()).check(fingerprint, List.of());
            assertThat(proven.position().value()).isEqualTo(proof.position());
        });
        assertThat(scrape("/api/checkpoint")).startsWith("archipelago/" + status.get("siteId") + "\n");
    }

    @Test
    void peers_areOnlyForWhoMayReadTheDataDirectory() throws Exception {
        byte[] invitation = NETWORK.invite(address);
        assertThat(SiteDescriptor.parse(invitation).label()).isEqualTo("north");
        assertThat(NETWORK.peers(address)).isEmpty();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String token : List.of("", "Bearer ", "Bearer " + "0".repeat(64))) {
                HttpRequest.Builder request = HttpRequest.newBuilder(
                                address.http().resolve("/api/peers/invitation"))
                        .POST(HttpRequest.BodyPublishers.noBody());
                if (!token.isEmpty()) {
                    request.header("Authorization", token);
                }
                assertThat(client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                                .statusCode())
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void proofOfWhatIsNotThere_isRefusedWithItsReason() {
        List<Provable> nothing = List.of(
                new Provable.Study("1.2.3"),
                new Provable.Position(1_000_000),
                new Provable.Position(-1),
                new Provable.Record("0b9a1b9c-9d1c-4a40-9f0b-000000000001"),
                new Provable.Record("no id"));
        assertThat(nothing)
                .allSatisfy(what -> assertThatThrownBy(() -> NETWORK.prove(address, what, PROGRESS))
                        .isInstanceOf(CommandFailure.class)
                        .hasMessageStartingWith("The node refuses: "));
    }

    @Test
    void verify_isAJobWithProgress() {
        Counted progress = new Counted();
        Verification found = OPERATIONS.verify(address, progress);
        assertThat(found.defects()).isEmpty();
        assertThat(found.blobs()).isEqualTo(OBJECTS.size());
        assertThat(progress.total).isPositive().isEqualTo(found.records() + found.blobs());
        assertThat(progress.done).isEqualTo(progress.total);
    }

    @Test
    void export_worksBesideTheNodeAndGoesOnWhereItWas() throws IOException {
        Path target = folder.resolve("exported");
        ExportRequest request = new ExportRequest(target, List.of(), true);
        ExportResult first = OPERATIONS.export(address, request, PROGRESS);
        assertThat(first.written()).isEqualTo(OBJECTS.size());
        assertThat(first.failed()).isZero();
        try (Stream<Path> files = Files.walk(target)) {
            List<byte[]> written = files.filter(file -> file.toString().endsWith(".dcm"))
                    .map(RunningNodeTest::bytes)
                    .toList();
            for (PhantomObject object : OBJECTS) {
                assertThat(written)
                        .anySatisfy(file ->
                                assertThat(endOf(file, object.dataset().length)).isEqualTo(object.dataset()));
            }
        }
        assertThat(OPERATIONS.export(address, request, PROGRESS).skipped()).isEqualTo(OBJECTS.size());
    }

    private static byte[] endOf(byte[] file, int length) {
        return java.util.Arrays.copyOfRange(file, Math.max(0, file.length - length), file.length);
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String scrape(String path) throws IOException {
        try (var in = address.http().resolve(path).toURL().openStream()) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }

    /** docs/operations.md lists them all. */
    @Test
    void everyDocumentedMetric_isScraped() throws IOException {
        String scraped = scrape("/actuator/prometheus");
        List<String> documented = documentedMetrics();
        assertThat(documented).hasSizeGreaterThan(30);
        assertThat(documented).allSatisfy(name -> assertThat(scraped).containsPattern("(?m)^" + name + "[ {]"));
        long bytes =
                OBJECTS.stream().mapToLong(object -> object.dataset().length).sum();
        assertThat(scraped)
                .contains("archipelago_taken_objects_total{channel=\"c-store\"} " + (double) OBJECTS.size())
                .contains("archipelago_taken_bytes_total{channel=\"c-store\"} " + (double) bytes)
                .contains("archipelago_clock_offset_seconds NaN");
    }

    @Test
    void everyMetricOfOurs_isDocumented() throws IOException {
        List<String> documented = documentedMetrics();
        List<String> scraped = scrape("/actuator/prometheus")
                .lines()
                .filter(line -> line.startsWith("archipelago_"))
                .map(line -> line.split("[ {]", 2)[0])
                .map(name -> name.replaceFirst("_(bucket|sum|count|max)$", ""))
                .distinct()
                .toList();
        assertThat(scraped)
                .allSatisfy(name -> assertThat(documented)
                        .anyMatch(known -> known.replaceFirst("_count$", "").equals(name)));
    }

    private static List<String> documentedMetrics() throws IOException {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("docs/operations.md"))) {
            root = java.util.Objects.requireNonNull(root.getParent(), "docs/operations.md");
        }
        return Files.readAllLines(root.resolve("docs/operations.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("`")[1])
                .filter(name -> name.matches("(archipelago|jvm|process|system)_[a-z_]+"))
                .toList();
    }

    @Test
    void health_hasAGroupForThoseWhoRestartAndOneForThoseWhoSend() throws IOException {
        assertThat(scrape("/actuator/health/liveness"))
                .contains("\"process\":{\"status\":\"UP\"")
                .doesNotContain("\"log\"");
        assertThat(scrape("/actuator/health/readiness"))
                .contains("\"log\"", "\"blobs\"", "\"search\"")
                .contains("\"dicom\":{\"status\":\"UP\",\"details\":{\"ports\":\"[" + address.dicomPort() + "]\"}}");
    }

    @Test
    void nodeOnAnotherLoopbackAddress_isReachedThere() throws IOException {
        for (String http : List.of("127.0.0.2", "::1")) {
            Path file = configured("at" + http.length(), LoopbackPorts.free(), LoopbackPorts.free())
                    .configuration();
            Files.writeString(file, Files.readString(file).replace("http: { ", "http: { address: \"" + http + "\", "));
            NodeAddress own = Archipelago.address(file);
            assertThat(own.http().getHost()).isEqualTo(http.equals("::1") ? "[::1]" : http);
            if (hasAddress(http)) {
                try (ArchiveNode _ = ArchiveNode.start(ConfigurationFile.read(file), Clock.systemUTC())) {
                    assertThat(OPERATIONS.status(own)).containsEntry("running", true);
                }
            }
        }
    }

    /** Not every machine has one of IPv6. */
    private static boolean hasAddress(String address) {
        try (ServerSocket _ = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void logThatGaveUp_stopsTheNodeWithItsExitCode() throws Exception {
        NodeAddress own = configured("giver", LoopbackPorts.free(), LoopbackPorts.free());
        NodeEnd end = new NodeEnd();
        ArchiveNode giver = ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC(), end);
        end.logGaveUp();
        assertThat(giver.awaitStop()).isEqualTo(70);
    }

    @Test
    void logThatGaveUpBeforeTheNodeHadStarted_stopsAllOfItWithItsExitCode() throws Exception {
        NodeAddress own = configured("early", LoopbackPorts.free(), LoopbackPorts.free());
        NodeEnd end = new NodeEnd();
        end.logGaveUp();
        ArchiveNode giver = ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC(), end);
        assertThat(giver.awaitStop()).isEqualTo(70);
        // It has let go of everything.
        ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC())
                .close();
    }

    @Test
    void startThatFailsOnceTheLogHasGivenUp_hasTheExitCodeOfThat() throws IOException {
        NodeAddress own = configured("failing", LoopbackPorts.free(), address.dicomPort());
        NodeEnd end = new NodeEnd();
        end.logGaveUp();
        assertThatThrownBy(() -> ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC(), end))
                .isInstanceOfSatisfying(
                        CommandFailure.class, e -> assertThat(e.exitCode()).isEqualTo(70));
        assertThat(end.isStopped()).isTrue();
    }

    @Test
    void backupAndRestoreOfAStoppedNode_countEveryItem() throws IOException {
        NodeAddress own = configured("backed", LoopbackPorts.free(), LoopbackPorts.free());
        try (ArchiveNode stopped = ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC())) {
            send(own, OBJECTS);
        }
        Counted backingUp = new Counted();
        OPERATIONS.backup(own, folder.resolve("backup"), folder.resolve("backup-keys"), backingUp);
        assertThat(backingUp.total).isGreaterThan(OBJECTS.size());
        assertThat(backingUp.done).isEqualTo(backingUp.total);
        Counted restoring = new Counted();
        NodeAddress restored = configured("restored", LoopbackPorts.free(), LoopbackPorts.free());
        OPERATIONS.restore(folder.resolve("backup"), folder.resolve("backup-keys"), restored, restoring);
        assertThat(restoring.total).isGreaterThan(1);
        assertThat(restoring.done).isEqualTo(restoring.total);
        Counted exporting = new Counted();
        assertThat(OPERATIONS
                        .export(
                                restored,
                                new ExportRequest(folder.resolve("from-stopped"), List.of(), false),
                                exporting)
                        .written())
                .isEqualTo(OBJECTS.size());
        assertThat(exporting.done).isEqualTo(exporting.total).isEqualTo(OBJECTS.size());
    }

    @Test
    void rottenIndexOfBlobs_isSaidAndMadeAgainByTheNextStart() throws Exception {
        NodeAddress own = configured("rotten", LoopbackPorts.free(), LoopbackPorts.free());
        try (ArchiveNode stored = ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC())) {
            send(own, OBJECTS);
        }
        // A start that itself comes upon what is rotten mends it at once.
        boolean met = false;
        for (int i = 0; i < MOST_STARTS && !met; i++) {
            rot(own.data().resolve("blobs/index"));
            try (ArchiveNode started =
                    ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC())) {
                HttpResponse<byte[]> answer = get(own, path(OBJECTS.getFirst()));
                met = answer.statusCode() != 200;
                if (met) {
                    assertThat(answer.statusCode()).isEqualTo(503);
                    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                }
                assertThat(get(own, "/actuator/health/liveness").statusCode()).isEqualTo(met ? 503 : 200);
            }
        }
        assertThat(met).isTrue();
        try (ArchiveNode mended = ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC())) {
            assertThat(get(own, path(OBJECTS.getFirst())).statusCode()).isEqualTo(200);
            assertThat(get(own, "/actuator/health/liveness").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void studyThatAStewardUnsettles_settlesAgain() throws IOException {
        NodeAddress own = configured("quiet", LoopbackPorts.free(), LoopbackPorts.free());
        Files.writeString(own.configuration(), "ingest: { quietTimeSeconds: 1 }\n", StandardOpenOption.APPEND);
        try (ArchiveNode quiet = ArchiveNode.start(ConfigurationFile.read(own.configuration()), Clock.systemUTC())) {
            PhantomObject object = OBJECTS.getFirst();
            send(own, List.of(object));
            object.dataset()[object.dataset().length - 1] ^= 1;
            send(own, List.of(object));
            object.dataset()[object.dataset().length - 1] ^= 1;
            Supplier<StudyContents> contents =
                    () -> quiet.archive().catalog().study(object.study()).orElseThrow();
            await().until(() -> contents.get().isSettled());

            ConflictOpened conflict = contents.get().openConflicts().iterator().next();
            quiet.archive()
                    .commands()
                    .send(new ResolveConflict(
                            conflict.study(),
                            conflict.conflict(),
                            conflict.challenger()
                                    .map(challenger -> challenger.object().version()),
                            Optional.empty(),
                            SmallNode.STEWARD,
                            "seen"));
            assertThat(contents.get().isSettled()).isFalse();
            await().until(() -> contents.get().isSettled());
        }
    }

    private static String path(PhantomObject object) {
        return "/dicom-web/studies/" + object.study().value() + "/series/"
                + object.series().value() + "/instances/"
                + object.sopInstanceUid().value();
    }

    private static HttpResponse<byte[]> get(NodeAddress from, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(from.http().resolve(path)).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    /** Alters the first block of each file that says where blobs are. */
    static void rot(Path index) throws IOException, RocksDBException {
        int rotten = 0;
        List<Path> tables;
        try (Stream<Path> files = Files.list(index)) {
            tables = files.filter(file -> file.toString().endsWith(".sst")).toList();
        }
        for (Path table : tables) {
            if (familyOf(table).equals("BLOBS")) {
                byte[] bytes = Files.readAllBytes(table);
                bytes[12] ^= 1;
                Files.write(table, bytes);
                rotten++;
            }
        }
        assertThat(rotten).isPositive();
    }

    private static String familyOf(Path table) throws RocksDBException {
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options)) {
            reader.open(table.toString());
            return new String(reader.getTableProperties().getColumnFamilyName(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void portInUse_namesTheEntryAndTheOption() throws IOException {
        NodeAddress sameHttp = configured("valley", address.http().getPort(), LoopbackPorts.free());
        assertThatThrownBy(() -> ArchiveNode.start(ConfigurationFile.read(sameHttp.configuration()), Clock.systemUTC()))
                .hasMessageContaining("HTTP port " + address.http().getPort() + " is in use")
                .hasMessageContaining("http.port")
                .hasMessageContaining("--http-port");
        NodeAddress sameDicom = configured("island", LoopbackPorts.free(), address.dicomPort());
        assertThatThrownBy(
                        () -> ArchiveNode.start(ConfigurationFile.read(sameDicom.configuration()), Clock.systemUTC()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(":" + address.dicomPort())
                .hasMessageContaining("dicom.listeners")
                .hasMessageContaining("--dicom-port");
    }
}
