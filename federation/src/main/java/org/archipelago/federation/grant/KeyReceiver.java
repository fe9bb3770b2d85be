package org.archipelago.federation.grant;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.replica.RefusalJournal;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes into the keystore what other sites grant this one: what they hand over themselves, and what their logs grant, from whoever these
 * come. How far each log was gone through is kept, so that what came before a crash, or before the key that opens it, is not missed.
 * What a site may not grant is refused and counted, and stops nothing. Thread-safe.
 */
public final class KeyReceiver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyReceiver.class);

    private static final String GRANT = "grant";
    private static final int CHUNK_RECORDS = 256;

    private final EventLog log;
    private final Sealing sealing;
    private final KeyStore keys;
    private final RecipientKeyPair own;
    private final Path directory;
    private final Supplier<? extends Collection<SiteId>> origins;
    private final RefusalJournal refusals;
    private final Consumer<Collection<StreamId>> readable;
    private final GrantRules rules;
    private final String reader;
    private final Map<SiteId, GrantProgress> progress = new ConcurrentHashMap<>();
    private final Set<SiteId> failing = ConcurrentHashMap.newKeySet();
    private final Set<SiteId> contradicted = ConcurrentHashMap.newKeySet();
    private final LongAdder adopted = new LongAdder();
    private volatile boolean closed;

    /**
     * @param directory of what is kept of the progress in each log
     * @param origins whose grants are taken
     * @param readable told of streams whose keys are in the keystore now, of some again; of the last before a crash perhaps not
     */
    public KeyReceiver(
            EventLog log,
            Sealing sealing,
            KeyStore keys,
            RecipientKeyPair own,
            Path directory,
            Supplier<? extends Collection<SiteId>> origins,
            RefusalJournal refusals,
            Consumer<Collection<StreamId>> readable) {
        this.log = log;
        this.sealing = sealing;
        this.keys = keys;
        this.own = own;
        this.directory = directory;
        this.origins = origins;
        this.refusals = refusals;
        this.readable = readable;
        this.rules = new GrantRules(log, sealing, log.site());
        int version = sealing.bodies().types().named("KeyGranted").orElseThrow().version();
        this.reader = own.publicKey().id() + " " + version;
    }

    /** Keys that were taken in since the start. */
    public long adopted() {
        return adopted.sum();
    }

    /**
     * Takes in what a site answered when it was asked; durable on return. From then on its grants are read, also those from before.
     *
     * @param study whose pixel key was asked for; that one is taken, too, beside a key of grants that contradicts the one here
     * @throws ArchiveException PEER_MISBEHAVED when it is not what was asked for, or does not open: nothing of it is used
     */
    public synchronized void take(SiteId origin, HandedKeys handed, Optional<StreamId> study) {
        List<Key> opened = new KeyEnvelope(origin, log.site(), handed.keys())
                .open(handed.sealed(), own)
                .orElseThrow(() -> refused(origin, "handed keys that do not open"));
        Map<KeyRef, Key> ofGrants = new LinkedHashMap<>();
        Map<KeyRef, Key> asked = new LinkedHashMap<>();
        for (int i = 0; i < opened.size(); i++) {
            KeyRef use = handed.keys().get(i);
            boolean isAsked = switch (use.keyClass()) {
                case PIXEL -> study.filter(use.subject()::equals).isPresent();
                case GRANT -> use.subject().value().startsWith(origin + "/" + GRANT + "/");
                case INDEX, PATIENT, AUDIT, SITE -> false;
            };
            if (!isAsked) {
                throw refused(origin, "a handed key of class " + use.keyClass() + " that was not asked for");
            }
            if (!rules.isItsKey(use, opened.get(i))) {
                throw refused(origin, "another pixel key than the study names");
            }
            (use.keyClass() == KeyClass.GRANT ? ofGrants : asked).put(use, opened.get(i));
        }
        if (ofGrants.size() > 1) {
            throw refused(origin, "more than one key of what it grants");
        }
        ofGrants.keySet().forEach(use -> expect(origin, use));
        if (!adopted(asked)) {
            throw refused(origin, "another pixel key than before");
        }
        if (!adopted(ofGrants)) {
            contradicted(origin, study.isPresent());
        }
    }

    /** One for each origin, and always the same: each that is new means to read its whole log again. */
    private void expect(SiteId origin, KeyRef use) {
        GrantProgress at = progressOf(origin);
        if (at.grants().filter(known -> !known.equals(use.subject())).isPresent()) {
            throw refused(origin, "the key of other grants than before");
        }
        if (at.grants().isEmpty()) {
            at.grants(use.subject());
        }
        if (keys.find(use).isEmpty() && !keys.isDestroyed(use)) {
            // Before the key is here: else a crash between the two would hide what came before it.
            at.restart();
        }
    }

    private boolean adopted(Map<KeyRef, Key> all) {
        try {
            keys.adopt(all);
            return true;
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CONFLICTING_STATE) {
                throw e;
            }
            return false;
        }
    }

    /** Of a site whose keystore is older than its log, perhaps: told once, and no reason to be refused a pixel key. */
    private void contradicted(SiteId origin, boolean hasMore) {
        String what = "another key of what it grants than before";
        if (contradicted.add(origin)) {
            refusals.record(origin, origin, 0, what, Optional.empty());
        }
        if (!hasMore) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, what);
        }
    }

    /** Subject of the key of what a site grants this one; empty while it has not handed that over. */
    public synchronized Optional<StreamId> grants(SiteId origin) {
        return progressOf(origin).grants();
    }

    private ArchiveException refused(SiteId origin, String what) {
        refusals.record(origin, origin, 0, what, Optional.empty());
        return new ArchiveException(ArchiveError.PEER_MISBEHAVED, what);
    }

    /**
     * Goes through what is new in the logs.
     *
     * @return whether all of them could be read; else it is to be tried again
     */
    public boolean catchUp() {
        List<SiteId> all = List.copyOf(origins.get());
        failing.retainAll(all);
        for (SiteId origin : all) {
            try {
                boolean more = true;
                while (more && !closed) {
                    more = readChunk(origin);
                }
                failing.remove(origin);
            } catch (RuntimeException e) {
                if (failing.add(origin)) {
                    LOG.warn("what {} granted cannot be read on; this is tried again", origin, e);
                }
            }
        }
        return failing.isEmpty();
    }

    /** Whoever hands over or asks for a key waits for one chunk at most. */
    private synchronized boolean readChunk(SiteId origin) {
        GrantProgress at = progressOf(origin);
        long end = log.originHead(origin).value() + 1;
        if (at.next() > end) {
            at.restart(); // the log was restored from before
        }
        if (at.next() == end) {
            return false;
        }
        OriginPosition next = new OriginPosition(at.next());
        List<StoredRecord> chunk = log.readOrigin(origin, next, CHUNK_RECORDS);
        if (chunk.isEmpty() && !log.isDamaged(origin, next)) {
            return false; // it is not there yet
        }
        for (StoredRecord stored : chunk) {
            if (stored.record().header().stream().kind().equals(GRANT)) {
                granted(origin, stored).ifPresent(at::last);
            }
        }
        // A damaged one is passed: it is found and repaired elsewhere.
        at.advance(next.value() + Math.max(1, chunk.size()));
        at.saveNowAndThen();
        return true;
    }

    /** Keeps how far it came. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            progress.values().forEach(GrantProgress::save);
        }
    }

    private GrantProgress progressOf(SiteId origin) {
        return progress.computeIfAbsent(origin, _ -> {
            try {
                return GrantProgress.open(directory.resolve(origin.toString()), reader, keys);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** @return one of the keys that were taken in */
    private Optional<KeyRef> granted(SiteId origin, StoredRecord stored) {
        LogRecord record = stored.record();
        if (record.isWithheld() || keys.find(record.header().key()).isEmpty()) {
            return Optional.empty(); // for another site, or the key that opens it is still to come
        }
        long position = stored.originPosition().value();
        return switch (sealing.openReplica(record).payload()) {
            case KeyGranted grant -> adopt(origin, position, grant);
            case Unreadable unreadable -> refuse(origin, position, "a grant that is " + unreadable.reason());
            default -> Optional.empty(); // of a newer program
        };
    }

    private Optional<KeyRef> adopt(SiteId origin, long position, KeyGranted grant) {
        if (!grant.recipient().equals(own.publicKey().id())) {
            LOG.debug("what {} granted at {} is sealed to another key pair of this site", origin, position);
            return Optional.empty();
        }
        Optional<String> broken = rules.broken(origin, grant);
        if (broken.isPresent()) {
            return refuse(origin, position, broken.get());
        }
        return opened(origin, grant.keys(), grant.sealed())
                .map(found -> adopt(origin, position, found))
                .orElseGet(() -> refuse(origin, position, "keys that do not open, or are not those of the records"));
    }

    private Optional<Map<KeyRef, Key>> opened(SiteId origin, List<KeyRef> uses, SealedKeys sealed) {
        return new KeyEnvelope(origin, log.site(), uses).open(sealed, own).flatMap(found -> {
            Map<KeyRef, Key> all = new LinkedHashMap<>();
            for (int i = 0; i < found.size(); i++) {
                if (!rules.isItsKey(uses.get(i), found.get(i))) {
                    return Optional.empty();
                }
                all.put(uses.get(i), found.get(i));
            }
            return Optional.of(all);
        });
    }

    private Optional<KeyRef> adopt(SiteId origin, long position, Map<KeyRef, Key> all) {
        if (!adopted(all)) {
            return refuse(origin, position, "another key than it granted before");
        }
        adopted.add(all.size());
        readable.accept(all.keySet().stream().map(KeyRef::subject).distinct().toList());
        return Optional.of(all.keySet().iterator().next());
    }

    private Optional<KeyRef> refuse(SiteId origin, long position, String what) {
        refusals.record(origin, origin, position, what, Optional.empty());
        return Optional.empty();
    }
}
