package org.archipelago.domain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.axonframework.common.Registration;
import org.axonframework.common.caching.Cache;
import org.jspecify.annotations.Nullable;

/** Keeps the aggregates that were used last, up to a number of them. Thread-safe. */
public final class BoundedCache implements Cache {
    private final int maxEntries;
    private final Map<Object, Object> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final List<EntryListener> listeners = new CopyOnWriteArrayList<>();

    /** @throws IllegalArgumentException unless there is room for one */
    public BoundedCache(int maxEntries) {
        if (maxEntries < 1) {
            throw new IllegalArgumentException("a cache holds at least one entry");
        }
        this.maxEntries = maxEntries;
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

    private void evict() {
        Object eldest;
        synchronized (entries) {
            if (entries.size() <= maxEntries) {
                return;
            }
            eldest = entries.keySet().iterator().next();
            entries.remove(eldest);
        }
        listeners.forEach(listener -> listener.onEntryExpired(eldest));
    }
}
