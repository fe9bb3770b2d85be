package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Media that attack whoever imports them: by the packaged command, at -Xmx256m like the node. */
final class ImportAttacks {
    private static final int CENTRAL_HEADER = 0x02014B50;
    private static final int CENTRAL_SIZE_AT = 24;

    private ImportAttacks() {}

    static List<Attack> all() {
        return List.of(
                Attack.of(
                        "zip-bomb",
                        node -> refused(
                                node,
                                "bomb.zip",
                                zip("bomb.dcm", bomb(), 1L << 30),
                                "expands to more",
                                "--max-zip-bytes",
                                "100000000")),
                Attack.of(
                        "zip-size-forged",
                        node -> refused(
                                node,
                                "forged.zip",
                                forged(zip("forged.dcm", bomb(), 256L << 20), 4096),
                                "expands to more")),
                Attack.of(
                        "zip-size-forged-to-4-gib",
                        node -> refused(node, "huge.zip", forged(zip("huge.dcm", bomb(), 0), 0xFFFFFFFEL), "huge.dcm")),
                Attack.of("zip-slip", ImportAttacks::slip),
                Attack.of("zip-of-noise", node -> refused(node, "noise.zip", new byte[5000], "not a readable ZIP")),
                Attack.of(
                        "dicomdir-that-leads-out",
                        node -> refused(
                                node, "DICOMDIR", directory("..\\..\\..\\..\\etc\\passwd"), "outside its own folder")),
                Attack.of(
                        "dicomdir-of-an-absolute-path",
                        node -> refused(node, "DICOMDIR", directory("/etc/passwd"), "outside its own folder")),
                Attack.of(
                        "dicomdir-with-nul",
                        node -> refused(node, "DICOMDIR", directory("A\0\\..\\..\\B"), "cannot be one")));
    }

    private static byte[] bomb() {
        return HostileDataSet.of("zip bomb")
                .longForm(HostileDataSet.PIXEL_DATA, "OW", 1 << 30, new byte[0])
                .file(DicomFile.EXPLICIT);
    }

    private static byte[] zip(String entry, byte[] head, long zeros) throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(archive)) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(head);
            byte[] piece = new byte[1 << 20];
            for (long left = zeros; left > 0; left -= piece.length) {
                zip.write(piece);
            }
        }
        return archive.toByteArray();
    }

    /** With another length in its directory (APPNOTE.TXT §4.3.12). */
    private static byte[] forged(byte[] zip, long size) {
        ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = zip.length - 46; at >= 0; at--) {
            if (bytes.getInt(at) == CENTRAL_HEADER) {
                bytes.putInt(at + CENTRAL_SIZE_AT, (int) size);
                return zip;
            }
        }
        throw new IllegalArgumentException("no directory in the ZIP");
    }

    private static String slip(NodeProcess node) throws IOException {
        Path folder = Files.createTempDirectory("archipelago-slip");
        Path inner = Files.createDirectories(folder.resolve("a/b/c"));
        String evil = "../../evil-" + folder.getFileName() + ".dcm";
        Path archive = Files.write(
                inner.resolve("slip.zip"), zip(evil, HostileDataSet.of("slip").file(DicomFile.EXPLICIT), 0));
        try {
            Program.Ended ended = run(node, inner, archive);
            try (Stream<Path> files = Files.walk(folder)) {
                List<Path> left = files.filter(Files::isRegularFile)
                        .filter(file -> !file.getFileName().toString().equals("slip.zip")
                                && !file.toString().contains(".archipelago"))
                        .toList();
                if (!left.isEmpty()) {
                    throw new AssertionError("written: " + left);
                }
            }
            return "the name is a name only, nothing is unpacked; exit " + ended.status();
        } finally {
            Directories.delete(folder);
        }
    }

    private static String refused(NodeProcess node, String name, byte[] bytes, String why, String... more)
            throws IOException {
        Path folder = Files.createTempDirectory("archipelago-media");
        try {
            Path file = Files.write(folder.resolve(name), bytes);
            Program.Ended ended = run(node, folder, file, more);
            if (ended.status() == 0 || !ended.output().contains(why)) {
                throw new AssertionError("exit " + ended.status() + " " + ended.output());
            }
            return "exit " + ended.status() + ", \"" + why + "\"";
        } finally {
            Directories.delete(folder);
        }
    }

    private static Program.Ended run(NodeProcess node, Path folder, Path media, String... more) {
        return Program.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        System.getProperty("archipelago.node.jar"),
                        "import",
                        "--config",
                        node.configuration().toString())
                .with(more)
                .with(media.toString())
                .in(folder)
                .within(Duration.ofSeconds(90))
                .run();
    }

    /** A DICOMDIR of one record (PS3.3 Annex F). */
    private static byte[] directory(String fileId) {
        byte[] record = HostileDataSet.bare()
                .text(0x00041430, "CS", "IMAGE")
                .text(0x00041500, "CS", fileId)
                .bytes();
        byte[] dataset = HostileDataSet.bare()
                .text(0x00041130, "CS", "HOSTILE")
                .longForm(0x00041220, "SQ", HostileDataSet.UNDEFINED, new byte[0])
                .bare(HostileDataSet.ITEM, record.length, record)
                .bare(HostileDataSet.SEQUENCE_END, 0, new byte[0])
                .bytes();
        return new DicomFile("", DicomFile.EXPLICIT, "1.2.840.10008.1.3.10", "2.25.1", "", "", dataset).part10();
    }
}
