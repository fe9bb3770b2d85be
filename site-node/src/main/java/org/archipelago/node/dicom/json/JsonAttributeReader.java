package org.archipelago.node.dicom.json;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dataset.TextReading;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** Reads data sets (PS3.18 §F.2); the members of an attribute may come in any order. */
final class JsonAttributeReader {
    /** A value whose VR may not be known yet. */
    private sealed interface Json {}

    private record Scalar(String text) implements Json {}

    private record Name(PersonName name) implements Json {}

    private record Item(AttributeSet attributes) implements Json {}

    private record Null() implements Json {}

    /** Covers every double; more would let a few characters become gigabytes of digits. */
    private static final int MAX_SCALE = 1100;

    private final JsonParser in;
    private final DicomJson.BulkDataResolver bulk;
    private final TextReading reading;

    JsonAttributeReader(JsonParser in, DicomJson.BulkDataResolver bulk, TextReading reading) {
        this.in = in;
        this.bulk = bulk;
        this.reading = reading;
    }

    /** With the parser at the object's start; leaves it at its end. */
    AttributeSet object() {
        expect(in.currentToken(), JsonToken.START_OBJECT);
        reading.dataSet();
        TreeMap<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
        while (in.nextToken() != JsonToken.END_OBJECT) {
            expect(in.currentToken(), JsonToken.PROPERTY_NAME);
            int tag = tag(in.currentName());
            attributes.put(tag, attribute(tag));
        }
        return new AttributeSet(attributes);
    }

    private static int tag(String name) {
        if (name.length() != 8 || name.chars().anyMatch(c -> Character.digit(c, 16) < 0)) {
            throw invalid("tag");
        }
        return Integer.parseUnsignedInt(name, 16);
    }

    private Attribute attribute(int tag) {
        reading.element();
        expect(in.nextToken(), JsonToken.START_OBJECT);
        Vr vr = null;
        List<Json> values = List.of();
        String uri = null;
        byte[] inline = null;
        while (in.nextToken() != JsonToken.END_OBJECT) {
            expect(in.currentToken(), JsonToken.PROPERTY_NAME);
            String member = in.currentName();
            in.nextToken();
            switch (member) {
                case "vr" -> vr = vr(in.getValueAsString());
                case "Value" -> values = values();
                case "BulkDataURI" -> uri = text("BulkDataURI");
                case "InlineBinary" -> inline = binary();
                default -> in.skipChildren();
            }
        }
        if (vr == null) {
            throw invalid("vr");
        }
        return new Attribute(vr, typed(tag, vr, values, uri, inline));
    }

    private byte[] binary() {
        expect(in.currentToken(), JsonToken.VALUE_STRING);
        reading.value(in.getStringLength());
        return in.getBinaryValue();
    }

    private String text(String what) {
        String text = in.getValueAsString();
        if (text == null) {
            throw invalid(what);
        }
        reading.value(text.length());
        return text;
    }

    private static Vr vr(@Nullable String name) {
        for (Vr vr : Vr.values()) {
            if (vr.name().equals(name)) {
                return vr;
            }
        }
        throw invalid("vr");
    }

    private List<Json> values() {
        expect(in.currentToken(), JsonToken.START_ARRAY);
        List<Json> values = new ArrayList<>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            values.add(
                    switch (in.currentToken()) {
                        case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                            reading.value(in.getStringLength());
                            yield new Scalar(in.getString());
                        }
                        case VALUE_NULL -> {
                            reading.value(0);
                            yield new Null();
                        }
                        case START_OBJECT -> objectOrName();
                        default -> throw invalid("Value");
                    });
        }
        return values;
    }

    /** An item's members are tags, a name's are component groups; an empty object is an empty item. */
    private Json objectOrName() {
        reading.element();
        TreeMap<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
        String[] groups = {"", "", ""};
        boolean isName = false;
        while (in.nextToken() != JsonToken.END_OBJECT) {
            expect(in.currentToken(), JsonToken.PROPERTY_NAME);
            String member = in.currentName();
            int group = List.of("Alphabetic", "Ideographic", "Phonetic").indexOf(member);
            if (group >= 0) {
                isName = true;
                in.nextToken();
                reading.value(in.getStringLength());
                groups[group] = in.currentToken() == JsonToken.VALUE_NULL ? "" : text("component group");
            } else {
                int tag = tag(member);
                attributes.put(tag, attribute(tag));
            }
        }
        return isName
                ? new Name(new PersonName(groups[0], groups[1], groups[2]))
                : new Item(new AttributeSet(attributes));
    }

    private List<Value> typed(int tag, Vr vr, List<Json> values, @Nullable String uri, byte @Nullable [] inline) {
        if (uri != null) {
            return List.of(bulk.resolve(tag, vr, uri));
        }
        if (inline != null) {
            if (!vr.isBinary()) {
                throw invalid("InlineBinary");
            }
            return inline.length == 0 ? List.of() : List.of(new Value.Inline(inline));
        }
        return values.stream().map(value -> typed(vr, value)).toList();
    }

    private static Value typed(Vr vr, Json value) {
        return switch (vr) {
            case SQ -> {
                if (value instanceof Item(AttributeSet attributes)) {
                    yield new Value.Item(attributes);
                }
                if (value instanceof Null) {
                    yield new Value.Item(AttributeSet.EMPTY);
                }
                throw invalid("Value of SQ");
            }
            case PN -> name(value);
            case FL, FD, SL, SS, SV, UL, US, UV -> numeric(vr, value);
            case AT -> new Value.Numeric(BigDecimal.valueOf(Integer.toUnsignedLong(tag(scalar(vr, value)))));
            case OB, OD, OF, OL, OV, OW, UN -> throw invalid("Value of " + vr);
            case AE, AS, CS, DA, DS, DT, IS, LO, LT, SH, ST, TM, UC, UI, UR, UT ->
                new Value.Text(value instanceof Null ? "" : scalar(vr, value));
        };
    }

    private static Value name(Json value) {
        return switch (value) {
            case Name(PersonName name) -> new Value.Name(name);
            case Null _ -> new Value.Name(new PersonName("", "", ""));
            case Item(AttributeSet attributes) when attributes.isEmpty() -> new Value.Name(new PersonName("", "", ""));
            // Some senders write a name as plain text.
            case Scalar(String text) -> new Value.Name(new PersonName(text, "", ""));
            case Item _ -> throw invalid("Value of PN");
        };
    }

    private static Value numeric(Vr vr, Json value) {
        String text = scalar(vr, value);
        boolean floating = vr == Vr.FL || vr == Vr.FD;
        if (floating && List.of("NaN", "Infinity", "-Infinity").contains(text)) {
            return new Value.Text(text);
        }
        try {
            BigDecimal number = new BigDecimal(text);
            if (Math.abs(number.scale()) > MAX_SCALE) {
                throw invalid("Value of " + vr);
            }
            // A number in decimal has no negative zero.
            boolean negativeZero = floating && number.signum() == 0 && text.startsWith("-");
            return negativeZero ? new Value.Text(text) : new Value.Numeric(number);
        } catch (NumberFormatException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "Value of " + vr, e);
        }
    }

    private static String scalar(Vr vr, Json value) {
        if (value instanceof Scalar(String text)) {
            return text;
        }
        throw invalid("Value of " + vr);
    }

    private static void expect(@Nullable JsonToken found, JsonToken wanted) {
        if (found != wanted) {
            throw invalid("JSON");
        }
    }

    private static ArchiveException invalid(String what) {
        return new ArchiveException(ArchiveError.INVALID_REQUEST, what);
    }
}
