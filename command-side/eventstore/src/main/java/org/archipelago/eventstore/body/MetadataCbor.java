package org.archipelago.eventstore.body;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Metadata in CBOR: a map of text to text, whole number or boolean. Text that is a UUID (correlation ids) takes 16 bytes. */
final class MetadataCbor {
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

    private MetadataCbor() {}

    static void write(Map<String, ?> metadata, JsonGenerator out) throws IOException {
        out.writeStartObject(metadata, metadata.size());
        for (Map.Entry<String, ?> entry : new TreeMap<>(metadata).entrySet()) {
            out.writeFieldName(entry.getKey());
            switch (entry.getValue()) {
                case String text
                when UUID_TEXT.matcher(text).matches() ->
                    out.writeBinary(ContractModule.bytes(java.util.UUID.fromString(text)));
                case String text -> out.writeString(text);
                case Long number -> out.writeNumber(number);
                case Integer number -> out.writeNumber(number);
                case Boolean truth -> out.writeBoolean(truth);
                case null, default ->
                    throw new IllegalArgumentException(
                            "metadata are text, whole numbers and booleans: " + entry.getKey());
            }
        }
        out.writeEndObject();
    }

    /** Whole numbers come back as Long. */
    static Map<String, Object> read(JsonParser in) throws IOException {
        Map<String, Object> metadata = new LinkedHashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            Object value = switch (in.nextToken()) {
                case VALUE_STRING -> in.getText();
                case VALUE_EMBEDDED_OBJECT ->
                    ContractModule.uuid(in.getBinaryValue()).toString();
                case VALUE_NUMBER_INT -> in.getLongValue();
                case VALUE_TRUE -> true;
                case VALUE_FALSE -> false;
                default -> throw new IOException("metadata of an unknown kind");
            };
            metadata.put(name, value);
        }
        return metadata;
    }
}
