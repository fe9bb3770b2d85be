package org.archipelago.node.federation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantCommand;
import org.archipelago.contract.federation.GrantCommand.GrantKeys;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.eventstore.StreamHead;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.federation.follow.LogFollower;
import org.archipelago.federation.grant.GrantedStreams;
import org.archipelago.federation.grant.KeyEnvelope;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.replica.LogLinkService.KeyRelease;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Grants members the keys of this site's studies and patients, as its log grows and from its beginning, and pixel keys to those who ask.
 * Where it goes on for each member stands in what it granted last. Thread-safe.
 */
public final class KeyGranter implements KeyRelease, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyGranter.class);

    /** Between two batches of grants while records come: each is an event for each member. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(3);
    private static final int CHUNK_RECORDS = 1024;
    private static final String STUDY = "study";

    private final EventLog log;
    private final Sealing sealing;
    private final KeyStore keys;
    private final StreamNames names;
    private final Peers peers;
    private final Commands commands;
    private final Policy policy;
    private final LogFollower follower;
    private final Map<SiteId, GrantCursor> cursors = new ConcurrentHashMap<>();
    private final Map<SiteId, Long> failedAtNanos = new ConcurrentHashMap<>();
    private final LongAdder granted = new LongAdder();
    private volatile boolean closed;

    /** Sends a command; on return what it records is durable. */
    public interface Commands {
        void send(GrantCommand command);
    }

    /**
     * What a member gets.
     *
     * @param indexKeys the keys of all studies' metadata and of all patient records
     * @param pixelKeys the pixel key of each study that it asks for
     * @param heldKeys the pixel key of each study that it is to hold
     */
    public record Policy(boolean indexKeys, boolean pixelKeys, boolean heldKeys) {}

    public KeyGranter(
            EventLog log,
            Sealing sealing,
            KeyStore keys,
            StreamNames names,
            Peers peers,
            Commands commands,
            Policy policy) {
        this.log = log;
        this.sealing = sealing;
        this.keys = keys;
        this.names = names;
        this.peers = peers;
        this.commands = commands;
        this.policy = policy;
        this.follower = new LogFollower("grants", log, PAUSE, this::grantNew);
    }

    public void start() {
        if (policy.indexKeys()) {
            peers.whenChanged(follower::wake);
            follower.start();
        }
    }

    void grantNew() {
        lookAtMembers();
        readOn();
        cursors.values().forEach(this::grant);
        if (!failedAtNanos.isEmpty()) {
            follower.tryAgain();
        }
    }

    private void readOn() {
        long head = log.originHead(log.site()).value();
        OptionalLong least = leastSeen();
        while (!closed && least.isPresent() && least.getAsLong() < head) {
            OriginPosition first = new OriginPosition(least.getAsLong() + 1);
            List<StoredRecord> chunk = log.readOrigin(log.site(), first, CHUNK_RECORDS);
            if (chunk.isEmpty() && !log.isDamaged(log.site(), first)) {
                return; // it is not there yet
            }
            // A damaged record is passed over: what it began cannot be told here.
            long last = chunk.isEmpty()
                    ? first.value()
                    : chunk.getLast().originPosition().value();
            List<GrantCursor.Candidate> found =
                    chunk.stream().flatMap(record -> candidate(record).stream()).toList();
            for (GrantCursor cursor : cursors.values()) {
                cursor.look(found, last);
                boolean goesOn = true;
                while (cursor.isFull() && goesOn) {
                    goesOn = grant(cursor);
                }
            }
            least = leastSeen();
        }
    }

    private OptionalLong leastSeen() {
        return cursors.values().stream().mapToLong(GrantCursor::seen).min();
    }

    private void lookAtMembers() {
        cursors.keySet().removeIf(site -> peers.member(site).isEmpty());
        failedAtNanos.keySet().removeIf(site -> peers.member(site).isEmpty());
        for (SiteDescriptor member : peers.members()) {
            GrantCursor cursor = cursors.get(member.site());
            if ((cursor == null || !cursor.recipient().equals(member.recipient())) && isDue(member.site())) {
                try {
                    cursors.put(member.site(), new GrantCursor(member.site(), member.recipient(), through(member)));
                } catch (RuntimeException e) {
                    failed(member.site(), e);
                }
            }
        }
    }

    private boolean isDue(SiteId peer) {
        Long failed = failedAtNanos.get(peer);
        return failed == null || System.nanoTime() - failed >= PAUSE_AFTER_FAILURE.toNanos();
    }

    /** It stops no other; for this member all begins again later, where the log says. */
    private void failed(SiteId peer, RuntimeException e) {
        cursors.remove(peer);
        if (failedAtNanos.put(peer, System.nanoTime()) == null) {
            LOG.error("Site {} cannot be granted keys now; this is tried again", peer, e);
        }
    }

    /** How far the log was gone through for a member with this key pair; -1 where nothing was granted to it. */
    private long through(SiteDescriptor member) {
        StreamId stream = names.grants(member.site());
        return log.streamHead(stream)
                .flatMap(head -> lastGrant(stream, head))
                .filter(grant -> grant.recipient().equals(member.recipient().id()))
                .flatMap(KeyGranted::through)
                .map(OriginPosition::value)
                .orElse(-1L);
    }

    private Optional<KeyGranted> lastGrant(StreamId stream, StreamHead head) {
        return log.readStream(stream, head.revision(), 1).stream()
                .map(stored -> sealing.open(stored.record()).payload())
                .filter(KeyGranted.class::isInstance)
                .map(KeyGranted.class::cast)
                .findFirst();
    }

    /** The first record of a study or patient names its key. */
    private static Optional<GrantCursor.Candidate> candidate(StoredRecord stored) {
        RecordHeader header = stored.record().header();
        if (header.revision().value() != 0) {
            return Optional.empty();
        }
        return classOf(header.stream())
                .map(keyClass -> new GrantCursor.Candidate(
                        stored.originPosition(), new KeyRef(keyClass, header.stream()), header.key()));
    }

    private static Optional<KeyClass> classOf(StreamId stream) {
        return GrantedStreams.classes(stream.kind()).stream().findFirst();
    }

    /**
     * One event at most. Each time it is looked whether this is for a member still, with this key pair: what is dropped in between
     * would be passed by what is granted later.
     *
     * @return false when nothing more is to be done with this cursor: the next run begins again where the log says
     */
    private boolean grant(GrantCursor cursor) {
        boolean isCurrent = peers.member(cursor.peer())
                .filter(member -> member.recipient().equals(cursor.recipient()))
                .isPresent();
        if (!isCurrent) {
            cursors.remove(cursor.peer());
            return false;
        }
        try {
            GrantCursor.Batch batch = cursor.next();
            if (!cursor.isRefused()) {
                grant(cursor, batch);
            }
            cursor.granted(batch);
            failedAtNanos.remove(cursor.peer());
            return true;
        } catch (RuntimeException e) {
            failed(cursor.peer(), e);
            return false;
        }
    }

    private void grant(GrantCursor cursor, GrantCursor.Batch batch) {
        List<KeyRef> uses = new ArrayList<>();
        List<Key> found = new ArrayList<>();
        Optional<GrantCursor.Candidate> missing = Optional.empty();
        for (GrantCursor.Candidate candidate : batch.candidates()) {
            Optional<Key> key = keys.find(candidate.key());
            if (key.isPresent()) {
                uses.add(candidate.use());
                found.add(key.get());
            } else if (!keys.isDestroyed(candidate.key())) {
                missing = Optional.of(candidate);
                break;
            }
        }
        OriginPosition through = missing.map(
                        candidate -> new OriginPosition(candidate.position().value() - 1))
                .orElse(batch.through());
        if (!uses.isEmpty()) {
            send(cursor, uses, found, through);
        }
        missing.ifPresent(candidate -> stopBefore(candidate, cursor));
    }

    /** It was not erased: it can come back from a backup of the keys, and what is granted beyond it would pass it for ever. */
    private static void stopBefore(GrantCursor.Candidate missing, GrantCursor cursor) {
        LOG.error(
                "Site {} is granted nothing more until the next start: key {} of {} is missing",
                cursor.peer(),
                missing.key(),
                missing.use().subject());
        cursor.refuse();
    }

    private void send(GrantCursor cursor, List<KeyRef> uses, List<Key> found, OriginPosition through) {
        KeyEnvelope envelope = new KeyEnvelope(log.site(), cursor.peer(), uses);
        try {
            commands.send(new GrantKeys(
                    names.grants(cursor.peer()),
                    cursor.peer(),
                    cursor.recipient().id(),
                    uses,
                    envelope.seal(found, cursor.recipient()),
                    "member",
                    Optional.of(through)));
            granted.add(uses.size());
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.INVALID_REQUEST && e.error() != ArchiveError.ERASED) {
                throw e;
            }
            LOG.error("Site {} can be granted nothing: {}", cursor.peer(), e.getMessage());
            cursor.refuse();
        }
    }

    @Override
    public HandedKeys keys(SiteId caller, Optional<StreamId> study) {
        SiteDescriptor member = member(caller);
        KeyRef grants = new KeyRef(KeyClass.GRANT, names.grants(caller));
        List<KeyRef> uses = new ArrayList<>(List.of(grants));
        List<Key> found = new ArrayList<>(List.of(keyOfGrants(grants)));
        study.ifPresent(asked -> {
            uses.add(new KeyRef(KeyClass.PIXEL, asked));
            found.add(release(asked, member, "asked for", policy.pixelKeys()));
        });
        return new HandedKeys(uses, new KeyEnvelope(log.site(), caller, uses).seal(found, member.recipient()));
    }

    /** The one that its grants are sealed with, once there are any: if that is missing, another would open none of them. */
    private Key keyOfGrants(KeyRef use) {
        return log.streamHead(use.subject())
                .map(head -> sealing.laterKey(head.key()))
                .orElseGet(() -> keys.obtain(use));
    }

    /**
     * Grants a site that is to hold one of this site's studies its pixel key; once, however often. On return it is on record.
     *
     * @throws ArchiveException NOT_AUTHORIZED when it is no member, or holders are not to open what they hold; NOT_FOUND when this site has
     *     no such study, or its key no more
     */
    public void releaseToHolder(StreamId study, SiteId peer) {
        release(study, member(peer), "holder", policy.heldKeys());
    }

    private SiteDescriptor member(SiteId site) {
        return peers.member(site)
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_AUTHORIZED, "keys for site " + site));
    }

    private Key release(StreamId study, SiteDescriptor member, String reason, boolean allowed) {
        SiteId peer = member.site();
        if (!allowed) {
            throw new ArchiveException(ArchiveError.NOT_AUTHORIZED, "pixel key for site " + peer);
        }
        KeyRef use = new KeyRef(KeyClass.PIXEL, study);
        Key key = Optional.of(study)
                .filter(asked -> asked.value().startsWith(log.site() + "/" + STUDY + "/"))
                .flatMap(log::streamHead)
                .flatMap(_ -> keys.find(use))
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "pixel key of a study"));
        commands.send(new GrantKeys(
                names.release(peer, study),
                peer,
                member.recipient().id(),
                List.of(use),
                new KeyEnvelope(log.site(), peer, List.of(use)).seal(List.of(key), member.recipient()),
                reason,
                Optional.empty()));
        granted.increment();
        return key;
    }

    /** Keys since the start, a pixel key as often as it was asked for. */
    public long granted() {
        return granted.sum();
    }

    /** Members that are granted nothing now, for a reason that was logged. */
    public Set<SiteId> withheld() {
        Set<SiteId> sites = new TreeSet<>(Comparator.comparing(SiteId::toString));
        sites.addAll(failedAtNanos.keySet());
        cursors.values().stream()
                .filter(GrantCursor::isRefused)
                .map(GrantCursor::peer)
                .forEach(sites::add);
        return sites;
    }

    /** Waits for a grant that is under way. */
    @Override
    public void close() {
        closed = true;
        if (policy.indexKeys()) {
            follower.close();
        }
    }
}
