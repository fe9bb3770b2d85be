package org.archipelago.query.testing;

import java.security.SecureRandom;
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
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/** Keys in memory. */
public final class MemoryKeys implements KeyStore {
    private final Map<KeyRef, Key> keys = new HashMap<>();
    private final Set<KeyId> destroyed = new HashSet<>();
    private final Set<KeyRef> destroyedUses = new HashSet<>();
    private final SecureRandom random = new SecureRandom();

    @Override
    public synchronized List<Key> obtainAll(List<KeyRef> uses) {
        List<Key> found = new ArrayList<>();
        for (KeyRef use : uses) {
            found.add(keys.computeIfAbsent(use, _ -> {
                byte[] bytes = new byte[Key.LENGTH_BYTES];
                random.nextBytes(bytes);
                return new Key(bytes);
            }));
        }
        return found;
    }

    @Override
    public synchronized void adopt(Map<KeyRef, Key> adopted) {
        adopted.forEach((use, key) -> {
            if (!keys.getOrDefault(use, key).id().equals(key.id())) {
                throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "key");
            }
        });
        adopted.forEach((use, key) -> {
            if (!destroyedUses.contains(use) && !destroyed.contains(key.id())) {
                keys.put(use, key);
            }
        });
    }

    @Override
    public synchronized Optional<Key> find(KeyRef use) {
        return Optional.ofNullable(keys.get(use));
    }

    @Override
    public synchronized Optional<Key> find(KeyId id) {
        return keys.values().stream().filter(key -> key.id().equals(id)).findFirst();
    }

    @Override
    public synchronized boolean isDestroyed(KeyId id) {
        return destroyed.contains(id);
    }

    @Override
    public synchronized boolean isDestroyed(KeyRef use) {
        return destroyedUses.contains(use);
    }

    @Override
    public synchronized void destroy(Collection<KeyId> ids) {
        keys.forEach((use, key) -> {
            if (ids.contains(key.id())) {
                destroyed.add(key.id());
                destroyedUses.add(use);
            }
        });
        keys.values().removeIf(key -> ids.contains(key.id()));
    }

    @Override
    public void close() {}
}
