package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.query.projection.KnownValues.Level;

/** What is remembered of a series of a study copy. Without instances it is there and hidden: only a challenger is in it. */
final class SeriesState implements State {
    final String copy;
    final String uid;
    KnownValues values = new KnownValues(Level.SERIES);
    final Set<String> sopClasses = new TreeSet<>();
    long instances;
    long folded = -1;

    SeriesState(String copy, String uid) {
        this.copy = copy;
        this.uid = uid;
    }

    /** The version counts from now on, or does so no longer. */
    void count(VersionStanding version, int change) {
        instances += change;
        values.count(version.says(), change);
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode node = Json.object().put("copy", copy).put("uid", uid);
        node.set("values", values.toJson());
        Json.texts(node, "sopClasses", sopClasses);
        return node.put("instances", instances).put("folded", folded);
    }

    static SeriesState read(JsonNode node) {
        SeriesState state =
                new SeriesState(node.path("copy").asText(), node.path("uid").asText());
        state.values = KnownValues.read(Level.SERIES, node.path("values"));
        node.path("sopClasses").forEach(uid -> state.sopClasses.add(uid.asText()));
        state.instances = node.path("instances").asLong();
        state.folded = node.path("folded").asLong();
        return state;
    }
}
