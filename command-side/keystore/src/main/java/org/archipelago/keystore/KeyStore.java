package org.archipelago.keystore;

import java.util.Collection;
import java.util.List;
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
     * @throws org.archipelago.contract.ArchiveException ERASED when the key of a use was destroyed: it is never made again
     */
    List<Key> obtainAll(List<KeyRef> uses);

    Optional<Key> find(KeyRef use);

    /** Empty when it was destroyed or was never here. */
    Optional<Key> find(KeyId id);

    /** Whether this key was here and was destroyed: what it sealed is gone on purpose, not lost. */
    boolean isDestroyed(KeyId id);

    /** Whether the key for this use was made here and destroyed. */
    boolean isDestroyed(KeyRef use);

    /** On return the keys cannot be had from this store's files any more, by anyone. Unknown ids are passed over. */
    void destroy(Collection<KeyId> ids);

    @Override
    void close();
}
