package org.archipelago.federation.recovery;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.record.LogRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.grant.GrantedStreams;
import org.archipelago.federation.grant.KeyEnvelope;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/**
 * Takes a site's own keys back from those to whom its log had granted them: each only if it is the very one that the site's records name,
 * so that nobody can make it seal under a key of theirs. For one thread.
 */
public final class OwnKeys {
    private static final String GRANT = "grant";
    /** What they open makes claims. */
    private static final Set<KeyClass> OPENING = Set.of(KeyClass.INDEX);

    private final StreamNames names;
    private final RecipientKeyPair recipient;
    private final KeyStore keys;
    private final Sealing sealing;
    private final KeySources sources;
    private final Set<SiteId> answered = new HashSet<>();
    private long opening;

    public OwnKeys(StreamNames names, RecipientKeyPair recipient, KeyStore keys, Sealing sealing, KeySources sources) {
        this.names = names;
        this.recipient = recipient;
        this.keys = keys;
        this.sealing = sealing;
        this.sources = sources;
    }

    /**
     * Asks one peer for the keys of streams that begin in these records, which were verified. What is right is durable on return.
     *
     * @throws ArchiveException as {@link PeerLink}; PEER_MISBEHAVED when the answer leads nowhere or does not open
     */
    public void ask(PeerLink link, OriginPosition first, List<LogRecord> records) {
        Map<StreamId, Beginning> beginnings = beginnings(first, records);
        long end = first.value() + records.size();
        long next = first.value();
        while (next < end) {
            ReturnedKeys answer = link.returned(new OriginPosition(next), new OriginPosition(end - 1));
            long after = answer.next().value();
            if (after < next || after > end) {
                throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "keys of other records than asked for");
            }
            answered.add(link.peer());
            take(link.peer(), answer, beginnings);
            if (after == next) {
                return; // it has no more records of this site
            }
            next = after;
        }
    }

    /** Whether the peer that failed so has answered before: it has keys to give, and to go on without them would lose them for good. */
    public boolean isWaitedFor(SiteId peer, ArchiveException failure) {
        return failure.error() == ArchiveError.PEER_UNAVAILABLE && answered.contains(peer);
    }

    /** How many keys came so far that were not here, and that open records which may claim something. */
    public long opening() {
        return opening;
    }

    /** The first record of a stream, and where it is. */
    private record Beginning(long position, LogRecord record) {}

    private static Map<StreamId, Beginning> beginnings(OriginPosition first, List<LogRecord> records) {
        Map<StreamId, Beginning> beginnings = new HashMap<>();
        for (int i = 0; i < records.size(); i++) {
            RecordHeader header = records.get(i).header();
            if (header.revision().value() == 0) {
                beginnings.put(header.stream(), new Beginning(first.value() + i, records.get(i)));
            }
        }
        return beginnings;
    }

    private void take(SiteId peer, ReturnedKeys answer, Map<StreamId, Beginning> beginnings) {
        if (answer.keys().isEmpty()) {
            return;
        }
        List<Key> opened = new KeyEnvelope(peer, names.site(), answer.keys())
                .open(answer.sealed(), recipient)
                .orElseThrow(() -> new ArchiveException(ArchiveError.PEER_MISBEHAVED, "keys that do not open"));
        Map<KeyRef, Key> given = new LinkedHashMap<>();
        for (int i = 0; i < opened.size(); i++) {
            given.put(answer.keys().get(i), opened.get(i));
        }
        // Pixel keys are named in what the index keys open.
        takeThose(peer, given, beginnings, false);
        takeThose(peer, given, beginnings, true);
    }

    private void takeThose(
            SiteId peer, Map<KeyRef, Key> given, Map<StreamId, Beginning> beginnings, boolean pixelKeys) {
        Map<KeyRef, Key> right = new LinkedHashMap<>();
        given.forEach((use, key) -> {
            if (pixelKeys == (use.keyClass() == KeyClass.PIXEL)) {
                Optional<Beginning> beginning = Optional.ofNullable(beginnings.get(use.subject()));
                if (beginning.flatMap(one -> named(use, one.record())).equals(Optional.of(key.id()))) {
                    boolean isNew = keys.find(key.id()).isEmpty();
                    right.put(useHere(use, peer), key);
                    sources.given(peer, use, beginning.get().position(), isNew);
                    opening += isNew && OPENING.contains(use.keyClass()) ? 1 : 0;
                } else if (!isUntold(use, beginning)) {
                    sources.refused(peer, use);
                }
            }
        });
        if (!right.isEmpty()) {
            keys.adopt(right);
        }
    }

    /** All grants to one peer, and releases to it, have one key. */
    private KeyRef useHere(KeyRef use, SiteId peer) {
        return use.keyClass() == KeyClass.GRANT ? new KeyRef(KeyClass.GRANT, names.grants(peer)) : use;
    }

    /** The key that a stream's first record names for this use; empty when no peer can have been granted it, or it cannot be told. */
    private Optional<KeyId> named(KeyRef use, LogRecord first) {
        String kind = use.subject().kind();
        boolean isGrant = use.keyClass() == KeyClass.GRANT && kind.equals(GRANT);
        if (!isGrant && !GrantedStreams.classes(kind).contains(use.keyClass())) {
            return Optional.empty();
        }
        return use.keyClass() == KeyClass.PIXEL
                ? pixelKey(first)
                : Optional.of(first.header().key());
    }

    /** A pixel key whose name is in a record that nothing opens yet: it may be right, and is asked for again once that is open. */
    private boolean isUntold(KeyRef use, Optional<Beginning> beginning) {
        return use.keyClass() == KeyClass.PIXEL
                && beginning
                        .map(one -> one.record().header().key())
                        .filter(key -> keys.find(key).isEmpty())
                        .isPresent();
    }

    private Optional<KeyId> pixelKey(LogRecord first) {
        if (first.isWithheld() || keys.find(first.header().key()).isEmpty()) {
            return Optional.empty();
        }
        return sealing.open(first).payload() instanceof StudyRegistered registered
                ? Optional.of(registered.pixelKey())
                : Optional.empty();
    }
}
