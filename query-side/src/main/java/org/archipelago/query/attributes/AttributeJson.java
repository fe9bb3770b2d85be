package org.archipelago.query.attributes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/**
 * A data set as JSON and back without loss. Close to PS3.18 §F.2, but not it: a bulk value is {@code {"Bulk": [offset,
 * length]}}, and numbers and texts stay apart whatever their VR.
 */
public final class AttributeJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.withExactBigDecimals(true);

    private AttributeJson() {}

    public static ObjectNode write(AttributeSet attributes) {
        ObjectNode node = NODES.objectNode();
        for (Map.Entry<Integer, Attribute> entry : attributes.attributes().entrySet()) {
            ObjectNode attribute = node.putObject(Tags.hex(entry.getKey()));
            attribute.put("vr", entry.getValue().vr().name());
            if (!entry.getValue().isEmpty()) {
                ArrayNode values = attribute.putArray("Value");
                entry.getValue().values().forEach(value -> values.add(write(value)));
            }
        }
        return node;
    }

    private static JsonNode write(Value value) {
        return switch (value) {
            case Value.Text text -> NODES.textNode(text.text());
            case Value.Numeric numeric ->
                NODES.objectNode().put("Number", numeric.number().toString());
            case Value.Name name ->
                NODES.objectNode()
                        .set(
                                "Name",
                                NODES.arrayNode()
                                        .add(name.name().alphabetic())
                                        .add(name.name().ideographic())
                                        .add(name.name().phonetic()));
            case Value.Item item -> NODES.objectNode().set("Item", write(item.attributes()));
            case Value.Inline inline -> NODES.objectNode().put("Inline", inline.bytes());
            case Value.Bulk bulk ->
                NODES.objectNode()
                        .set("Bulk", NODES.arrayNode().add(bulk.offsetBytes()).add(bulk.lengthBytes()));
        };
    }

    /** @throws IllegalArgumentException when the node was not written by {@link #write} */
    public static AttributeSet read(JsonNode node) {
        Map<Integer, Attribute> attributes = HashMap.newHashMap(node.size());
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            List<Value> values = new ArrayList<>();
            entry.getValue().path("Value").forEach(value -> values.add(readValue(value)));
            attributes.put(
                    Integer.parseUnsignedInt(entry.getKey(), 16),
                    new Attribute(Vr.valueOf(entry.getValue().path("vr").asText()), values));
        }
        return AttributeSet.of(attributes);
    }

    private static Value readValue(JsonNode node) {
        if (node.isTextual()) {
            return new Value.Text(node.textValue());
        }
        if (node.has("Number")) {
            return new Value.Numeric(new BigDecimal(node.get("Number").asText()));
        }
        if (node.has("Name")) {
            JsonNode name = node.get("Name");
            return new Value.Name(new PersonName(
                    name.path(0).asText(), name.path(1).asText(), name.path(2).asText()));
        }
        if (node.has("Item")) {
            return new Value.Item(read(node.get("Item")));
        }
        if (node.has("Bulk")) {
            JsonNode bulk = node.get("Bulk");
            return new Value.Bulk(bulk.path(0).asLong(), bulk.path(1).asLong());
        }
        try {
            return new Value.Inline(node.path("Inline").binaryValue());
        } catch (IOException e) {
            throw new UncheckedIOException("not a stored value", e);
        }
    }
}
