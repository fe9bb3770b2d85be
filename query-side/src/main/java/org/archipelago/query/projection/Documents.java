package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.archipelago.query.cluster.BulkFailure;
import org.archipelago.query.cluster.BulkWrite;
import org.archipelago.query.cluster.SearchCluster;
import org.jspecify.annotations.Nullable;

/** The documents that a batch of events works on: a bounded cache of the index, and what is to be written. For one thread. */
final class Documents {
    /** A state holds the attributes of one series or study: some 10 KiB each. */
    static final int MAX_CACHED = 2_000;

    /** Estimated, of states; what the index has of each is kept beside it and is some times larger. */
    static final long MAX_CACHED_BYTES = 24 << 20;

    private static final int MAX_READ_AT_ONCE = 500;

    /** The kind of documents that no search finds. */
    private static final String HIDDEN = "hidden";

    private final SearchCluster cluster;
    private final IndexNames names;
    private final Fold fold;
    private final LinkedHashMap<DocumentKey, Slot> slots = new LinkedHashMap<>(256, 0.75f, true);
    private final Map<DocumentKey, Slot> dirty = new LinkedHashMap<>();

    Documents(SearchCluster cluster, IndexNames names, Fold fold) {
        this.cluster = cluster;
        this.names = names;
        this.fold = fold;
    }

    private static final class Slot {
        @Nullable
        State state;

        /** Of the last event that is folded in. */
        long position = -1;

        /** The highest that any write has had: Elasticsearch takes nothing below it. */
        long version = -1;

        /** State and position as the index has them, or ought to. */
        @Nullable
        JsonNode saved;

        long savedPosition = -1;

        /** Estimated, of the state as it is saved. */
        int bytes;

        /** A write that was refused in part, or whose outcome is unknown, may have reached it. */
        boolean exposed;

        final Set<Place> causes = new LinkedHashSet<>();
    }

    <S extends State> Optional<S> find(DocumentKey key, Class<S> type) {
        return Optional.ofNullable(slot(key).state).map(type::cast);
    }

    /** The state is this from now on, because of the event at this place. */
    void put(DocumentKey key, State state, Place place) {
        touch(key, place).state = state;
    }

    void remove(DocumentKey key, Place place) {
        if (slot(key).state != null) {
            touch(key, place).state = null;
        }
    }

    private Slot touch(DocumentKey key, Place place) {
        Slot slot = slot(key);
        slot.position = Math.max(slot.position, place.position().value());
        slot.causes.add(place);
        dirty.put(key, slot);
        return slot;
    }

    private Slot slot(DocumentKey key) {
        Slot slot = slots.get(key);
        if (slot == null) {
            load(List.of(key));
            slot = slots.computeIfAbsent(key, _ -> new Slot());
        }
        return slot;
    }

    /** Reads those that are not here yet, in few requests. */
    void load(Collection<DocumentKey> keys) {
        List<DocumentKey> missing =
                keys.stream().filter(k -> !slots.containsKey(k)).distinct().toList();
        for (int from = 0; from < missing.size(); from += MAX_READ_AT_ONCE) {
            read(missing.subList(from, Math.min(missing.size(), from + MAX_READ_AT_ONCE)));
        }
    }

    private void read(List<DocumentKey> keys) {
        ObjectNode request = SearchCluster.object();
        ArrayNode wanted = request.putArray("docs");
        for (DocumentKey key : keys) {
            ObjectNode one = wanted.addObject()
                    .put("_index", names.physical(key.index()))
                    .put("_id", key.id());
            one.putArray("_source").add("state").add("position");
        }
        JsonNode answer = cluster.documents(request);
        for (int i = 0; i < keys.size(); i++) {
            JsonNode found = answer.path(i);
            if (!found.path("error").isMissingNode()) {
                throw new IndexLostException(names.physical(keys.get(i).index()));
            }
            Slot slot = new Slot();
            if (found.path("found").asBoolean()) {
                slot.saved = found.path("_source").path("state");
                slot.savedPosition = found.path("_source").path("position").asLong();
                slot.version = found.path("_version").asLong();
                restore(keys.get(i), slot);
            }
            slots.put(keys.get(i), slot);
        }
    }

