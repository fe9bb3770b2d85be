package org.archipelago.keystore;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;

/** The keys used last, unwrapped, by use and by id. About 600 bytes each. */
final class KeyCache {
    private final Map<KeyRef, Key> byUse;
    private final Map<KeyId, Key> byId;

    KeyCache(int maxKeys) {
        byUse = leastRecentlyUsed(maxKeys);
        byId = leastRecentlyUsed(maxKeys);
    }

    private static <K> Map<K, Key> leastRecentlyUsed(int max) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, Key> eldest) {
                return size() > max;
            }
        };
    }

    synchronized Optional<Key> get(KeyRef use) {
        return Optional.ofNullable(byUse.get(use));
    }

    synchronized Optional<Key> get(KeyId id) {
        return Optional.ofNullable(byId.get(id));
    }

    synchronized void put(KeyRef use, Key key) {
        byUse.put(use, key);
        byId.put(key.id(), key);
    }

    synchronized void clear() {
        byUse.clear();
        byId.clear();
    }
}
