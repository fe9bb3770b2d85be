package org.archipelago.node.federation;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.follow.Ending;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.federation.note.SignatureType;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.rejoin.Rejoin;
import org.archipelago.federation.rejoin.RejoinState;
import org.archipelago.federation.replica.RefusalJournal;
import org.archipelago.federation.replica.Replica;
import org.archipelago.federation.replica.ReplicaState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in the logs of members, each from whoever has it. What members there are is looked at again each second, so that one that is
 * accepted is followed, and one that is removed is asked nothing more, without a restart.
 */
public final class Replication implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Replication.class);

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    /** How often peers are asked, once this site signs, whether somebody else signs as this site. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(60);

    private static final String NO_ROOM = "no room here for its records";

    private final EventLog log;
    private final SiteIdentity identity;
    private final Peers peers;
    private final Function<SiteDescriptor, PeerLink> links;
    private final Path directory;
    private final RefusalJournal refusals;
    private final Optional<Rejoin> rejoin;
    private final Runnable confirmed;
    private final BooleanSupplier roomForOthers;
    private final Duration patience;
    private final Clock clock;
    private final Map<SiteId, Replica> replicas = new ConcurrentHashMap<>();
    private final Map<SiteId, PeerFollower> followers = new ConcurrentHashMap<>();
    /** What each member had announced when it had first answered. */
    private final Map<SiteId, Long> firstAnnounced = new ConcurrentHashMap<>();

    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread looking;
    private final Thread rejoining;

    /**
     * Opens the replicas of those who are members now, or were once. Asks nobody yet.
     *
     * @param links how a member that takes calls is called
     * @param directory of what is kept of replicas besides their records
     * @param rejoin empty for a site that signs without being confirmed
     * @param confirmed called once a peer has confirmed that this site may sign
     * @param roomForOthers whether the disk has room for other sites' records; while it has none, nothing of theirs is taken in
     * @param patience how long a member may leave records unsigned before they count as missing
     */
    public Replication(
            EventLog log,
            SiteIdentity identity,
            Peers peers,
            Function<SiteDescriptor, PeerLink> links,
            Path directory,
            Optional<Rejoin> rejoin,
            Runnable confirmed,
            BooleanSupplier roomForOthers,
            Duration patience,
            Clock clock)
            throws IOException {
        this.log = log;
        this.identity = identity;
        this.peers = peers;
        this.links = links;
        this.directory = directory;
        this.refusals = new RefusalJournal(directory.resolve("refusals"), clock);
        this.rejoin = rejoin;
        this.confirmed = confirmed;
        this.roomForOthers = roomForOthers;
        this.patience = patience;
        this.clock = clock;
        this.looking = Thread.ofVirtual().name("peers").unstarted(() -> each(LOOK_AGAIN, this::look));
        this.rejoining = Thread.ofVirtual().name("rejoin").unstarted(this::rejoin);
        openReplicas();
    }

    public void start() {
        looking.start();
        if (rejoin.isPresent()) {
            rejoining.start();
        }
    }

    /** By origin; those of former members are only read. */
    public Map<SiteId, Replica> replicas() {
        return replicas;
    }

    private void openReplicas() throws IOException {
        for (SiteDescriptor member :
                Stream.concat(peers.members().stream(), peers.former().stream()).toList()) {
            if (!replicas.containsKey(member.site())) {
                replicas.put(
                        member.site(),
                        Replica.open(
                                directory.resolve(member.site().toString()),
                                log,
                                member.key(),
                                new Replica.Witness(identity.signer(), this::cosigners, clock),
                                refusals));
            }
        }
    }

    private Collection<VerifierKey> cosigners() {
        return peers.members().stream()
                .map(member -> new VerifierKey(
                        member.key().name(),
                        SignatureType.COSIGNATURE,
                        member.key().key()))
                .toList();
    }

    private void look() {
        try {
            openReplicas();
        } catch (IOException | ArchiveException e) {
            LOG.error("a replica cannot be opened; this is tried again", e);
        }
        Map<SiteId, SiteDescriptor> callable = new LinkedHashMap<>();
        peers.members().stream()
                .filter(member -> member.address().isPresent() && replicas.containsKey(member.site()))
                .forEach(member -> callable.put(member.site(), member));
        followers.forEach((site, follower) -> {
            if (!follower.peer().equals(callable.get(site))) {
                follower.close();
                followers.remove(site);
            }
        });
        callable.forEach((site, member) -> followers.computeIfAbsent(site, _ -> {
            PeerFollower follower =
                    new PeerFollower(member, links.apply(member), this, new SigningWatch(patience), clock);
            follower.start();
            return follower;
        }));
    }

    /** What a peer does not say of an origin, others may: whether its own node is followed. */
    boolean isFollowed(SiteId origin) {
        PeerFollower own = followers.get(origin);
        return own != null && own.isReachable();
    }

    /** How a member is called; empty while it takes no calls. */
    public Optional<PeerLink> link(SiteId site) {
        return Optional.ofNullable(followers.get(site)).map(PeerFollower::link);
    }

    public RefusalJournal refusals() {
        return refusals;
    }

    boolean hasRoom() {
        return roomForOthers.getAsBoolean();
    }

    boolean isMember(SiteId site) {
        return peers.member(site).isPresent();
    }

    private void rejoin() {
        Rejoin asked = rejoin.orElseThrow();
        RejoinState state = asked.state();
        while (!isClosedWithin(state instanceof RejoinState.Confirmed ? ASK_AGAIN : LOOK_AGAIN)) {
            try {
                RejoinState before = state;
                state = asked.ask(
                        followers.values().stream().map(PeerFollower::link).toList());
                if (state instanceof RejoinState.Confirmed && !(before instanceof RejoinState.Confirmed)) {
                    confirmed.run();
                }
            } catch (RuntimeException e) {
                LOG.warn("peers could not be asked what they have seen of this site; this is tried again", e);
            }
        }
    }

    private void each(Duration pause, Runnable task) {
        do {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.error("peers could not be looked at; this is tried again", e);
            }
        } while (!isClosedWithin(pause));
    }

    private boolean isClosedWithin(Duration time) {
        try {
            return closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            return true;
        }
    }

    /**
     * How one member's log stands here.
     *
     * @param reachable whether its node answered last time; false, too, for one that takes no calls
     * @param records that are here
     * @param behindRecords that it is known to have signed beyond them
     * @param problem why nothing more is taken in; empty when nothing is wrong
     * @param lastContact when its node last answered; empty when not since this node's start
     * @param unsignedRecords that it says to have and does not sign, so that no other site can have them
     */
    public record Standing(
            SiteDescriptor member,
            boolean reachable,
            long records,
            long behindRecords,
            String problem,
            Optional<Instant> lastContact,
            long unsignedRecords) {}

    public List<Standing> standings() {
        return peers.members().stream().map(this::standing).toList();
    }

    /**
     * One that is no member any more.
     *
     * @param records of its log that are here; no more come
     */
    public record Former(SiteDescriptor site, long records) {}

    /** Those of whom records are here. */
    public List<Former> former() {
        return peers.former().stream()
                .map(site -> new Former(site, log.originHead(site.site()).value() + 1))
                .filter(site -> site.records() > 0)
                .toList();
    }

    private Standing standing(SiteDescriptor member) {
        Replica replica = replicas.get(member.site());
        long records = log.originHead(member.site()).value() + 1;
        if (replica == null) {
            return new Standing(member, false, records, 0, "it is not opened yet", Optional.empty(), 0);
        }
        Optional<PeerFollower> follower = Optional.ofNullable(followers.get(member.site()));
        long announced = replica.announced().map(SignedCheckpoint::size).orElse(0L);
        return new Standing(
                member,
                isFollowed(member.site()),
                records,
                Math.max(0, announced - records),
                switch (replica.state()) {
                    case ReplicaState.Following _ -> hasRoom() ? "" : NO_ROOM;
                    case ReplicaState.Forked _ -> "it has signed two histories of its log";
                    case ReplicaState.Malformed _ -> "it has signed what no log can hold";
                    case ReplicaState.Damaged damaged ->
                        "damaged at " + damaged.at() + ": that record cannot be read here; run 'verify'";
                },
                follower.flatMap(PeerFollower::lastContact),
                follower.map(PeerFollower::leftUnsigned).orElse(0L));
    }

    /** Whether all is here that each member that takes calls had signed when it first answered since the start. */
    public boolean hasCaughtUp() {
        return standings().stream()
                .filter(one -> one.member().address().isPresent())
                .allMatch(this::hasCaughtUp);
    }

    private boolean hasCaughtUp(Standing one) {
        long announced = one.records() + one.behindRecords();
        if (one.lastContact().isEmpty() || announced == 0) {
            return false;
        }
        return one.records() >= firstAnnounced.computeIfAbsent(one.member().site(), _ -> announced);
    }

    /** What peers gave since the start and was not believed. */
    public long refused() {
        return refusals.count();
    }

    /** Waits for what is under way. */
    @Override
    public void close() {
        closed.countDown();
        Ending.await(looking);
        rejoining.interrupt();
        Ending.await(rejoining);
        followers.values().forEach(PeerFollower::close);
        replicas.values().forEach(Replica::close);
    }
}
