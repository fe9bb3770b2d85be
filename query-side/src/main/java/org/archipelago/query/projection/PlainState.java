package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A state that is its own document: some of its fields are searchable as they are. */
record PlainState(ObjectNode node) implements State {
    private static final int SIZE_BYTES = 4096;

    static PlainState read(JsonNode node) {
        return new PlainState((ObjectNode) node);
    }

    @Override
    public ObjectNode toJson() {
        return node;
    }

    @Override
    public int sizeBytes() {
        return SIZE_BYTES;
    }

    ObjectNode searchable(String... fields) {
        ObjectNode document = Json.object();
        for (String field : fields) {
            JsonNode value = node.get(field);
            if (value != null) {
                document.set(field, value);
            }
        }
        return document;
    }
}
