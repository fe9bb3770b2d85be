package org.archipelago.node.dicom.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DicomJsonTest {
    private static Attribute text(Vr vr, String... values) {
        return new Attribute(
                vr, Stream.of(values).map(v -> (Value) new Value.Text(v)).toList());
    }

    private static String json(AttributeSet set, DicomJson.Mode mode) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DicomJson.write(set, out, mode, (path, vr, bulk) -> "bulkdata/" + path);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<AttributeSet> read(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return DicomJson.read(new ByteArrayInputStream(bytes), 100_000, DicomJson.noBulkData());
    }

    @Test
    void emptyAttribute_keepsItsVrInMetadataAndIsLeftOutOfQueries() {
        AttributeSet set = AttributeSet.of(Map.of(Tags.PATIENT_ID, text(Vr.LO)));
        assertThat(json(set, DicomJson.Mode.METADATA)).isEqualTo("{\"00100020\":{\"vr\":\"LO\"}}");
        assertThat(json(set, DicomJson.Mode.QUERY)).isEqualTo("{}");
    }

    @Test
    void decimalStrings_areNumbersWhenTheyAreWellFormed() {
        AttributeSet set = AttributeSet.of(Map.of(
                0x00181050,
                text(Vr.DS, "0.50", "+1.", "", "1,5", "-.5e2"),
                Tags.INSTANCE_NUMBER,
                text(Vr.IS, "007", "x")));
        assertThat(json(set, DicomJson.Mode.METADATA))
                .isEqualTo("{\"00181050\":{\"vr\":\"DS\",\"Value\":[0.50,1,null,\"1,5\",-5E+1]},"
                        + "\"00200013\":{\"vr\":\"IS\",\"Value\":[7,\"x\"]}}");
    }

    @Test
    void bulkData_isNamedByItsPath() {
        AttributeSet item = AttributeSet.of(Map.of(0x00282000, new Attribute(Vr.OB, List.of(new Value.Bulk(7, 9)))));
        AttributeSet set = AttributeSet.of(Map.of(0x00480105, new Attribute(Vr.SQ, List.of(new Value.Item(item)))));
        assertThat(json(set, DicomJson.Mode.METADATA)).contains("\"BulkDataURI\":\"bulkdata/00480105/1/00282000\"");
    }

    @Test
    void characterSet_isThatOfTheText() {
        AttributeSet set = AttributeSet.of(Map.of(
                Tags.SPECIFIC_CHARACTER_SET,
                text(Vr.CS, "", "ISO 2022 IR 87"),
                Tags.PATIENT_NAME,
                new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("Yamada", "山田", ""))))));
        assertThat(json(set, DicomJson.Mode.METADATA))
                .isEqualTo("{\"00080005\":{\"vr\":\"CS\",\"Value\":[\"ISO_IR 192\"]},\"00100010\":{\"vr\":\"PN\","
                        + "\"Value\":[{\"Alphabetic\":\"Yamada\",\"Ideographic\":\"山田\"}]}}");
    }

    @Test
    void whatIsWritten_isReadBack() {
        AttributeSet item = AttributeSet.of(Map.of(Tags.PATIENT_SEX, text(Vr.CS, "F")));
        AttributeSet set = AttributeSet.of(Map.of(
                Tags.PATIENT_NAME,
                new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("A", "", "C")))),
                Tags.IMAGE_TYPE,
                text(Vr.CS, "ORIGINAL", "", "X"),
                0x00280009,
                new Attribute(Vr.AT, List.of(new Value.Numeric(BigDecimal.valueOf(0x00181063)))),
                0x00081140,
                new Attribute(Vr.SQ, List.of(new Value.Item(item), new Value.Item(AttributeSet.EMPTY))),
                0x00720083,
                new Attribute(Vr.UV, List.of(new Value.Numeric(new BigDecimal("18446744073709551615")))),
                0x00720076,
                new Attribute(Vr.FL, List.of(new Value.Text("-Infinity"))),
                Tags.PATIENT_ID,
                text(Vr.LO)));
        assertThat(read(json(set, DicomJson.Mode.METADATA))).containsExactly(set);
        assertThat(read("[" + json(set, DicomJson.Mode.METADATA) + ",{}]")).containsExactly(set, AttributeSet.EMPTY);
    }

    @Test
    void inlineBinary_isReadBack() {
        AttributeSet set =
                AttributeSet.of(Map.of(0x00091001, new Attribute(Vr.UN, List.of(new Value.Inline(new byte[] {1, 2, 3
                })))));
        String json = json(set, DicomJson.Mode.METADATA);
        assertThat(json).contains("\"InlineBinary\":\"AQID\"");
        assertThat(((Value.Inline) read(json)
                                .getFirst()
                                .get(0x00091001)
                                .orElseThrow()
                                .values()
                                .getFirst())
                        .bytes())
                .containsExactly(1, 2, 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "7",
                "{",
                "{\"0010002\":{\"vr\":\"LO\"}}",
                "{\"00100020\":{}}",
                "{\"00100020\":{\"vr\":\"XX\"}}",
                "{\"00100020\":7}",
                "{\"00100020\":{\"vr\":\"LO\",\"Value\":[{}]}}",
                "{\"00280010\":{\"vr\":\"US\",\"Value\":[\"x\"]}}",
                "{\"00280010\":{\"vr\":\"US\",\"Value\":[1e999999999]}}",
                "{\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\"x\"}}",
                "{\"00100020\":{\"vr\":\"LO\",\"InlineBinary\":\"AQID\"}}",
                "[[]]",
                "{\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":[[\"x\"]]}]}}",
                "{\"7FE00010\":{\"BulkDataURI\":[[\"x\"]],\"vr\":\"OW\"}}",
                "{\"7FE00010\":{\"vr\":\"OW\",\"InlineBinary\":\"%\"}}"
            })
    void malformedText_isRefused(String json) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void depthAndLength_areBounded() {
        String deep = "{\"00081140\":{\"vr\":\"SQ\",\"Value\":[".repeat(100) + "]}}".repeat(100);
        String longText = "{\"00100020\":{\"vr\":\"UT\",\"Value\":[\"" + "x".repeat(200_000) + "\"]}}";
        for (String json : List.of(deep, longText)) {
            assertThatThrownBy(() -> read(json))
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            e -> assertThat(e.error()).isEqualTo(ArchiveError.REQUEST_TOO_LARGE));
        }
    }

    @Test
    void array_isWrittenAsAStream() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DicomJson.writeArray(
                Stream.of(AttributeSet.EMPTY, AttributeSet.EMPTY), out, DicomJson.Mode.QUERY, (p, v, b) -> p);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("[{},{}]");
    }
}
