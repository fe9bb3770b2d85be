package org.archipelago.node;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.identity.SiteKeys;
import org.archipelago.federation.recovery.LostKeys;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/**
 * A site's keys. Those of its own streams follow from its secret; what nobody could give back after the site was destroyed counts as
 * destroyed, as long as it does not come back.
 */
record SiteKeyStore(KeyStore stored, SiteKeys siteKeys, LostKeys lost) implements KeyStore {
    @Override
    public List<Key> obtainAll(List<KeyRef> uses) {
        Map<KeyRef, Key> fresh = new HashMap<>();
        for (KeyRef use : uses) {
            if (isLost(use)) {
                // A patient or audit subject goes on under a key of its own after this, as after an erasure.
                boolean ends = use.keyClass() == KeyClass.INDEX || use.keyClass() == KeyClass.PIXEL;
                throw new ArchiveException(ends ? ArchiveError.KEY_LOST : ArchiveError.ERASED, "key");
            }
            if (use.keyClass() == KeyClass.SITE && stored.find(use).isEmpty()) {
                fresh.put(use, siteKeys.of(use.subject()));
            }
        }
        stored.adopt(fresh);
        return stored.obtainAll(uses);
    }

    /** Keys of the site's own streams, as far as they begin in these records and follow from its secret. */
    void adoptSiteKeys(List<LogRecord> records) {
        for (LogRecord record : records) {
            KeyRef use = new KeyRef(KeyClass.SITE, record.header().stream());
            boolean begins = record.header().revision().value() == 0;
            if (begins && siteKeys.of(use.subject()).id().equals(record.header().key())) {
                obtain(use);
            }
        }
    }

    @Override
    public void adopt(Map<KeyRef, Key> keys) {
        stored.adopt(keys);
    }

    @Override
    public Optional<Key> find(KeyRef use) {
        return stored.find(use);
    }

    @Override
    public Optional<Key> find(KeyId id) {
        return stored.find(id);
    }

    @Override
    public boolean isDestroyed(KeyId id) {
        return stored.isDestroyed(id) || (lost.contains(id) && stored.find(id).isEmpty());
    }

    @Override
    public boolean isDestroyed(KeyRef use) {
        return stored.isDestroyed(use) || isLost(use);
    }

    @Override
    public boolean isLost(KeyRef use) {
        return lost.contains(use) && stored.find(use).isEmpty();
    }

    @Override
    public void destroy(Collection<KeyId> ids) {
        stored.destroy(ids);
    }

    @Override
    public void close() {
        stored.close();
    }
}
