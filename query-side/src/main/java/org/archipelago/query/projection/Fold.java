package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * One group of indexes as a pure function of the log. Applying an event again, or again after later ones, changes nothing.
 */
interface Fold {
    /** Raised with every change of what it makes of an event: its indexes are then built anew. */
    int version();

    /** Names the group in dead letters and metrics. */
    String group();

    /** Logical names of the indexes that it writes. */
    List<String> indexes();

    /** Those of them that searches must see soon, or at once when they wait for a position; the others follow within a second. */
    List<String> prompt();

    /** Between two refreshes of these while nobody waits. Each costs Elasticsearch much, and it has one thread for them. */
    Duration rest();

    /** Documents that the event will surely ask for, to read them in one request. */
    Set<DocumentKey> needs(Object payload);

    /** Takes one event in. Throws what it likes: the event then becomes a dead letter and nothing of it stays. */
    void apply(Object payload, Place place, Documents documents);

    State read(String index, JsonNode state);

    /** Whether there is nothing to be found of it yet, or any more. */
    default boolean isHidden(State state) {
        return false;
    }

    /** Makes the documents of one write, between which nothing is applied. */
    Renderer renderer(Documents documents);

    /** Makes documents of states. */
    interface Renderer {
        /** The document to index, without its state. */
        ObjectNode render(DocumentKey key, State state);
    }
}
