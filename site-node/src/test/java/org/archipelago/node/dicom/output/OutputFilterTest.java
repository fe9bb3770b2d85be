package org.archipelago.node.dicom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.junit.jupiter.api.Test;

class OutputFilterTest {
    private static final TransferSyntaxUid EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;

    private static Attribute name(String name) {
        return new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, "", ""))));
    }

    private static Attribute characterSets(String... terms) {
        return new Attribute(
                Vr.CS,
                List.of(terms).stream()
                        .map(term -> (Value) new Value.Text(term))
                        .toList());
    }

    private static AttributeSet leaving(byte[] stored, AttributeSet replacements) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputFilter.prepare(
                        DataSetFile.channel(stored),
                        EXPLICIT,
                        new Corrections(replacements, List.of()),
                        EXPLICIT,
                        Optional.empty(),
                        DataSetLimits.DEFAULT)
                .writeTo(out);
        return DataSetCodec.decode(out.toByteArray(), EXPLICIT);
    }

    @Test
    void componentInTheInitialSetBehindOneInAnother_keepsItsLettersWhenAllTurnsToUtf8() throws Exception {
        Attribute physician = name("Иванов^Jörg");
        byte[] stored = DataSetCodec.encode(
                AttributeSet.of(Map.of(
                        Tags.SPECIFIC_CHARACTER_SET,
                        characterSets("ISO 2022 IR 100", "ISO 2022 IR 144"),
                        Tags.REFERRING_PHYSICIAN_NAME,
                        physician,
                        Tags.PATIENT_NAME,
                        name("Jones"))),
                EXPLICIT);
        assertThat(stored).as("Cyrillic is designated, Latin begins anew").containsSequence(0x1B, 0x2D, 0x4C);
        assertThat(stored).containsSequence('^', 'J', 0xF6, 'r', 'g');

        AttributeSet left = leaving(stored, AttributeSet.of(Map.of(Tags.PATIENT_NAME, name("山田^太郎"))));

        assertThat(left.get(Tags.SPECIFIC_CHARACTER_SET)).contains(characterSets("ISO_IR 192"));
        assertThat(left.get(Tags.REFERRING_PHYSICIAN_NAME)).contains(physician);
        assertThat(left.get(Tags.PATIENT_NAME)).contains(name("山田^太郎"));
    }

    /** Encapsulated Pixel Data Value Total Length (7FE0,0003) put before Pixel Data. */
    private static DataSetFile withTotalLength(DataSetFile file) {
        byte[] all = file.dataset();
        int at = 0;
        while (ByteBuffer.wrap(all, at, 8).getLong() != 0xE07F_1000_4F42_0000L) {
            at++;
        }
        byte[] stated = ByteBuffer.allocate(all.length + 20)
                .put(all, 0, at)
                .putLong(0xE07F_0300_5556_0000L)
                .putInt(0x0800_0000)
                .putLong(0x1234_0000_0000_0000L)
                .put(all, at, all.length - at)
                .array();
        return new DataSetFile(stated, file.transferSyntax());
    }

    @Test
    void lengthOfTheEncapsulatedPixels_isNotOfTheContent() throws Exception {
        DataSetFile plain = DataSetFile.of(RealFiles.file("pydicom/src__pydicom__data__test_files__MR_small_RLE.dcm"));
        DataSetFile stating = withTotalLength(plain);
        StoredHeaders headers = new StoredHeaders(DataSetLimits.DEFAULT);
        assertThat(headers.read(stating.channel(), stating.transferSyntax(), Optional.empty())
                        .text(0x7FE00003))
                .contains("13330");

        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OutputFilter.prepare(
                        stating.channel(),
                        stating.transferSyntax(),
                        Corrections.NONE,
                        EXPLICIT,
                        Optional.empty(),
                        DataSetLimits.DEFAULT)
                .writeTo(out);
        DataSetFile decoded = new DataSetFile(out.toByteArray(), EXPLICIT);

        assertThat(headers.read(decoded.channel(), EXPLICIT, Optional.empty()).contains(0x7FE00003))
                .isFalse();
        ContentDigests digests = new ContentDigests(DataSetLimits.DEFAULT);
        assertThat(digests.of(stating.channel(), stating.transferSyntax()))
                .isPresent()
                .isEqualTo(digests.of(plain.channel(), plain.transferSyntax()))
                .isEqualTo(digests.of(decoded.channel(), EXPLICIT));
    }
}
