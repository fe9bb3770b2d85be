package org.archipelago.node.dicom.xml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.json.DicomJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What we write of real files as Native DICOM Model, and what DCMTK writes of them, as another XML parser reads both. */
class NativeModelDcmtkTest {
    /** Every so many files. */
    private static final int STEP = 12;

    private static final StoredHeaders HEADERS = new StoredHeaders(DataSetLimits.DEFAULT);

    @TempDir
    private Path directory;

    /** A pair of documents for the script; empty of what one of the two cannot read. */
    private Optional<String> pair(String name, String dcm2xml, int number) throws Exception {
        Path ours = directory.resolve(number + ".ours.xml");
        Path theirs = directory.resolve(number + ".theirs.xml");
        AttributeSet header;
        try {
            DataSetFile file = DataSetFile.of(RealFiles.file(name));
            header = HEADERS.read(file.channel(), file.transferSyntax(), Optional.empty());
        } catch (ArchiveException refused) {
            return Optional.empty();
        }
        try (OutputStream out = Files.newOutputStream(ours)) {
            NativeModel.write(header, out, DicomJson.Mode.METADATA, (path, vr, bulk) -> "bulk/" + path);
        }
        Programs.Result written = Programs.run(
                dcm2xml,
                "--quiet",
                "--native-format",
                "--convert-to-utf8",
                RealFiles.file(name).toString(),
                theirs.toString());
        return written.exit() == 0 && Files.exists(theirs)
                ? Optional.of(ours + "\t" + theirs + "\t" + name)
                : Optional.empty();
    }

    @Test
    void realFiles_areWrittenAsDcmtkWritesThem() throws Exception {
        Programs.require("python3");
        String dcm2xml = Programs.require("dcm2xml").toString();
        List<String> names = RealFiles.names();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < names.size(); i += STEP) {
            pair(names.get(i), dcm2xml, i).ifPresent(pairs::add);
        }
        Path script = directory.resolve("native_model_agreement.py");
        try (var in = getClass().getResourceAsStream("native_model_agreement.py")) {
            Files.copy(in, script);
        }
        Path input = Files.write(directory.resolve("pairs"), pairs);

        Programs.Result compared = Programs.run(input, List.of("/usr/bin/python3", script.toString()));

        String[] lines = compared.output().split("\n");
        assertThat(Arrays.copyOf(lines, lines.length - 1)).isEmpty();
        assertThat(pairs).hasSizeGreaterThan(50);
        String[] counts = lines[lines.length - 1].split("\t");
        assertThat(counts[0]).isEqualTo("compared");
        assertThat(Integer.parseInt(counts[2])).isGreaterThan(5_000);
    }
}
