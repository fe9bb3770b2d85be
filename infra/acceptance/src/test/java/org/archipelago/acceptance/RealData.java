package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The real DICOM files, named by their paths. */
final class RealData {
    private RealData() {}

    /** In the order of README.tsv. */
    static List<DicomFile> files() throws IOException {
        Path data = directory();
        Map<String, DicomFile> files = new LinkedHashMap<>();
        List<String> lines = Files.readAllLines(data.resolve("README.tsv"));
        for (String line : lines.subList(1, lines.size())) {
            String name = line.substring(0, line.indexOf('\t'));
            files.put(name, DicomFile.of(name, Files.readAllBytes(data.resolve(name))));
        }
        return List.copyOf(files.values());
    }

    /** The real DICOM files, or this test is not shown. */
    static Path directory() {
        Path data = Path.of(System.getProperty("archipelago.data", ""), "dicom");
        Assumptions.assumeTrue(
                Files.exists(data.resolve("README.tsv")), "NOT SHOWN: needs the real DICOM files at " + data);
        return data;
    }
}
