package org.archipelago.node.dicom.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.CollectedHeader;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.PixelDataLocation;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.pixel.Frames;
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

    /** Each level is an item with a private element of VR UN that holds the next; no length looks like the letters of a VR. */
    private static byte[] nestedUnknown(int levels) {
        byte[] value = new byte[0];
        for (int i = 0; i < levels; i++) {
            value = ByteBuffer.allocate(value.length + 32)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putShort((short) 0xFFFE)
                    .putShort((short) 0xE000)
                    .putInt(value.length + 24)
                    .putShort((short) 0x0009)
                    .putShort((short) 0x0010)
                    .putInt(8)
                    .put("SOMEBODY".getBytes(StandardCharsets.US_ASCII))
                    .putShort((short) 0x0009)
                    .putShort((short) 0x1010)
                    .putInt(value.length)
                    .put(value)
                    .array();
        }
        return ByteBuffer.allocate(value.length + 12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0x0009)
                .putShort((short) 0x1010)
                .put("UN".getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 0)
                .putInt(value.length)
                .put(value)
                .array();
    }

    @Test
    void unknownValuesNestedTenThousandDeep_areDigestedInBoundedTime() {
        byte[] deep = nestedUnknown(10_000);
        byte[] other = deep.clone();
        other[other.length - 1] ^= 1;

        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            Digest digest = digest(new DataSetFile(deep, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN));
            assertThat(digest(new DataSetFile(other, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN)))
                    .isNotEqualTo(digest);
        });
    }

    @Test
    void pixelsOfGePrivateBigEndian_areSwapped_whereverTheyAreDecoded() throws Exception {
        AttributeSet image = AttributeSet.of(Map.of(
                        0x00280002, number(1), 0x00280010, number(1), 0x00280011, number(2), 0x00280100, number(16)))
                .with(AttributeSet.of(Map.of(
                        0x00280101,
                        number(16),
                        0x00280102,
                        number(15),
                        0x00280103,
                        number(0),
                        0x00280004,
                        new Attribute(Vr.CS, List.of(new Value.Text("MONOCHROME2"))))));
        byte[] little = {0x34, 0x12, 0x78, 0x56};
        byte[] big = {0x12, 0x34, 0x56, 0x78};
        TransferSyntaxUid ge = new TransferSyntaxUid("1.2.840.113619.5.2");
        TransferSyntaxUid explicit = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
        byte[] plain = DataSetCodec.encode(image.with(0x7FE00010, words(little)), explicit);
        byte[] stored = DataSetCodec.encode(image.with(0x7FE00010, words(big)), ge);

        assertThat(Frames.open(DataSetFile.channel(stored), ge, DataSetLimits.DEFAULT)
                        .decoded(0)
                        .pixels())
                .isEqualTo(little);
        assertThat(digest(new DataSetFile(stored, ge))).isEqualTo(digest(new DataSetFile(plain, explicit)));
        assertThat(transcoded(stored, ge, explicit)).isEqualTo(plain);
        assertThat(transcoded(stored, ge, TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN))
                .isEqualTo(transcoded(plain, explicit, TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN));
    }

    @Test
    void pixelsOfImplicitVr_areWordsInExplicitVr() throws Exception {
        byte[] dataset = DataSetCodec.encode(
                AttributeSet.of(Map.of(0x00280100, number(16), 0x7FE00010, words(new byte[] {1, 2, 3, 4}))),
                TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN);

        byte[] sent = transcoded(
                dataset, TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN, TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN);

        assertThat(sent).endsWith(0x7F, 0xE0, 0, 0x10, 'O', 'W', 0, 0, 0, 0, 0, 4, 2, 1, 4, 3);
    }

    private static Attribute number(int value) {
        return new Attribute(Vr.US, List.of(new Value.Numeric(BigDecimal.valueOf(value))));
    }

    private static Attribute words(byte[] bytes) {
        return new Attribute(Vr.OW, List.of(new Value.Inline(bytes)));
    }

    private static byte[] transcoded(byte[] dataset, TransferSyntaxUid from, TransferSyntaxUid to) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputFilter.prepare(
                        DataSetFile.channel(dataset),
                        from,
                        Corrections.NONE,
                        to,
                        Optional.empty(),
                        DataSetLimits.DEFAULT)
                .writeTo(out);
        return out.toByteArray();
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
