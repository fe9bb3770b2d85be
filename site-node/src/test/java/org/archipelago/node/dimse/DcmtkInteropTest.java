package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.testing.LoopbackPorts;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real programs of DCMTK against the server. They are part of every build machine: a missing one is a failure. */
@Timeout(60)
class DcmtkInteropTest {
    private static final String CT = DimseServerTest.CT;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path directory;

    record Run(int exit, String output) {}

    @BeforeAll
    static void programsAreInstalled() {
        for (String program : List.of("echoscu", "storescu", "findscu", "movescu", "getscu", "storescp")) {
            assertThat(Path.of("/usr/bin", program))
                    .as("install dcmtk: its %s is needed", program)
                    .isExecutable();
        }
    }

    private static Run run(Path directory, Map<String, String> environment, String... command)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "run", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as(command[0] + " ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return new Run(process.exitValue(), Files.readString(log, StandardCharsets.ISO_8859_1));
    }

    private String[] program(TestNode node, String name, String... rest) {
        List<String> command = new ArrayList<>(
                List.of(name, "-v", "-aet", "DCMTK", "-aec", "NODE", TestNode.HOST, String.valueOf(node.port())));
        command.addAll(List.of(rest));
        return command.toArray(String[]::new);
    }

    /** A data set that DCMTK can read, Explicit VR Little Endian. */
    private static byte[] dataSet(String instance, int pixelBytes) {
        byte[] pixels = new byte[pixelBytes];
        new Random(pixelBytes).nextBytes(pixels);
        return new MinimalCodec()
                .encode(
                        AttributeSet.of(Map.of(
                                Tags.SOP_CLASS_UID, text(Vr.UI, CT),
                                Tags.SOP_INSTANCE_UID, text(Vr.UI, instance),
                                Tags.PATIENT_ID, text(Vr.LO, "P1"),
                                Tags.STUDY_INSTANCE_UID, text(Vr.UI, FakeArchive.STUDY.value()),
                                Tags.SERIES_INSTANCE_UID, text(Vr.UI, FakeArchive.SERIES.value()),
                                Tags.PIXEL_DATA, new Attribute(Vr.OW, List.of(new Value.Inline(pixels))))),
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
    }

    private static Attribute text(Vr vr, String value) {
        return new Attribute(vr, List.of(new Value.Text(value)));
    }

    /** PS3.10 §7.1. */
    static void writeFile(Path file, String instance, byte[] dataSet) throws IOException {
        byte[] meta = new MinimalCodec()
                .encode(
                        AttributeSet.of(Map.of(
                                0x00020001, new Attribute(Vr.OB, List.of(new Value.Inline(new byte[] {0, 1}))),
                                0x00020002, text(Vr.UI, CT),
                                0x00020003, text(Vr.UI, instance),
                                0x00020010, text(Vr.UI, TestScu.EXPLICIT),
                                0x00020012, text(Vr.UI, "1.2.3"))),
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[128]);
        out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(new byte[] {2, 0, 0, 0, 'U', 'L', 4, 0});
        for (int shift = 0; shift < 32; shift += 8) {
            out.write(meta.length >>> shift);
        }
        out.writeBytes(meta);
        out.writeBytes(dataSet);
        Files.write(file, out.toByteArray());
    }

    @Test
    void echoscu_succeeds() throws Exception {
        try (TestNode node = TestNode.start(directory.resolve("p"))) {
            assertThat(run(directory, Map.of(), program(node, "echoscu")).exit())
                    .isZero();
        }
    }

    @Test
    void storescu_storesTunedAndUntuned() throws Exception {
        Path files = Files.createDirectories(directory.resolve("in"));
        for (int i = 0; i < 20; i++) {
            writeFile(files.resolve("f" + i), "1.2.99." + i, dataSet("1.2.99." + i, 200_000 + 2 * i));
        }
        for (Map<String, String> environment : List.of(Map.of("TCP_NODELAY", "1"), Map.<String, String>of())) {
            try (TestNode node = TestNode.start(directory.resolve("p"))) {
                Run run = run(directory, environment, program(node, "storescu", "+sd", files.toString()));
                assertThat(run.exit()).as(run.output()).isZero();
                assertThat(node.archive.kept).hasSize(20);
                for (int i = 0; i < 20; i++) {
                    assertThat(node.archive.kept.get("1.2.99." + i).bytes())
                            .isEqualTo(dataSet("1.2.99." + i, 200_000 + 2 * i));
                }
            }
        }
    }

    @Test
    void findscu_findsAllMatches() throws Exception {
        try (TestNode node = TestNode.start(directory.resolve("p"))) {
            for (int i = 0; i < 7; i++) {
                node.archive.matches.add(AttributeSet.of(Map.of(
                        Tags.STUDY_INSTANCE_UID, text(Vr.UI, "1.2.77." + i), Tags.PATIENT_ID, text(Vr.LO, "P1"))));
            }
            Run run = run(
                    directory,
                    Map.of(),
                    program(
                            node,
                            "findscu",
                            "-S",
                            "-k",
                            "QueryRetrieveLevel=STUDY",
                            "-k",
                            "PatientID=P1",
                            "-k",
                            "StudyInstanceUID",
                            "-k",
                            "PatientName"));
            assertThat(run.exit()).isZero();
            assertThat(run.output()).contains("1.2.77.0").contains("1.2.77.6").contains("ONLINE");
        }
    }

    @Test
    void getscu_receivesWhatIsHeld() throws Exception {
        Path files = Files.createDirectories(directory.resolve("out"));
        try (TestNode node = TestNode.start(directory.resolve("p"))) {
            for (int i = 0; i < 5; i++) {
                node.archive.hold(CT, "1.2.99." + i, TestScu.EXPLICIT, dataSet("1.2.99." + i, 100_000));
            }
            Run run = run(
                    directory,
                    Map.of(),
                    program(
                            node,
                            "getscu",
                            "-S",
                            "+B",
                            "-od",
                            files.toString(),
                            "-k",
                            "QueryRetrieveLevel=STUDY",
                            "-k",
                            "StudyInstanceUID=" + FakeArchive.STUDY));
            assertThat(run.exit()).as(run.output()).isZero();
            assertHolds(files, 5);
        }
    }

    @Test
    void movescu_makesStorescpReceiveWhatIsHeld() throws Exception {
        Path files = Files.createDirectories(directory.resolve("out"));
        int destinationPort = LoopbackPorts.free();
        Process storescp = new ProcessBuilder(
                        "storescp", "+B", "-od", files.toString(), String.valueOf(destinationPort))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (TestNode node = TestNode.start(
                directory.resolve("p"), TestNode.remote("STORESCP", destinationPort, Permission.MOVE_DESTINATION))) {
            Awaitility.await().ignoreExceptions().until(() -> {
                try (Socket _ = new Socket(TestNode.HOST, destinationPort)) {
                    return true;
                }
            });
            for (int i = 0; i < 5; i++) {
                node.archive.hold(CT, "1.2.99." + i, TestScu.EXPLICIT, dataSet("1.2.99." + i, 100_000));
            }
            Run run = run(
                    directory,
                    Map.of(),
                    program(
                            node,
                            "movescu",
                            "-S",
                            "-aem",
                            "STORESCP",
                            "-k",
                            "QueryRetrieveLevel=STUDY",
                            "-k",
                            "StudyInstanceUID=" + FakeArchive.STUDY));
            assertThat(run.exit()).as(run.output()).isZero();
            assertHolds(files, 5);
        } finally {
            storescp.destroy();
            storescp.waitFor();
        }
    }

    /** Bit-preserving receivers: each file ends with the bytes that are held. */
    private static void assertHolds(Path files, int count) throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            List<Path> received = all.toList();
            assertThat(received).hasSize(count);
            for (Path file : received) {
                String name = file.getFileName().toString();
                String instance = name.substring(name.indexOf("1.2.99."), name.indexOf("1.2.99.") + 8);
                byte[] whole = Files.readAllBytes(file);
                byte[] held = dataSet(instance, 100_000);
                assertThat(whole.length).isGreaterThan(held.length);
                assertThat(Arrays.copyOfRange(whole, whole.length - held.length, whole.length))
                        .isEqualTo(held);
            }
        }
    }
}
