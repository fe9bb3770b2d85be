package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Tags;

/** How many objects have which of the values that events name, of each attribute of which they do not have the baseline's. */
final class Otherwise {
    private final TreeMap<Integer, TreeMap<Integer, Long>> counts = new TreeMap<>(Integer::compareUnsigned);

    void count(int tag, int place, long change) {
        TreeMap<Integer, Long> places = counts.computeIfAbsent(tag, _ -> new TreeMap<>());
        if (places.merge(place, change, Long::sum) == 0) {
            places.remove(place);
        }
        if (places.isEmpty()) {
            counts.remove(tag);
        }
    }

    void add(Otherwise other) {
        other.counts.forEach((tag, places) -> places.forEach((place, count) -> count(tag, place, count)));
    }

    Set<Integer> tags() {
        return counts.keySet();
    }

    /** By place, ascending. */
    Map<Integer, Long> of(int tag) {
        return counts.getOrDefault(tag, new TreeMap<>());
    }

    boolean isEmpty() {
        return counts.isEmpty();
    }

    ObjectNode toJson() {
        ObjectNode node = Json.object();
        counts.forEach((tag, places) -> {
            ObjectNode ofTag = node.putObject(Tags.hex(tag));
            places.forEach((place, count) -> ofTag.put(Integer.toString(place), count));
        });
        return node;
    }

    static Otherwise read(JsonNode node) {
        Otherwise read = new Otherwise();
        node.properties()
                .forEach(ofTag -> ofTag.getValue()
                        .properties()
                        .forEach(place -> read.count(
                                Integer.parseUnsignedInt(ofTag.getKey(), 16),
                                Integer.parseInt(place.getKey()),
                                place.getValue().asLong())));
        return read;
    }
}
