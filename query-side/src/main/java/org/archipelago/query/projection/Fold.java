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

    /** Whether events of other sites are folded, too, each into documents of its own origin alone. */
    default boolean takesForeign() {
        return false;
    }

    /**
     * An event of another site that is not taken in: it cannot be opened here, or is nothing that can be folded. That is kept with the
     * stream, and stops nothing.
     *
     * @param keyMissing whether it may yet be read, once its key comes
     */
    default void passOver(boolean keyMissing, Place place, Documents documents) {}

    /**
     * Forgets what a stream of another site has come to, to fold it anew; until {@link #wasReread} it counts as one that is to be.
     *
     * @param place of its first event
     */
    default void reset(Place place, Documents documents) {}

    /** All events of the stream have been folded since {@link #reset}. */
    default void wasReread(Place place, Documents documents) {}

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
