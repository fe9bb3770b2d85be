package org.archipelago.node.dicom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.PixelDataLocation;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other programs make of a data set without changing its content has the same digest; what differs has not. */
class ContentDigestsTest {
    private static final String[][] ENCODINGS = {
        {"dcmconv", "+te", "+e", "+g"},
        {"dcmconv", "+te", "-e", "-g"},
        {"dcmconv", "+ti", "-e"},
        {"dcmconv", "+tb", "+e"},
        {"dcmconv", "+td"},
        {"dcmconv", "+te", "+p", "512", "64"},
        {"dcmcrle"},
        {"dcmcjpls", "+el"},
        {"gdcmconv", "--j2k"},
        {"gdcmconv", "--jpegls"},
        {"gdcmconv", "--jpeg"},
    };

    @TempDir
    Path directory;

    private final ContentDigests digests = new ContentDigests(DataSetLimits.DEFAULT);

    private Digest digest(DataSetFile file) throws Exception {
        return digests.of(file.channel(), file.transferSyntax()).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dcm4che/dcm4che-test-data__src__main__resources__MR2_UNC",
                "dcm4che/dcm4che-test-data__src__main__resources__US-RGB-8-esopecho",
                "dcm4che/dcm4che-test-data__src__main__resources__NM-MONO2-16-13x-heart",
                "dcm4che/dcm4che-test-data__src__main__resources__test16signed.dcm",
                "dcm4che/dcm4che-test-data__src__main__resources__report_dfl",
                "pydicom/src__pydicom__data__test_files__CT_small.dcm"
            })
    void sameContentInAnotherEncoding_hasTheSameDigest(String name) throws Exception {
        Digest original = digest(DataSetFile.of(RealFiles.file(name)));
        List<String> same = new ArrayList<>();
        List<String> other = new ArrayList<>();
        for (String[] program : ENCODINGS) {
            Path out = directory.resolve("out.dcm");
            Files.deleteIfExists(out);
            List<String> command = new ArrayList<>(List.of(program));
            command.set(0, Programs.require(program[0]).toString());
            command.add(RealFiles.file(name).toString());
            command.add(out.toString());
            if (Programs.run(command.toArray(String[]::new)).exit() == 0 && Files.exists(out)) {
                (digest(DataSetFile.of(out)).equals(original) ? same : other).add(String.join(" ", program));
            }
        }
        assertThat(other).isEmpty();
        assertThat(same).hasSizeGreaterThanOrEqualTo(8);
    }

    @Test
    void changedBit_changesTheDigest() throws Exception {
        DataSetFile file =
                DataSetFile.of(RealFiles.file("dcm4che/dcm4che-test-data__src__main__resources__US-RGB-8-esopecho"));
        CollectedHeader header = new StoredHeaders(DataSetLimits.DEFAULT)
                .collect(file.channel(), file.transferSyntax(), Optional.empty());
        PixelDataLocation.Native pixels =
                (PixelDataLocation.Native) header.pixelData().orElseThrow();
        Digest original = digest(file);
        for (long offset : new long[] {40, pixels.offsetBytes(), pixels.offsetBytes() + pixels.lengthBytes() - 2}) {
            byte[] changed = Arrays.copyOf(file.dataset(), file.dataset().length);
            changed[(int) offset] ^= 1;
            assertThat(digest(new DataSetFile(changed, file.transferSyntax())))
                    .as("offset %d", offset)
                    .isNotEqualTo(original);
        }
    }

    @Test
    void undecodablePixels_haveNoDigest() throws Exception {
        DataSetFile file = DataSetFile.of(RealFiles.file("pydicom-data/data_store__data__HTJ2KLossless_08_RGB.dcm"));
        assertThat(digests.of(file.channel(), file.transferSyntax())).isEmpty();
    }

    @Test
    void lossyCodestreams_areComparedAsTheyAre() throws Exception {
        DataSetFile file = DataSetFile.of(RealFiles.file("dcm4che/dcm4che-test-data__src__main__resources__NM1_JPLY"));
        Digest original = digest(file);
        DataSetFile decoded = new DataSetFile(decoded(file), TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        assertThat(digest(decoded)).isNotEqualTo(original);
    }

    private static byte[] decoded(DataSetFile file) throws Exception {
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        OutputFilter.prepare(
                        file.channel(),
                        file.transferSyntax(),
                        Corrections.NONE,
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                        Optional.empty(),
                        DataSetLimits.DEFAULT)
                .writeTo(out);
        return out.toByteArray();
    }
}
