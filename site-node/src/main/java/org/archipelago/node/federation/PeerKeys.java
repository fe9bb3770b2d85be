package org.archipelago.node.federation;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.federation.follow.Ending;
import org.archipelago.federation.follow.LogFollower;
import org.archipelago.federation.grant.KeyReceiver;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.member.SiteDescriptor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets from members what their logs do not hold: from each, once a run, the key of what it grants this site; and pixel keys when they are
 * needed. Then reads on in what they grant. Thread-safe.
 */
public final class PeerKeys implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerKeys.class);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    /** Each lie is kept as evidence, and must not push out that of others. */
    private static final Duration PAUSE_AFTER_A_LIE = Duration.ofMinutes(10);
    /** Between two looks at what the log has grown by. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Peers peers;
    private final Function<SiteId, Optional<PeerLink>> links;
    private final KeyReceiver receiver;
    private final LogFollower follower;
    private final Set<SiteId> asked = ConcurrentHashMap.newKeySet();
    private final Map<SiteId, Long> liedAtNanos = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread asking;

    /** @param links to a member; empty while it takes no calls */
    public PeerKeys(EventLog log, Peers peers, Function<SiteId, Optional<PeerLink>> links, KeyReceiver receiver) {
        this.peers = peers;
        this.links = links;
        this.receiver = receiver;
        this.follower = new LogFollower("granted-keys", log, PAUSE, this::readOn);
        this.asking = Thread.ofVirtual().name("keys").unstarted(this::ask);
    }

    public void start() {
        follower.start();
        asking.start();
    }

    private void readOn() {
        if (!receiver.catchUp()) {
            follower.tryAgain();
        }
    }

    private void ask() {
        try {
            do {
                asked.removeIf(site -> peers.member(site).isEmpty());
                liedAtNanos.keySet().removeIf(site -> peers.member(site).isEmpty());
                for (SiteDescriptor member : peers.members()) {
                    if (!asked.contains(member.site()) && isBelieved(member.site())) {
                        ask(member);
                    }
                }
            } while (!closed.await(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isBelieved(SiteId site) {
        Long lied = liedAtNanos.get(site);
        return lied == null || System.nanoTime() - lied >= PAUSE_AFTER_A_LIE.toNanos();
    }

    private void ask(SiteDescriptor member) {
        try {
            links.apply(member.site()).ifPresent(link -> {
                receiver.take(member.site(), link.keys(Optional.empty()), Optional.empty());
                asked.add(member.site());
                follower.wake();
            });
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.PEER_MISBEHAVED) {
                liedAtNanos.put(member.site(), System.nanoTime());
            }
            LOG.debug("site {} has not given the key of its grants yet: {}", member.label(), e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("what site {} gives cannot be taken in; this is tried again", member.label(), e);
        }
    }

    /**
     * Asks the site that made a study for its pixel key, which is in the keystore on return. The release is on record there.
     *
     * @throws ArchiveException PEER_UNAVAILABLE when it cannot be asked now; NOT_FOUND; NOT_AUTHORIZED; PEER_MISBEHAVED
     */
    public void obtainPixelKey(StreamId study) {
        SiteId origin = study.origin();
        PeerLink link = links.apply(origin)
                .orElseThrow(() -> new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "site " + origin));
        receiver.take(origin, link.keys(Optional.of(study)), Optional.of(study));
    }

    /** Keys since the start. */
    public long takenIn() {
        return receiver.adopted();
    }

    /** Waits for what is being taken in. */
    @Override
    public void close() {
        closed.countDown();
        asking.interrupt();
        Ending.await(asking);
        follower.close();
        receiver.close();
    }
}
