package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.testing.LoopbackPorts;

/** DCMTK's programs as a peer of a node. */
final class Dcmtk {
    static final String TITLE = "DCMTK";

    /** How DCMTK's programs name the information models. */
    static final String STUDY_ROOT = "-S";

    static final String PATIENT_ROOT = "-P";

    /** How DCMTK 3.6.7 names the transfer syntaxes that it knows: storescu -x?, getscu +x?. */
    private static final Map<String, String> LETTERS = Map.ofEntries(
            Map.entry("1.2.840.10008.1.2.4.70", "s"),
            Map.entry("1.2.840.10008.1.2.4.50", "y"),
            Map.entry("1.2.840.10008.1.2.4.51", "x"),
            Map.entry("1.2.840.10008.1.2.4.90", "v"),
            Map.entry("1.2.840.10008.1.2.4.91", "w"),
            Map.entry("1.2.840.10008.1.2.4.80", "t"),
            Map.entry("1.2.840.10008.1.2.4.81", "u"),
            Map.entry("1.2.840.10008.1.2.5", "r"),
            Map.entry("1.2.840.10008.1.2.1.99", "d"),
            Map.entry(DicomFile.EXPLICIT, "e"),
            Map.entry(DicomFile.BIG_ENDIAN, "b"),
            Map.entry(DicomFile.IMPLICIT, "i"));

    /** Storage classes that getscu 3.6.7 does not propose; the second is newer than all of DCMTK 3.6.7. */
    private static final String PARAMETRIC_MAP = "1.2.840.10008.5.1.4.1.1.30";

    private static final String LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7";

    private final NodeProcess node;

    Dcmtk(NodeProcess node) {
        this.node = node;
    }

    private static boolean knows(String transferSyntax) {
        return LETTERS.containsKey(transferSyntax);
    }

    /** Whether getscu can ask for it as stored. Asked by +xi for Implicit VR, it proposes Explicit VR alone. */
    static boolean gets(DicomFile file) {
        return receives(file)
                && !file.transferSyntax().equals(DicomFile.IMPLICIT)
                && !file.sopClass().equals(PARAMETRIC_MAP);
    }

    /** Whether storescp takes it. No program of DCMTK reads fragments of odd length (PS3.8 §9.3.5.1). */
    static boolean receives(DicomFile file) {
        return knows(file.transferSyntax()) && !file.sopClass().equals(LABEL_MAP) && file.dataset().length % 2 == 0;
    }

    Program.Ended echo() {
        return scu("echoscu").run();
    }

    Program.Ended store(DicomFile facts, Path file) {
        return scu("storescu", "-v", "-R", "-x" + LETTERS.getOrDefault(facts.transferSyntax(), "="))
                .with(file.toString())
                .run();
    }

    /** Matching keys such as {@code 0020,000D=1.2.3}; one map of tag to value per match. */
    List<Map<String, String>> find(String level, String... keys) {
        return find(STUDY_ROOT, level, keys);
    }

    /** @param model {@link #STUDY_ROOT} or {@link #PATIENT_ROOT} */
    List<Map<String, String>> find(String model, String level, String[] keys) {
        Program.Ended ended = scu("findscu", "-v", model, "-k", "0008,0052=" + level)
                .with(keyed(keys))
                .run()
                .succeeded();
        List<Map<String, String>> matches = new ArrayList<>();
        Map<String, String> match = null;
        for (String line : ended.output().lines().toList()) {
            if (line.matches("I: Find Response: \\d+ .*")) {
                match = new LinkedHashMap<>();
                matches.add(match);
            } else if (match != null && line.matches("I: \\([0-9a-f]{4},[0-9a-f]{4}\\).*")) {
                int from = line.indexOf('[');
                int to = line.indexOf(']');
                match.put(
                        line.substring(4, 13),
                        from < 0
                                ? ""
                                : line.substring(from + 1, to).replace("\0", "").strip());
            }
        }
        return matches;
    }

    /** C-GET into the directory, bytes as received. */
    Program.Ended get(Path into, String transferSyntax, String level, String... keys) {
        return scu("getscu", "-v", "-S", "+B", "-od", into.toString())
                .with("+x" + LETTERS.getOrDefault(transferSyntax, "e"))
                .with("-k", "0008,0052=" + level)
                .with(keyed(keys))
                .run();
    }

    Program.Ended move(String destination, String level, String... keys) {
        return move(STUDY_ROOT, destination, level, keys);
    }

    Program.Ended move(String model, String destination, String level, String[] keys) {
        return scu("movescu", "-v", model, "-aem", destination, "-k", "0008,0052=" + level)
                .with(keyed(keys))
                .run();
    }

    /** A running storescp that keeps what it receives byte for byte. */
    static Receiver receiver(Path directory, String title) throws IOException {
        return new Receiver(Directories.fresh(directory), title, "+xa");
    }

    /** The same, taking Implicit VR Little Endian only. */
    static Receiver implicitReceiver(Path directory, String title) throws IOException {
        return new Receiver(Directories.fresh(directory), title, "+xi");
    }

    private Program scu(String program, String... options) {
        return Program.of(program, "-to", "20", "-ta", "20", "-td", "60", "-aet", TITLE, "-aec", NodeProcess.TITLE)
                .with(options)
                .with("127.0.0.1", Integer.toString(node.dicomPort()))
                .environment("TCP_NODELAY", "1")
                .within(Duration.ofMinutes(3));
    }

    private static List<String> keyed(String... keys) {
        List<String> arguments = new ArrayList<>();
        for (String key : keys) {
            arguments.add("-k");
            arguments.add(key);
        }
        return arguments;
    }

    /** storescp +B. */
    static final class Receiver implements AutoCloseable {
        private final Path directory;
        private final Process process;
        private final int port = LoopbackPorts.free();
        private final String title;

        private Receiver(Path directory, String title, String syntaxes) throws IOException {
            this.directory = directory;
            this.title = title;
            Path log = Files.createTempFile("storescp", ".log");
            process = Program.of("storescp", "-v", "-aet", title, syntaxes, "+B", "-od", directory.toString())
                    .with(Integer.toString(port))
                    .environment("TCP_NODELAY", "1")
                    .start(log);
            org.awaitility.Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> Ports.answers(port));
        }

        NodeProcess.Remote remote() {
            return new NodeProcess.Remote(title, port);
        }

        List<DicomFile> received() {
            return Directories.files(directory).stream().map(DicomFile::read).toList();
        }

        @Override
        public void close() {
            process.destroy();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    Program.killTree(process);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                Program.killTree(process);
            }
        }
    }
}
