package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Writes the DICOM JSON model (PS3.18 §F.2). An attribute without values has its VR alone (§F.2.5). */
public final class AttributeJson implements JsonModel {
    private static final BigDecimal MAX_EXACT = BigDecimal.valueOf(1L << 53);
    private static final int MAX_NUMBER_CHARS = 32;

    private final JsonFactory factory =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    @Override
    public void write(AttributeSet dataset, BulkUris bulk, OutputStream out) throws IOException {
        try (JsonGenerator json = factory.createGenerator(tools.jackson.core.ObjectWriteContext.empty(), out)) {
            dataset(json, dataset, bulk, List.of());
        }
    }

    private void dataset(JsonGenerator json, AttributeSet dataset, BulkUris bulk, List<Integer> path) {
        json.writeStartObject();
        for (Map.Entry<Integer, Attribute> entry : dataset.attributes().entrySet()) {
            List<Integer> here = new ArrayList<>(path);
            here.add(entry.getKey());
            json.writeName(Tags.hex(entry.getKey()));
            attribute(json, entry.getValue(), bulk, here);
        }
        json.writeEndObject();
    }

    private void attribute(JsonGenerator json, Attribute attribute, BulkUris bulk, List<Integer> path) {
        json.writeStartObject();
        json.writeStringProperty("vr", attribute.vr().name());
        if (!attribute.isEmpty()) {
            switch (attribute.values().getFirst()) {
                case Value.Inline inline -> {
                    json.writeName("InlineBinary");
                    json.writeBinary(inline.bytes());
                }
                case Value.Bulk _ -> json.writeStringProperty("BulkDataURI", bulk.uri(path));
                case Value.Text _, Value.Name _, Value.Numeric _, Value.Item _ -> values(json, attribute, bulk, path);
            }
        }
        json.writeEndObject();
    }

    private void values(JsonGenerator json, Attribute attribute, BulkUris bulk, List<Integer> path) {
        json.writeName("Value");
        json.writeStartArray();
        int item = 0;
        for (Value value : attribute.values()) {
            item++;
            switch (value) {
                case Value.Text text -> text(json, attribute.vr(), text.text());
                case Value.Numeric numeric -> number(json, attribute.vr(), numeric.number());
                case Value.Name name -> name(json, name.name());
                case Value.Item nested -> {
                    List<Integer> here = new ArrayList<>(path);
                    here.add(item);
                    dataset(json, nested.attributes(), bulk, here);
                }
                case Value.Inline _, Value.Bulk _ -> json.writeNull();
            }
        }
        json.writeEndArray();
    }

    private static void text(JsonGenerator json, Vr vr, String text) {
        if (text.isEmpty()) {
            json.writeNull();
        } else if ((vr == Vr.DS || vr == Vr.IS) && isNumber(text.strip())) {
            json.writeNumber(new BigDecimal(text.strip()));
        } else {
            json.writeString(text);
        }
    }

    /** Real senders put text into DS and IS; a number that is none stays a string (PS3.18 §F.2.3). */
    private static boolean isNumber(String text) {
        return text.length() <= MAX_NUMBER_CHARS && text.matches("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,3})?");
    }

    private static void number(JsonGenerator json, Vr vr, BigDecimal number) {
        if (vr == Vr.AT) {
            json.writeString(Tags.hex(number.intValue()));
        } else if ((vr == Vr.SV || vr == Vr.UV) && number.abs().compareTo(MAX_EXACT) > 0) {
            json.writeString(number.toPlainString());
        } else {
            json.writeNumber(number);
        }
    }

    private static void name(JsonGenerator json, PersonName name) {
        json.writeStartObject();
        group(json, "Alphabetic", name.alphabetic());
        group(json, "Ideographic", name.ideographic());
        group(json, "Phonetic", name.phonetic());
        json.writeEndObject();
    }

    private static void group(JsonGenerator json, String key, String group) {
        if (!group.isEmpty()) {
            json.writeStringProperty(key, group);
        }
    }
}
