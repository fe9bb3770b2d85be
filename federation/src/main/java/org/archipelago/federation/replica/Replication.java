package org.archipelago.federation.replica;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps replicas up with some peers. From each peer one thread takes what it writes itself, as it comes; another hears what it has seen of
 * all, and takes from it what is not here yet, so that an origin that cannot be reached is followed by way of others. Each thread asks for
 * the next batch when the last one is durable: a node that is slow is not flooded. Does not close the links or the replicas.
 */
public final class Replication implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Replication.class);
    private static final Duration GOSSIP_PAUSE = Duration.ofSeconds(1);
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(30);

    private final Supplier<Map<SiteId, Replica>> replicas;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    private interface Turn {
        /** @return how long to wait before the next one */
        Duration take() throws InterruptedException;
    }

    public Replication(Supplier<Map<SiteId, Replica>> replicas, Collection<? extends PeerLink> peers) {
        this.replicas = replicas;
        for (PeerLink peer : peers) {
            threads.add(thread("follow-" + peer.peer(), peer, () -> follow(peer)));
            threads.add(thread("hear-" + peer.peer(), peer, () -> hear(peer)));
        }
    }

    private Thread thread(String name, PeerLink peer, Turn turn) {
        return Thread.ofVirtual().name(name).unstarted(() -> run(peer, turn));
    }

    public void start() {
        threads.forEach(Thread::start);
    }

    private void run(PeerLink peer, Turn turn) {
        Duration retry = FIRST_RETRY;
        Duration pause = Duration.ZERO;
        try {
            while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                try {
                    pause = turn.take();
                    retry = FIRST_RETRY;
                } catch (ArchiveException e) {
                    LOGGER.debug("Nothing was had from site {}", peer.peer(), e);
                    pause = retry;
                    retry = longer(retry);
                } catch (RuntimeException e) {
                    LOGGER.error("Replication from site {} failed; this is tried again", peer.peer(), e);
                    pause = LONGEST_RETRY;
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration longer(Duration retry) {
        Duration next = retry.multipliedBy(2);
        return next.compareTo(LONGEST_RETRY) < 0 ? next : LONGEST_RETRY;
    }

    /** What the peer writes itself, long-polled. */
    private Duration follow(PeerLink peer) {
        Replica replica = replicas.get().get(peer.peer());
        if (replica == null || !(replica.state() instanceof ReplicaState.Following)) {
            return GOSSIP_PAUSE;
        }
        replica.pull(peer, LinkBounds.MAX_WAIT);
        return Duration.ZERO;
    }

    /** What the peer has seen of others, and has more of than is here. */
    private Duration hear(PeerLink peer) {
        for (OriginHead head : peer.heads()) {
            Replica replica = replicas.get().get(head.origin());
            if (replica != null && replica.state() instanceof ReplicaState.Following) {
                hear(peer, head, replica);
            }
        }
        return GOSSIP_PAUSE;
    }

    /** One origin that does not verify, or is not there, holds up no other. */
    private void hear(PeerLink peer, OriginHead head, Replica replica) {
        try {
            replica.heard(head.checkpoint(), peer);
            boolean more = !head.origin().equals(peer.peer()) && isBehind(replica);
            while (more && closed.getCount() > 0) {
                more = replica.pull(peer, Duration.ZERO) && isBehind(replica);
            }
        } catch (ArchiveException e) {
            if (e.error() == ArchiveError.SHUTTING_DOWN) {
                throw e;
            }
            LOGGER.debug("Nothing of {} was had from site {}", head.origin(), peer.peer(), e);
        }
    }

    private static boolean isBehind(Replica replica) {
        return replica.announced()
                .filter(signed -> signed.size() > replica.size())
                .isPresent();
    }

    /** Waits for what is under way, which an interrupt ends early. */
    @Override
    public void close() {
        closed.countDown();
        threads.forEach(Thread::interrupt);
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
