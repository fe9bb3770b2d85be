package org.archipelago.node.federation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.follow.Ending;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.replica.Replica;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one peer: its own log by calls that wait for the next record, and what it has seen of others by asking each second, so that a
 * gap is known, and a log whose own node cannot be reached comes from here.
 */
final class PeerFollower implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerFollower.class);

    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** Between two attempts, from the first on; doubles up to the last. */
    private static final long FIRST_RETRY_MS = 500;

    private static final long LAST_RETRY_MS = 30_000;
    private static final long NOTHING_TAKEN_MS = 20;

    private final SiteDescriptor peer;
    private final PeerLink link;
    private final Replication replication;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread following;
    private final Thread gossiping;
    private final Clock clock;
    private volatile boolean reachable;
    private volatile @Nullable Instant lastContact;
    private final SigningWatch signing;

    /** @param signing told how far the peer signs */
    PeerFollower(SiteDescriptor peer, PeerLink link, Replication replication, SigningWatch signing, Clock clock) {
        this.signing = signing;
        this.clock = clock;
        this.peer = peer;
        this.link = link;
        this.replication = replication;
        this.following = Thread.ofVirtual().name("follow-" + peer.label()).unstarted(() -> retrying(this::follow));
        this.gossiping = Thread.ofVirtual().name("heads-" + peer.label()).unstarted(() -> retrying(this::hear));
    }

    void start() {
        following.start();
        gossiping.start();
    }

    SiteDescriptor peer() {
        return peer;
    }

    PeerLink link() {
        return link;
    }

    boolean isReachable() {
        return reachable;
    }

    /** When it last answered; empty when not since this node's start. */
    Optional<Instant> lastContact() {
        return Optional.ofNullable(lastContact);
    }

    /** Records that it has and does not sign. */
    long leftUnsigned() {
        return signing.leftUnsigned(System.nanoTime());
    }

    private interface Turn {
        /** Returns when it is to be called again at once. */
        void run() throws InterruptedException;
    }

    private void retrying(Turn turn) {
        long retryMs = FIRST_RETRY_MS;
        try {
            while (closed.getCount() > 0) {
                try {
                    turn.run();
                    if (closed.getCount() > 0) {
                        tell(true, "");
                    }
                    retryMs = FIRST_RETRY_MS;
                } catch (ArchiveException e) {
                    tell(
                            e.error() != ArchiveError.PEER_UNAVAILABLE && e.error() != ArchiveError.NOT_AUTHORIZED,
                            e.subject());
                    closed.await(retryMs, TimeUnit.MILLISECONDS);
                    retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
                } catch (RuntimeException e) {
                    LOG.error("what site {} gives cannot be taken in; this is tried again", peer.label(), e);
                    closed.await(LAST_RETRY_MS, TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(boolean now, String why) {
        if (reachable != now && closed.getCount() > 0) {
            LOG.info("site {} {}", peer.label(), now ? "answers" : "does not answer: " + why);
        }
        reachable = now;
        if (now) {
            lastContact = clock.instant();
        }
    }

    /** Records are asked for one batch at a time: the next when the last is on disk. */
    private void follow() throws InterruptedException {
        while (!replication.hasRoom()) {
            if (closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        }
        Replica own = replication.replicas().get(peer.site());
        boolean taken = own != null && own.pull(link, LinkBounds.MAX_WAIT);
        if (!taken) {
            // A peer that does not wait as it was asked to gets no more of this node's time than this.
            closed.await(NOTHING_TAKEN_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void hear() throws InterruptedException {
        List<OriginHead> heads = link.heads();
        Replica own = replication.replicas().get(peer.site());
        for (OriginHead head : heads) {
            Replica replica = replication.replicas().get(head.origin());
            if (replica != null && replication.isMember(head.origin())) {
                hear(replica, head);
            }
        }
        long signed =
                own == null ? 0 : own.announced().map(SignedCheckpoint::size).orElse(0L);
        signing.told(link.unsignedRecords(), signed, System.nanoTime());
        closed.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void hear(Replica replica, OriginHead head) {
        try {
            replica.heard(head.checkpoint(), link);
            boolean isOwn = head.origin().equals(peer.site());
            while (!isOwn && isBehind(replica) && replication.hasRoom() && closed.getCount() > 0) {
                if (!replica.pull(link, Duration.ZERO)) {
                    return;
                }
            }
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.PEER_UNAVAILABLE || e.error() == ArchiveError.NOT_AUTHORIZED) {
                throw e;
            }
            LOG.debug("what site {} said of {} was not taken: {}", peer.label(), head.origin(), e.getMessage());
        }
    }

    private boolean isBehind(Replica replica) {
        SiteId origin = replica.origin();
        long announced = replica.announced().map(SignedCheckpoint::size).orElse(0L);
        return announced > replica.size() && !replication.isFollowed(origin);
    }

    /** Ends the calls that are under way, and waits for what is being taken in. */
    @Override
    public void close() {
        closed.countDown();
        link.close();
        Ending.await(following);
        Ending.await(gossiping);
    }
}
