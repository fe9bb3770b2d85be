package org.archipelago.node.dicom.xml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.HeaderMemory;
import org.archipelago.node.dicom.dataset.ReadingMemory;
import org.archipelago.node.dicom.dataset.TextReading;
import org.archipelago.node.dicom.json.DicomJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeModelTest {
    private static Attribute text(Vr vr, String... values) {
        return new Attribute(
                vr, Stream.of(values).map(v -> (Value) new Value.Text(v)).toList());
    }

    private static Attribute numbers(Vr vr, String... values) {
        return new Attribute(
                vr,
                Stream.of(values)
                        .map(v -> (Value) new Value.Numeric(new BigDecimal(v)))
                        .toList());
    }

    private static AttributeSet everything() {
        TreeMap<Integer, Attribute> set = new TreeMap<>(Integer::compareUnsigned);
        set.put(0x00080005, text(Vr.CS, "ISO_IR 192"));
        set.put(0x00080008, text(Vr.CS, "DERIVED", "", "AXIAL", ""));
        set.put(0x00090010, text(Vr.LO, "ACME"));
        set.put(0x00091001, text(Vr.LO, "one"));
        set.put(0x00091002, new Attribute(Vr.UN, List.of(new Value.Inline(new byte[] {1, 2, 3, 4}))));
        // With 00 in the place of its block it looks like a creator.
        set.put(0x00091020, text(Vr.LO, "twenty"));
        set.put(0x00091000, text(Vr.LO, "nought"));
        set.put(0x00110010, text(Vr.LO, "TWICE"));
        set.put(0x00110011, text(Vr.LO, "TWICE"));
        set.put(0x00111101, text(Vr.LO, "in the second"));
        set.put(0x00131001, text(Vr.LO, "of nobody"));
        set.put(
                0x00100010,
                new Attribute(
                        Vr.PN,
                        List.of(
                                new Value.Name(new PersonName("Yamada^Tarou", "山田^太郎", "やまだ^たろう")),
                                new Value.Name(new PersonName("", "", "")),
                                new Value.Name(new PersonName("Doe^^^^III", "", "x")))));
        set.put(0x00100020, new Attribute(Vr.LO, List.of()));
        set.put(0x00104000, text(Vr.LT, "a <b> & \"c\"\r\nd\te "));
        set.put(0x00200032, text(Vr.DS, "-1.50", "1E3"));
        set.put(0x00209165, numbers(Vr.AT, "5243161"));
        set.put(0x00280010, numbers(Vr.US, "65535"));
        set.put(0x00189073, numbers(Vr.FD, "1E-10", "-0.5"));
        set.put(0x00189074, text(Vr.FD, "-0.0", "NaN", "-Infinity"));
        set.put(0x00081040, text(Vr.LO, "Ⅷ 𝒳"));
        set.put(
                0x00400555,
                new Attribute(
                        Vr.SQ,
                        List.of(
                                new Value.Item(AttributeSet.EMPTY),
                                new Value.Item(AttributeSet.of(java.util.Map.of(
                                        0x0040A160,
                                        text(Vr.UT, "deep"),
                                        0x00420011,
                                        new Attribute(Vr.OB, List.of())))))));
        return new AttributeSet(set);
    }

    private static String xml(AttributeSet set) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        NativeModel.write(set, out, DicomJson.Mode.METADATA, (path, vr, bulk) -> "bulk/" + path);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static AttributeSet read(String xml, TextReading reading) {
        return NativeModel.read(
                new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)), DicomJson.noBulkData(), reading);
    }

    private static AttributeSet read(String xml) {
        return read(xml, new ReadingMemory(DataSetLimits.DEFAULT, new HeaderMemory(1 << 30)));
    }

    private static String attribute(String start, String content) {
        return "<NativeDicomModel><DicomAttribute " + start + ">" + content + "</DicomAttribute></NativeDicomModel>";
    }

    @Test
    void everyKindOfValue_isReadBackAsItWas() {
        assertThat(read(xml(everything()))).isEqualTo(everything());
    }

    @Test
    void bulkValues_areNamedByTheirPath() {
        AttributeSet set = AttributeSet.of(java.util.Map.of(
                0x00400555,
                new Attribute(
                        Vr.SQ,
                        List.of(new Value.Item(AttributeSet.of(
                                java.util.Map.of(0x00420011, new Attribute(Vr.OB, List.of(new Value.Bulk(7, 9))))))))));

        assertThat(xml(set))
                .contains("<DicomAttribute keyword=\"EncapsulatedDocument\" tag=\"00420011\" vr=\"OB\">"
                        + "<BulkData uri=\"bulk/00400555/1/00420011\"></BulkData></DicomAttribute>");
    }

    @Test
    void whatXmlCannotSay_isReplaced() {
        AttributeSet set = AttributeSet.of(java.util.Map.of(0x00081030, text(Vr.LO, "a\u001Bb\uFFFEc\uD800d")));

        assertThat(read(xml(set)).text(0x00081030)).contains("a\uFFFDb\uFFFDc\uFFFDd");
    }

    @Test
    void privateAttributes_takeTheBlockOfTheirCreator() {
        String two = "<NativeDicomModel xmlns='" + NativeModel.NAMESPACE + "'>"
                + "<DicomAttribute tag='00090010' vr='LO'><Value>OTHER</Value></DicomAttribute>"
                + "<DicomAttribute tag='00090001' vr='LO' privateCreator='ACME'><Value>one</Value></DicomAttribute>"
                + "<DicomAttribute tag='00094502' vr='LO' privateCreator='ACME'><Value>two</Value></DicomAttribute>"
                + "</NativeDicomModel>";

        AttributeSet read = read(two);

        assertThat(read.text(0x00090011)).contains("ACME");
        assertThat(read.text(0x00091101)).contains("one");
        assertThat(read.text(0x00091102)).contains("two");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<",
                "{}",
                "<html/>",
                "<NativeDicomModel>text</NativeDicomModel>",
                "<NativeDicomModel><Item/></NativeDicomModel>",
                "<NativeDicomModel><DicomAttribute tag='00081030'/></NativeDicomModel>",
                "<NativeDicomModel><DicomAttribute tag='8' vr='LO'/></NativeDicomModel>",
                "<NativeDicomModel><DicomAttribute tag='00081030' vr='ZZ'/></NativeDicomModel>",
                "<NativeDicomModel><DicomAttribute tag='00081030' vr='LO'/><DicomAttribute tag='00081030'"
                        + " vr='LO'/></NativeDicomModel>",
                "<!DOCTYPE x><NativeDicomModel/>",
                "<!DOCTYPE x [<!ENTITY e 'y'>]><NativeDicomModel>&e;</NativeDicomModel>"
            })
    void whatIsNotTheModel_isRefused(String xml) {
        refuses(xml);
    }

    @Test
    void valuesThatDoNotFit_areRefused() {
        refuses(attribute("tag='00280010' vr='US'", "<Value>x</Value>"));
        refuses(attribute("tag='00280010' vr='FD'", "<Value>1E999999999</Value>"));
        refuses(attribute("tag='00280010' vr='FD'", "<Value>" + "1".repeat(100_000) + "</Value>"));
        refuses(attribute("tag='00280010' vr='OB'", "<Value>x</Value>"));
        refuses(attribute("tag='00280010' vr='LO'", "<Item/>"));
        refuses(attribute("tag='00280010' vr='LO'", "<InlineBinary>QUJD</InlineBinary>"));
        refuses(attribute("tag='00280010' vr='OB'", "<InlineBinary>QUJD</InlineBinary><BulkData uri='x'/>"));
        refuses(attribute("tag='00280010' vr='LO'", "<Value number='2'/><Value number='1'/>"));
        refuses(attribute("tag='00280010' vr='LO'", "<Value>a<b/></Value>"));
        refuses(attribute("tag='00280010' vr='LO'", "<Value>&undeclared;</Value>"));
    }

    private static void refuses(String xml) {
        assertThatThrownBy(() -> read(xml))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.INVALID_REQUEST));
    }

    @Test
    void memory_isBounded() {
        limits(attribute("tag='00080008' vr='CS'", "<Value number='900000000'/>"));
        limits("<NativeDicomModel>" + "<DicomAttribute tag='00400555' vr='SQ'><Item number='1'>".repeat(100_000));
        limits(attribute("tag='00081030' vr='UT'", "<Value>" + "x".repeat(50 << 20) + "</Value>"));
    }

    private static void limits(String xml) {
        assertThatThrownBy(() -> read(xml))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.DATASET_LIMIT));
    }
}
