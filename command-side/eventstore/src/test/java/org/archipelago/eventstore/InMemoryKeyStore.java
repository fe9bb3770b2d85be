package org.archipelago.eventstore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/** Keys are derived from their use, so that another process of the same test has the same ones. */
public final class InMemoryKeyStore implements KeyStore {
    private final Map<KeyRef, Key> byUse = new HashMap<>();
    private final Map<KeyId, Key> byId = new HashMap<>();
    private final Set<KeyId> destroyedIds = new HashSet<>();
    private final Set<KeyRef> destroyed = new HashSet<>();

    @Override
    public synchronized List<Key> obtainAll(List<KeyRef> uses) {
        List<Key> keys = new ArrayList<>();
        for (KeyRef use : uses) {
            if (destroyed.contains(use)) {
                throw new ArchiveException(ArchiveError.ERASED, "key");
            }
            Key key = byUse.computeIfAbsent(
                    use, u -> new Key(Digest.sha256(u.toString().getBytes()).toBytes()));
            byId.put(key.id(), key);
            keys.add(key);
        }
        return keys;
    }

    @Override
    public synchronized void adopt(Map<KeyRef, Key> keys) {
        keys.forEach((use, key) -> {
            Key here = byUse.getOrDefault(use, key);
            if (!here.id().equals(key.id())) {
                throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "key");
            }
        });
        keys.forEach((use, key) -> {
            if (!destroyed.contains(use) && !destroyedIds.contains(key.id())) {
                byUse.put(use, key);
                byId.put(key.id(), key);
            }
        });
    }

    @Override
    public synchronized Optional<Key> find(KeyRef use) {
        return Optional.ofNullable(byUse.get(use));
    }

    @Override
    public synchronized Optional<Key> find(KeyId id) {
        return Optional.ofNullable(byId.get(id));
    }

    @Override
    public synchronized boolean isDestroyed(KeyId id) {
        return destroyedIds.contains(id);
    }

    @Override
    public synchronized boolean isDestroyed(KeyRef use) {
        return destroyed.contains(use);
    }

    /** As if its file had been lost: nothing remembers the key. */
    public synchronized void lose(KeyId id) {
        byId.remove(id);
        byUse.values().removeIf(key -> key.id().equals(id));
    }

    @Override
    public synchronized void destroy(Collection<KeyId> ids) {
        ids.stream().filter(byId::containsKey).forEach(destroyedIds::add);
        ids.forEach(byId::remove);
        byUse.forEach((use, key) -> {
            if (ids.contains(key.id())) {
                destroyed.add(use);
            }
        });
        byUse.keySet().removeAll(destroyed);
    }

    @Override
    public void close() {}
}
