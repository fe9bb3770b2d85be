package org.archipelago.node.dicom;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The real DICOM files that tests are shown with. */
public final class RealFiles {
    private RealFiles() {}

    /** Names relative to {@link #directory}, in the order of their list. Skips the test when the files are missing. */
    public static List<String> names() throws IOException {
        try (var lines = Files.lines(directory().resolve("README.tsv"))) {
            return lines.skip(1)
                    .map(line -> line.substring(0, line.indexOf('\t')))
                    .toList();
        }
    }

    public static Path directory() {
        Path directory = Path.of(System.getProperty("archipelago.data", "../../shared/data"), "dicom");
        Assumptions.assumeTrue(
                Files.isRegularFile(directory.resolve("README.tsv")), "NOT SHOWN: the real DICOM files are missing");
        return directory;
    }

    public static Path file(String name) {
        return directory().resolve(name);
    }

    public static byte[] bytes(String name) throws IOException {
        return Files.readAllBytes(file(name));
    }
}
