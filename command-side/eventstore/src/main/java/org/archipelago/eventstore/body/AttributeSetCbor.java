package org.archipelago.eventstore.body;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/**
 * An attribute set in CBOR: a map of tag (unsigned) to [VR, value, ...]. A value is
 *
 * <pre>
 * Text     text string; in VR UI a byte string of {@link PackedUid} where it can be packed
 * Name     [alphabetic, ideographic, phonetic], empty ones at the end left out but the first kept
 * Numeric  integer; with a scale, or beyond 64 bits, [2, unscaled, scale]
 * Item     map
 * Inline   byte string; in VR UI [1, bytes]
 * Bulk     [0, offset, length]
 * </pre>
 */
final class AttributeSetCbor {
    private static final int BULK = 0;
    private static final int INLINE = 1;
    private static final int DECIMAL = 2;

    private AttributeSetCbor() {}

    static void write(AttributeSet set, JsonGenerator out, SerializerProvider provider) throws IOException {
        out.writeStartObject(set, set.size());
        for (Map.Entry<Integer, Attribute> entry : set.attributes().entrySet()) {
            Attribute attribute = entry.getValue();
            out.writeFieldId(Integer.toUnsignedLong(entry.getKey()));
            out.writeStartArray(attribute, 1 + attribute.values().size());
            out.writeString(attribute.vr().name());
            for (Value value : attribute.values()) {
                write(value, attribute.vr(), out, provider);
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }

    private static void write(Value value, Vr vr, JsonGenerator out, SerializerProvider provider) throws IOException {
        switch (value) {
            case Value.Text(String text)
            when vr == Vr.UI && PackedUid.packable(text) -> out.writeBinary(PackedUid.pack(text));
            case Value.Text(String text) -> out.writeString(text);
            case Value.Name(PersonName name) -> write(name, out);
            case Value.Numeric(BigDecimal number) -> write(number, out);
            case Value.Item(AttributeSet item) -> write(item, out, provider);
            case Value.Inline(byte[] bytes)
            when vr == Vr.UI -> {
                out.writeStartArray(value, 2);
                out.writeNumber(INLINE);
                out.writeBinary(bytes);
                out.writeEndArray();
            }
            case Value.Inline(byte[] bytes) -> out.writeBinary(bytes);
            case Value.Bulk(long offsetBytes, long lengthBytes) -> {
                out.writeStartArray(value, 3);
                out.writeNumber(BULK);
                out.writeNumber(offsetBytes);
                out.writeNumber(lengthBytes);
                out.writeEndArray();
            }
        }
    }

    private static void write(PersonName name, JsonGenerator out) throws IOException {
        int groups = !name.phonetic().isEmpty() ? 3 : !name.ideographic().isEmpty() ? 2 : 1;
        out.writeStartArray(name, groups);
        out.writeString(name.alphabetic());
        if (groups > 1) {
            out.writeString(name.ideographic());
        }
        if (groups > 2) {
            out.writeString(name.phonetic());
        }
        out.writeEndArray();
    }

    private static void write(BigDecimal number, JsonGenerator out) throws IOException {
        BigInteger unscaled = number.unscaledValue();
        if (number.scale() == 0 && unscaled.bitLength() < Long.SIZE) {
            out.writeNumber(unscaled.longValue());
            return;
        }
        out.writeStartArray(number, 3);
        out.writeNumber(DECIMAL);
        if (unscaled.bitLength() < Long.SIZE) {
            out.writeNumber(unscaled.longValue());
        } else {
            out.writeNumber(unscaled);
        }
        out.writeNumber(number.scale());
        out.writeEndArray();
    }

    static AttributeSet read(JsonParser in, DeserializationContext context) throws IOException {
        if (in.currentToken() == JsonToken.START_OBJECT) {
            in.nextToken();
        }
        Map<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
        while (in.currentToken() == JsonToken.FIELD_NAME) {
            int tag = Integer.parseUnsignedInt(in.currentName());
            expect(in, in.nextToken(), JsonToken.START_ARRAY, context);
            attributes.put(tag, readAttribute(in, context));
            in.nextToken();
        }
        expect(in, in.currentToken(), JsonToken.END_OBJECT, context);
        return AttributeSet.of(attributes);
    }

    private static Attribute readAttribute(JsonParser in, DeserializationContext context) throws IOException {
        expect(in, in.nextToken(), JsonToken.VALUE_STRING, context);
        Vr vr = Vr.valueOf(in.getText());
        List<Value> values = new ArrayList<>(1);
        while (in.nextToken() != JsonToken.END_ARRAY) {
            values.add(readValue(vr, in, context));
        }
        return new Attribute(vr, values);
    }

    private static Value readValue(Vr vr, JsonParser in, DeserializationContext context) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_STRING -> new Value.Text(in.getText());
            case VALUE_NUMBER_INT -> new Value.Numeric(new BigDecimal(in.getBigIntegerValue()));
            case VALUE_EMBEDDED_OBJECT ->
                vr == Vr.UI
                        ? new Value.Text(PackedUid.unpack(in.getBinaryValue()))
                        : new Value.Inline(in.getBinaryValue());
            case START_OBJECT -> new Value.Item(read(in, context));
            case START_ARRAY -> readArray(in, context);
            default -> throw context.wrongTokenException(in, Value.class, JsonToken.VALUE_STRING, "no attribute value");
        };
    }

    private static Value readArray(JsonParser in, DeserializationContext context) throws IOException {
        if (in.nextToken() == JsonToken.VALUE_STRING) {
            return readName(in, context);
        }
        int code = in.getIntValue();
        in.nextToken();
        Value value = switch (code) {
            case BULK -> {
                long offset = in.getLongValue();
                in.nextToken();
                yield new Value.Bulk(offset, in.getLongValue());
            }
            case INLINE -> new Value.Inline(in.getBinaryValue());
            case DECIMAL -> {
                BigInteger unscaled = in.getBigIntegerValue();
                in.nextToken();
                yield new Value.Numeric(new BigDecimal(unscaled, in.getIntValue()));
            }
            default ->
                throw context.wrongTokenException(in, Value.class, JsonToken.VALUE_NUMBER_INT, "no attribute value");
        };
        expect(in, in.nextToken(), JsonToken.END_ARRAY, context);
        return value;
    }

    private static Value readName(JsonParser in, DeserializationContext context) throws IOException {
        String[] groups = {"", "", ""};
        int count = 0;
        do {
            if (count == groups.length) {
                throw context.wrongTokenException(in, Value.class, JsonToken.END_ARRAY, "a name has three groups");
            }
            groups[count++] = in.getText();
        } while (in.nextToken() == JsonToken.VALUE_STRING);
        expect(in, in.currentToken(), JsonToken.END_ARRAY, context);
        return new Value.Name(new PersonName(groups[0], groups[1], groups[2]));
    }

    private static void expect(JsonParser in, JsonToken actual, JsonToken wanted, DeserializationContext context)
            throws IOException {
        if (actual != wanted) {
            throw context.wrongTokenException(in, AttributeSet.class, wanted, "attribute set");
        }
    }
}