    /**
     * Writes what changed.
     *
     * @return the physical indexes that it is in
     * @throws UnfoldableException for events that led to a document which cannot be made or is refused
     */
    Set<String> write() {
        Set<String> changed = new LinkedHashSet<>();
        dirty.keySet().forEach(key -> changed.add(names.physical(key.index())));
        List<BulkWrite> writes = new ArrayList<>();
        Fold.Renderer renderer = fold.renderer(this);
        for (Map.Entry<DocumentKey, Slot> entry : dirty.entrySet()) {
            Slot slot = entry.getValue();
            try {
                writes.add(writeOf(entry.getKey(), slot, renderer));
            } catch (IllegalArgumentException
                    | IllegalStateException
                    | ArithmeticException
                    | NullPointerException
                    | IndexOutOfBoundsException
                    | NoSuchElementException e) {
                throw new UnfoldableException(slot.causes, e.getClass().getSimpleName());
            }
        }
        dirty.values().forEach(slot -> slot.exposed = true);
        List<BulkFailure> failures = cluster.bulk(writes);
        Set<Place> culprits = new LinkedHashSet<>();
        for (BulkFailure failure : failures) {
            if (failure.status() == 404) {
                throw new IndexLostException(failure.write().index());
            }
            DocumentKey key = new DocumentKey(
                    names.logical(failure.write().index()), failure.write().id());
            culprits.addAll(Objects.requireNonNull(dirty.get(key)).causes);
        }
        if (!failures.isEmpty() && culprits.isEmpty()) {
            throw new IllegalStateException(
                    "the index refuses what it had: " + failures.getLast().type());
        }
        if (!failures.isEmpty()) {
            throw new UnfoldableException(culprits, failures.getLast().type());
        }
        settle();
        return changed;
    }

    private BulkWrite writeOf(DocumentKey key, Slot slot, Fold.Renderer renderer) {
        String index = names.physical(key.index());
        slot.version = Math.max(slot.version, slot.position);
        if (slot.state == null) {
            return new BulkWrite.Remove(index, key.id(), slot.version);
        }
        ObjectNode document = renderer.render(key, slot.state);
        document.put("kind", fold.isHidden(slot.state) ? HIDDEN : key.index());
        document.put("position", slot.position);
        document.set("state", slot.state.toJson());
        return new BulkWrite.Put(index, key.id(), slot.version, document);
    }

    private void settle() {
        for (Slot slot : dirty.values()) {
            slot.saved = slot.state == null ? null : slot.state.toJson().deepCopy();
            slot.savedPosition = slot.position;
            slot.bytes = slot.state == null ? 0 : slot.state.sizeBytes();
            slot.exposed = false;
            slot.causes.clear();
        }
        dirty.clear();
        long bytes = slots.values().stream().mapToLong(slot -> slot.bytes).sum();
        Iterator<Slot> eldest = slots.values().iterator();
        while (eldest.hasNext() && (slots.size() > MAX_CACHED || bytes > MAX_CACHED_BYTES)) {
            bytes -= eldest.next().bytes;
            eldest.remove();
        }
    }

    /**
     * Back to before the events in hand. What a refused write may have left of them in the index is written over with the
     * next {@link #write}.
     */
    void rollback() {
        Map<DocumentKey, Slot> exposed = new LinkedHashMap<>();
        dirty.forEach((key, slot) -> {
            if (slot.exposed) {
                restore(key, slot);
                exposed.put(key, slot);
            }
        });
        abandon();
        slots.putAll(exposed);
        dirty.putAll(exposed);
    }

    /** States change in place: never the saved one. */
    private void restore(DocumentKey key, Slot slot) {
        slot.state = slot.saved == null ? null : fold.read(key.index(), slot.saved.deepCopy());
        slot.position = slot.savedPosition;
        slot.bytes = slot.state == null ? 0 : slot.state.sizeBytes();
        slot.causes.clear();
    }

    /** Forgets what was not written, and the cache with it: somebody else has the index now. */
    void abandon() {
        slots.clear();
        dirty.clear();
    }
}
