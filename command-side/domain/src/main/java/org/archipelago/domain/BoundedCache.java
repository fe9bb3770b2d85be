package org.archipelago.domain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.ToLongBiFunction;
import java.util.function.UnaryOperator;
import org.axonframework.common.Registration;
import org.axonframework.common.caching.Cache;
import org.jspecify.annotations.Nullable;

/** Keeps what was used last, up to a number of entries and a weight of all together; the last one always. Thread-safe. */
public final class BoundedCache implements Cache {
    private final int maxEntries;
    private final long maxWeight;
    private final ToLongBiFunction<Object, Object> weigher;
    private final Map<Object, Object> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Object, Long> weights = new HashMap<>();
    private long weight;
    private final List<EntryListener> listeners = new CopyOnWriteArrayList<>();

    /** @throws IllegalArgumentException unless there is room for one */
    public BoundedCache(int maxEntries) {
        this(maxEntries, maxEntries, (_, _) -> 1);
    }

    /**
     * @param weigher of a key and its value, asked whenever it is put
     * @throws IllegalArgumentException unless there is room for one
     */
    public BoundedCache(int maxEntries, long maxWeight, ToLongBiFunction<Object, Object> weigher) {
        if (maxEntries < 1) {
            throw new IllegalArgumentException("a cache holds at least one entry");
        }
        this.maxEntries = maxEntries;
        this.maxWeight = maxWeight;
        this.weigher = weigher;
    }

    /** Tells of each entry that goes, whatever for. */
    public void onGone(Consumer<Object> gone) {
        listeners.add(new EntryListenerAdapter() {
            @Override
            public void onEntryExpired(Object key) {
                gone.accept(key);
            }

            @Override
            public void onEntryRemoved(Object key) {
                gone.accept(key);
            }
        });
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"}) // as Axon's interface has it
    public <K, V> @Nullable V get(K key) {
        Object value;
        synchronized (entries) {
            value = entries.get(key);
        }
        if (value != null) {
            listeners.forEach(listener -> listener.onEntryRead(key, value));
        }
        return (V) value;
    }

    @Override
    public void put(Object key, Object value) {
        Objects.requireNonNull(value);
        Object before;
        synchronized (entries) {
            before = entries.put(key, value);
            weigh(key, value);
        }
        listeners.forEach(listener -> {
            if (before == null) {
                listener.onEntryCreated(key, value);
            } else {
                listener.onEntryUpdated(key, value);
            }
        });
        evict();
    }

    @Override
    public boolean putIfAbsent(Object key, Object value) {
        Objects.requireNonNull(value);
        synchronized (entries) {
            if (entries.putIfAbsent(key, value) != null) {
                return false;
            }
            weigh(key, value);
        }
        listeners.forEach(listener -> listener.onEntryCreated(key, value));
        evict();
        return true;
    }

    @Override
    public boolean remove(Object key) {
        synchronized (entries) {
            if (entries.remove(key) == null) {
                return false;
            }
            unweigh(key);
        }
        listeners.forEach(listener -> listener.onEntryRemoved(key));
        return true;
    }

    @Override
    public void removeAll() {
        List<Object> keys;
        synchronized (entries) {
            keys = List.copyOf(entries.keySet());
        }
        keys.forEach(this::remove);
    }

    @Override
    public boolean containsKey(Object key) {
        synchronized (entries) {
            return entries.containsKey(key);
        }
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Axon's interface has it
    public <V> void computeIfPresent(Object key, UnaryOperator<V> update) {
        Object after;
        synchronized (entries) {
            if (!entries.containsKey(key)) {
                return;
            }
            after = entries.computeIfPresent(key, (_, before) -> update.apply((V) before));
            if (after == null) {
                unweigh(key);
            } else {
                weigh(key, after);
            }
        }
        listeners.forEach(listener -> {
            if (after == null) {
                listener.onEntryRemoved(key);
            } else {
                listener.onEntryUpdated(key, after);
            }
        });
    }

    @Override
    public Registration registerCacheEntryListener(EntryListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void weigh(Object key, Object value) {
        long now = weigher.applyAsLong(key, value);
        Long before = weights.put(key, now);
        weight += now - (before == null ? 0 : before);
    }

    private void unweigh(Object key) {
        Long before = weights.remove(key);
        weight -= before == null ? 0 : before;
    }

    private void evict() {
        List<Object> expired = new ArrayList<>();
        synchronized (entries) {
            while (entries.size() > maxEntries || (weight > maxWeight && entries.size() > 1)) {
                Object eldest = entries.keySet().iterator().next();
                entries.remove(eldest);
                unweigh(eldest);
                expired.add(eldest);
            }
        }
        expired.forEach(eldest -> listeners.forEach(listener -> listener.onEntryExpired(eldest)));
    }
}
