package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The real DICOM files, named by their paths. */
final class RealData {
    private RealData() {}

    /** In the order of README.tsv. */
    static List<DicomFile> files() throws IOException {
        Path data = Checkout.realData();
        Map<String, DicomFile> files = new LinkedHashMap<>();
        List<String> lines = Files.readAllLines(data.resolve("README.tsv"));
        for (String line : lines.subList(1, lines.size())) {
            String name = line.substring(0, line.indexOf('\t'));
            files.put(name, DicomFile.of(name, Files.readAllBytes(data.resolve(name))));
        }
        return List.copyOf(files.values());
    }
}
