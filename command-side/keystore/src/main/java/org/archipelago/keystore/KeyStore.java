package org.archipelago.keystore;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;

/** Keys and their destruction. Thread-safe. */
public interface KeyStore extends AutoCloseable {
    /** The key for this use, made at random when there is none yet. On return it survives power loss. */
    default Key obtain(KeyRef use) {
        return obtainAll(List.of(use)).getFirst();
    }

    /**
     * As {@link #obtain} for several uses, with one sync for all that are new.
     *
     * @throws org.archipelago.contract.ArchiveException ERASED when the key of a use was destroyed: it is never made again; KEY_LOST when
     *     it was lost
     */
    List<Key> obtainAll(List<KeyRef> uses);

    /**
     * Takes in keys that another site made for its own streams; durable on return, with one sync for all that are new, or none is
     * here. What is here already stays as it is, and what was destroyed, by its use or by its id, stays destroyed. A key may come
     * for several uses, and is destroyed for all of them.
     *
     * @throws org.archipelago.contract.ArchiveException CONFLICTING_STATE when another key is here for one of the uses;
     *     REQUEST_TOO_LARGE
     */
    void adopt(Map<KeyRef, Key> keys);

    Optional<Key> find(KeyRef use);

    /** Empty when it was destroyed or was never here. */
    Optional<Key> find(KeyId id);

    /** Whether this key was here and was destroyed: what it sealed is gone on purpose, not lost. */
    boolean isDestroyed(KeyId id);

    /** Whether the key for this use was made here and destroyed. */
    boolean isDestroyed(KeyRef use);

    /** Whether the key for this use went with the site that was destroyed, and nobody gave it back: nobody erased anything. */
    default boolean isLost(KeyRef use) {
        return false;
    }

    /** On return the keys cannot be had from this store's files any more, by anyone. Unknown ids are passed over. */
    void destroy(Collection<KeyId> ids);

    @Override
    void close();
}
