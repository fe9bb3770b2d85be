package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.query.attributes.AttributeJson;

/** What is remembered of a series of a study copy. */
final class SeriesState implements State {
    final String copy;
    final String uid;
    AttributeSet attributes = AttributeSet.EMPTY;
    final Set<Integer> varied = new TreeSet<>();
    final Set<String> sopClasses = new TreeSet<>();
    long instances;
    long folded = -1;

    SeriesState(String copy, String uid) {
        this.copy = copy;
        this.uid = uid;
    }

    /** Attributes that hold for the whole series. */
    AttributeSet constants() {
        return attributes.filter(tag -> !varied.contains(tag));
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode node = Json.object().put("copy", copy).put("uid", uid);
        node.set("attributes", AttributeJson.write(attributes));
        Json.numbers(node, "varied", varied);
        Json.texts(node, "sopClasses", sopClasses);
        return node.put("instances", instances).put("folded", folded);
    }

    static SeriesState read(JsonNode node) {
        SeriesState state =
                new SeriesState(node.path("copy").asText(), node.path("uid").asText());
        state.attributes = AttributeJson.read(node.path("attributes"));
        node.path("varied").forEach(tag -> state.varied.add(tag.asInt()));
        node.path("sopClasses").forEach(uid -> state.sopClasses.add(uid.asText()));
        state.instances = node.path("instances").asLong();
        state.folded = node.path("folded").asLong();
        return state;
    }
}
