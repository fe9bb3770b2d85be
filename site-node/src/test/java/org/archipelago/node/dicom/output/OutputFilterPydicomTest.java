package org.archipelago.node.dicom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.Part10;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What leaves, as pydicom reads it. */
class OutputFilterPydicomTest {
    private static final TransferSyntaxUid[] UNCOMPRESSED = {
        TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN,
        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
        TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN,
        TransferSyntaxUid.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
    };

    /** Every so many files, of those that are not long. */
    private static final int STEP = 9;

    private static final int MAX_DATASET_BYTES = 2 << 20;

    @TempDir
    private Path directory;

    private final List<String> pairs = new ArrayList<>();

    private static List<String> sample() throws IOException {
        List<String> names = new ArrayList<>();
        List<String> all = RealFiles.names();
        for (int i = 0; i < all.size(); i += STEP) {
            if (Files.size(RealFiles.file(all.get(i))) <= MAX_DATASET_BYTES) {
                names.add(all.get(i));
            }
        }
        return names;
    }

    /** Nothing is written of what cannot be read or decoded. */
    private void leave(String name, Corrections corrections, Optional<TransferSyntaxUid> to) throws IOException {
        Path left = directory.resolve(pairs.size() + ".dcm");
        try {
            DataSetFile file = DataSetFile.of(RealFiles.file(name));
            PreparedOutput prepared = OutputFilter.prepare(
                    file.channel(),
                    file.transferSyntax(),
                    corrections,
                    to.orElse(file.transferSyntax()),
                    Optional.empty(),
                    DataSetLimits.DEFAULT);
            try (OutputStream out = Files.newOutputStream(left)) {
                Part10.writeStart(
                        out,
                        new SopClassUid("1.2.840.10008.5.1.4.1.1.7"),
                        new SopInstanceUid("1.2.3"),
                        prepared.transferSyntax());
                prepared.writeTo(out);
            }
        } catch (ArchiveException refused) {
            return;
        }
        pairs.add(RealFiles.file(name) + "\t" + left + (corrections.isEmpty() ? "" : "\tcorrected"));
    }

    /** How many had pixels that pydicom decodes in both. */
    private int agreed() throws Exception {
        Programs.require("python3");
        Path script = directory.resolve("output_agreement.py");
        try (var in = getClass().getResourceAsStream("output_agreement.py")) {
            Files.copy(in, script);
        }
        Path input = Files.write(directory.resolve("pairs"), pairs);
        Programs.Result compared = Programs.run(input, List.of("/usr/bin/python3", script.toString()));
        String[] lines = compared.output().split("\n");
        assertThat(Arrays.copyOf(lines, lines.length - 1)).isEmpty();
        assertThat(lines[lines.length - 1]).startsWith("compared\t" + pairs.size() + "\t");
        return Integer.parseInt(lines[lines.length - 1].split("\t")[2]);
    }

    @Test
    void otherEncodings_areReadByPydicomAsWhatTheyWere() throws Exception {
        for (String name : sample()) {
            for (TransferSyntaxUid target : UNCOMPRESSED) {
                leave(name, Corrections.NONE, Optional.of(target));
            }
        }
        assertThat(pairs).hasSizeGreaterThan(300);
        assertThat(agreed()).isGreaterThan(150);
    }

    private static Attribute text(Vr vr, String text) {
        return new Attribute(vr, List.of(new Value.Text(text)));
    }

    @Test
    void correctedObjects_areReadByPydicomAsWhatTheyWereButForTheCorrections() throws Exception {
        AttributeSet item = AttributeSet.of(Map.of(
                0x04000562, text(Vr.DT, "20261122100000.000000+0000"),
                0x04000563, text(Vr.LO, "Archipelago"),
                0x04000564, text(Vr.LO, "sender"),
                0x04000565, text(Vr.CS, "CORRECT")));
        Attribute name = new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("New^Name", "", ""))));
        Corrections corrections = new Corrections(
                AttributeSet.of(Map.of(
                        Tags.PATIENT_NAME,
                        name,
                        Tags.PATIENT_ID,
                        text(Vr.LO, "NEW-17"),
                        0x00101040,
                        text(Vr.LO, "Nowhere 1"))),
                List.of(item));
        for (String file : sample()) {
            leave(file, corrections, Optional.empty());
        }
        assertThat(pairs).hasSizeGreaterThan(80);
        assertThat(agreed()).isGreaterThan(30);
    }
}
