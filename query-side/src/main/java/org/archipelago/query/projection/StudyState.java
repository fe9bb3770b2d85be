package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.query.attributes.AttributeJson;

/** What is remembered of a study copy: its baseline, what varies, sums, and which series it has. */
final class StudyState implements State {
    final String copy;
    String studyUid = "";
    String patient = "";
    AttributeSet attributes = AttributeSet.EMPTY;
    final Set<Integer> varied = new TreeSet<>();
    final Set<String> series = new TreeSet<>();
    final Set<String> modalities = new TreeSet<>();
    final Set<String> sopClasses = new TreeSet<>();
    final TreeMap<Integer, String> conflicts = new TreeMap<>();
    long instances;
    long bytes;
    boolean held;
    boolean settled;
    String firstAt = "";
    String lastAt = "";
    long folded = -1;

    StudyState(String copy) {
        this.copy = copy;
    }

    /** Attributes that hold for the whole study. */
    AttributeSet constants() {
        return attributes.filter(tag -> !varied.contains(tag));
    }

    void arrived(String at) {
        firstAt = firstAt.isEmpty() ? at : firstAt;
        lastAt = at;
        settled = false;
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode node = Json.object();
        node.put("copy", copy).put("studyUid", studyUid).put("patient", patient);
        node.set("attributes", AttributeJson.write(attributes));
        Json.numbers(node, "varied", varied);
        Json.texts(node, "series", series);
        Json.texts(node, "modalities", modalities);
        Json.texts(node, "sopClasses", sopClasses);
        ObjectNode open = node.putObject("conflicts");
        conflicts.forEach((number, kind) -> open.put(Integer.toString(number), kind));
        node.put("instances", instances).put("bytes", bytes).put("held", held).put("settled", settled);
        return node.put("firstAt", firstAt).put("lastAt", lastAt).put("folded", folded);
    }

    static StudyState read(JsonNode node) {
        StudyState state = new StudyState(node.path("copy").asText());
        state.studyUid = node.path("studyUid").asText();
        state.patient = node.path("patient").asText();
        state.attributes = AttributeJson.read(node.path("attributes"));
        node.path("varied").forEach(tag -> state.varied.add(tag.asInt()));
        addAll(state.series, node.path("series"));
        addAll(state.modalities, node.path("modalities"));
        addAll(state.sopClasses, node.path("sopClasses"));
        node.path("conflicts")
                .properties()
                .forEach(open -> state.conflicts.put(
                        Integer.valueOf(open.getKey()), open.getValue().asText()));
        state.instances = node.path("instances").asLong();
        state.bytes = node.path("bytes").asLong();
        state.held = node.path("held").asBoolean();
        state.settled = node.path("settled").asBoolean();
        state.firstAt = node.path("firstAt").asText();
        state.lastAt = node.path("lastAt").asText();
        state.folded = node.path("folded").asLong();
        return state;
    }

    private static void addAll(Collection<String> target, JsonNode texts) {
        texts.forEach(text -> target.add(text.asText()));
    }
}
