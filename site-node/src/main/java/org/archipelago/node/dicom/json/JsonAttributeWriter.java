package org.archipelago.node.dicom.json;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import tools.jackson.core.JsonGenerator;

/** Writes data sets (PS3.18 §F.2). */
final class JsonAttributeWriter {
    private static final Attribute UTF8 = new Attribute(Vr.CS, List.of(new Value.Text("ISO_IR 192")));
    private static final int MAX_DS_CHARACTERS = 16;
    private static final int MAX_IS_CHARACTERS = 12;
    private static final BigDecimal EXACT_IN_JAVASCRIPT = BigDecimal.valueOf(1L << 53);

    private final JsonGenerator out;
    private final DicomJson.Mode mode;
    private final DicomJson.BulkDataUri uris;

    JsonAttributeWriter(JsonGenerator out, DicomJson.Mode mode, DicomJson.BulkDataUri uris) {
        this.out = out;
        this.mode = mode;
        this.uris = uris;
    }

    void write(AttributeSet attributes) {
        write(attributes, "");
    }

    private void write(AttributeSet attributes, String path) {
        out.writeStartObject();
        for (Map.Entry<Integer, Attribute> entry : attributes.attributes().entrySet()) {
            int tag = entry.getKey();
            // The text is UTF-8, whatever the data set was (PS3.18 §F.1.1).
            Attribute attribute = tag == Tags.SPECIFIC_CHARACTER_SET ? UTF8 : entry.getValue();
            boolean nestedCharacterSet = tag == Tags.SPECIFIC_CHARACTER_SET && !path.isEmpty();
            if (!nestedCharacterSet && (mode == DicomJson.Mode.METADATA || !attribute.isEmpty())) {
                attribute(tag, attribute, path);
            }
        }
        out.writeEndObject();
    }

    private void attribute(int tag, Attribute attribute, String path) {
        String hex = Tags.hex(tag);
        out.writeName(hex);
        out.writeStartObject();
        out.writeStringProperty("vr", attribute.vr().name());
        if (!attribute.isEmpty()) {
            switch (attribute.values().getFirst()) {
                case Value.Inline(byte[] bytes) -> {
                    out.writeName("InlineBinary");
                    out.writeBinary(bytes);
                }
                case Value.Bulk bulk ->
                    out.writeStringProperty("BulkDataURI", uris.of(path + hex, attribute.vr(), bulk));
                case Value.Text _, Value.Name _, Value.Numeric _, Value.Item _ -> values(attribute, path + hex);
            }
        }
        out.writeEndObject();
    }

    private void values(Attribute attribute, String path) {
        out.writeName("Value");
        out.writeStartArray();
        int number = 1;
        for (Value value : attribute.values()) {
            switch (value) {
                case Value.Text(String text) -> text(attribute.vr(), text);
                case Value.Name(PersonName name) -> name(name);
                case Value.Numeric(BigDecimal numeric) -> numeric(attribute.vr(), numeric);
                case Value.Item(AttributeSet item) -> write(item, path + "/" + number + "/");
                case Value.Inline _, Value.Bulk _ ->
                    throw new IllegalStateException("a binary attribute has one value");
            }
            number++;
        }
        out.writeEndArray();
    }

    /** An empty value among others is null; DS and IS are numbers when they are well-formed ones (PS3.18 §F.2.3.1). */
    private void text(Vr vr, String text) {
        if (text.isEmpty()) {
            out.writeNull();
            return;
        }
        boolean decimal = vr == Vr.DS && text.length() <= MAX_DS_CHARACTERS && isDecimal(text);
        boolean integer = vr == Vr.IS && text.length() <= MAX_IS_CHARACTERS && text.matches("[+-]?[0-9]+");
        if (decimal || integer) {
            out.writeNumber(new BigDecimal(text));
        } else {
            out.writeString(text);
        }
    }

    private static boolean isDecimal(String text) {
        return text.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");
    }

    private void name(PersonName name) {
        if (name.alphabetic().isEmpty()
                && name.ideographic().isEmpty()
                && name.phonetic().isEmpty()) {
            out.writeNull();
            return;
        }
        out.writeStartObject();
        group("Alphabetic", name.alphabetic());
        group("Ideographic", name.ideographic());
        group("Phonetic", name.phonetic());
        out.writeEndObject();
    }

    private void group(String group, String text) {
        if (!text.isEmpty()) {
            out.writeStringProperty(group, text);
        }
    }

    private void numeric(Vr vr, BigDecimal number) {
        if (vr == Vr.AT) {
            out.writeString(Tags.hex((int) number.longValueExact()));
        } else if ((vr == Vr.SV || vr == Vr.UV) && number.abs().compareTo(EXACT_IN_JAVASCRIPT) > 0) {
            out.writeString(number.toPlainString());
        } else {
            out.writeNumber(number);
        }
    }
}
