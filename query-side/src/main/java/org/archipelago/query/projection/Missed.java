package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** How many events of a stream of another site are not in what is remembered of it. */
final class Missed {
    private static final String ALL = "missed";
    private static final String LOCKED = "locked";

    private long all;
    private long locked;

    /** @param keyMissing whether the event may yet be read, once its key comes */
    void add(boolean keyMissing) {
        all++;
        locked += keyMissing ? 1 : 0;
    }

    /** One that was added with its key missing. */
    void remove() {
        all = Math.max(0, all - 1);
        locked = Math.max(0, locked - 1);
    }

    boolean any() {
        return all > 0;
    }

    /** So that searches can count them, and find the streams that a key would open. */
    void mark(ObjectNode document) {
        if (any()) {
            document.put(ALL, all).put(LOCKED, locked);
        }
    }

    /** Nothing where none is: so it is of this site's own streams. */
    void write(ObjectNode state) {
        mark(state);
    }

    static Missed read(JsonNode state) {
        Missed missed = new Missed();
        missed.all = state.path(ALL).asLong();
        missed.locked = state.path(LOCKED).asLong();
        return missed;
    }
}
