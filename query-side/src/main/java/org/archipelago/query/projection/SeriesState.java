package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import org.archipelago.contract.study.VersionStanding;
import org.archipelago.query.projection.KnownValues.Level;

/** What is remembered of a series of a study copy. Without instances it is there and hidden: only a challenger is in it. */
final class SeriesState implements State {
    private static final int OWN_BYTES = 1024;

    final String copy;
    final String uid;
    KnownValues values = new KnownValues(Level.SERIES);
    Counts sopClasses = new Counts();
    Counts people = new Counts();
    long instances;
    long folded = -1;

    SeriesState(String copy, String uid) {
        this.copy = copy;
        this.uid = uid;
    }

    /** The version counts from now on, or does so no longer. */
    void count(VersionStanding version, int change) {
        instances += change;
        values.count(version, change);
        sopClasses.add(version.sopClass().value(), change);
        people.add(Integer.toString(version.person()), change);
    }

    /** Current objects of these people. */
    long objects(Collection<Integer> persons) {
        return people.of(
                persons.stream().map(person -> Integer.toString(person)).toList());
    }

    @Override
    public int sizeBytes() {
        return OWN_BYTES + values.sizeBytes();
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode node = Json.object().put("copy", copy).put("uid", uid);
        node.set("values", values.toJson());
        node.set("sopClasses", sopClasses.toJson());
        node.set("people", people.toJson());
        return node.put("instances", instances).put("folded", folded);
    }

    static SeriesState read(JsonNode node) {
        SeriesState state =
                new SeriesState(node.path("copy").asText(), node.path("uid").asText());
        state.values = KnownValues.read(Level.SERIES, node.path("values"));
        state.sopClasses = Counts.read(node.path("sopClasses"));
        state.people = Counts.read(node.path("people"));
        state.instances = node.path("instances").asLong();
        state.folded = node.path("folded").asLong();
        return state;
    }
}
