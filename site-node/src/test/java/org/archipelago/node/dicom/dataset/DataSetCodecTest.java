package org.archipelago.node.dicom.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSetCodecTest {
    private static Attribute text(Vr vr, String... values) {
        return new Attribute(
                vr,
                java.util.Arrays.stream(values)
                        .map(v -> (Value) new Value.Text(v))
                        .toList());
    }

    private static Attribute numbers(Vr vr, String... values) {
        return new Attribute(
                vr,
                java.util.Arrays.stream(values)
                        .map(v -> (Value) new Value.Numeric(new BigDecimal(v)))
                        .toList());
    }

    private static Attribute name(String alphabetic, String ideographic, String phonetic) {
        return new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(alphabetic, ideographic, phonetic))));
    }

    private static AttributeSet sample() {
        AttributeSet item =
                AttributeSet.of(Map.of(Tags.PATIENT_NAME, name("Ä^Ö", "", ""), Tags.PATIENT_SEX, text(Vr.CS)));
        return AttributeSet.of(Map.ofEntries(
                Map.entry(Tags.SPECIFIC_CHARACTER_SET, text(Vr.CS, "ISO_IR 100")),
                Map.entry(Tags.IMAGE_TYPE, text(Vr.CS, "ORIGINAL", "", "AXIAL")),
                Map.entry(
                        0x00081140,
                        new Attribute(Vr.SQ, List.of(new Value.Item(item), new Value.Item(AttributeSet.EMPTY)))),
                Map.entry(0x0008114A, new Attribute(Vr.SQ, List.of())),
                Map.entry(0x00181000, text(Vr.LO, "é", "b")),
                Map.entry(0x00181050, text(Vr.DS, "0.50")),
                Map.entry(0x00186020, numbers(Vr.SL, "-7")),
                Map.entry(0x00189087, numbers(Vr.FD, "0.1")),
                Map.entry(0x00209057, numbers(Vr.UL, "4294967295")),
                Map.entry(0x00280009, numbers(Vr.AT, "1577059")),
                Map.entry(Tags.ROWS, numbers(Vr.US, "65535")),
                Map.entry(0x00720078, numbers(Vr.UL, "1", "2", "3")),
                Map.entry(0x00720082, numbers(Vr.SV, "-9223372036854775808")),
                Map.entry(0x00720083, numbers(Vr.UV, "18446744073709551615")),
                Map.entry(
                        0x00720076,
                        new Attribute(
                                Vr.FL, List.of(new Value.Text("NaN"), new Value.Numeric(new BigDecimal("2.5")))))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"})
    void attributes_surviveEncoding(String syntax) {
        TransferSyntaxUid uid = new TransferSyntaxUid(syntax);
        assertThat(DataSetCodec.decode(DataSetCodec.encode(sample(), uid), uid)).isEqualTo(sample());
    }

    @Test
    void characterOutsideOfTheSet_turnsAllTextToUtf8() {
        AttributeSet set = sample().with(Tags.PATIENT_NAME, name("Yamada", "山田", ""));
        byte[] encoded = DataSetCodec.encode(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        AttributeSet decoded = DataSetCodec.decode(encoded, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
        assertThat(decoded.text(Tags.SPECIFIC_CHARACTER_SET)).contains("ISO_IR 192");
        assertThat(decoded.with(Tags.SPECIFIC_CHARACTER_SET, text(Vr.CS, "ISO_IR 100")))
                .isEqualTo(set);
    }

    @Test
    void binaryWords_swapWithTheByteOrder() {
        AttributeSet set =
                AttributeSet.of(Map.of(0x00281201, new Attribute(Vr.OW, List.of(new Value.Inline(new byte[] {1, 2, 3, 4
                })))));
        byte[] big = DataSetCodec.encode(set, TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN);
        assertThat(big).endsWith(2, 1, 4, 3);
        Value value = DataSetCodec.decode(big, TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN)
                .get(0x00281201)
                .orElseThrow()
                .values()
                .getFirst();
        assertThat(((Value.Inline) value).bytes()).containsExactly(1, 2, 3, 4);
    }

    @Test
    void valueThatDoesNotFitItsVr_isRefused() {
        AttributeSet set = AttributeSet.of(Map.of(Tags.ROWS, numbers(Vr.US, "65536")));
        assertThatThrownBy(() -> DataSetCodec.encode(set, TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN))
                .isInstanceOf(ArchiveException.class);
    }

    @Test
    void emptyBytes_areAnEmptySet() {
        assertThat(DataSetCodec.decode(new byte[0], TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN))
                .isEqualTo(AttributeSet.EMPTY);
    }
}
