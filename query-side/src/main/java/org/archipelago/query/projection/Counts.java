package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Set;
import java.util.TreeMap;

/** How many current objects there are of each of some kind; none of those of which there is none. */
final class Counts {
    private final TreeMap<String, Long> counts = new TreeMap<>();

    void add(String kind, int change) {
        if (counts.merge(kind, (long) change, Long::sum) == 0) {
            counts.remove(kind);
        }
    }

    Set<String> kinds() {
        return counts.keySet();
    }

    long of(Collection<String> kinds) {
        return kinds.stream().mapToLong(kind -> counts.getOrDefault(kind, 0L)).sum();
    }

    ObjectNode toJson() {
        ObjectNode node = Json.object();
        counts.forEach(node::put);
        return node;
    }

    static Counts read(JsonNode node) {
        Counts read = new Counts();
        node.properties()
                .forEach(kind -> read.counts.put(kind.getKey(), kind.getValue().asLong()));
        return read;
    }
}
