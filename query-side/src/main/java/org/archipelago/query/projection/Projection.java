package org.archipelago.query.projection;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.query.LogPositions;
import org.archipelago.query.cluster.ClusterRefusedException;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.archipelago.query.cluster.SearchCluster;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.messaging.StreamableMessageSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One group of indexes, tended: opened when its token fits the log, built anew beside what is there when it does not,
 * when an index is gone, when a mapping changed or when somebody asks. Thread-safe.
 */
final class Projection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Projection.class);
    private static final long TEND_INTERVAL_MS = 200;

    /** A build counts as caught up this close to the head, or it would never overtake steady traffic. */
    private static final long CAUGHT_UP_POSITIONS = 64;

    private final Fold fold;
    private final SearchCluster cluster;
    private final StreamableMessageSource<TrackedEventMessage<?>> source;
    private final LogPositions positions;
    private final DeadLetters letters;
    private final String owner;
    private final Clock clock;
    private final IndexAdministration administration;
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread tender;
    private @Nullable Generation building;
    private volatile @Nullable Generation live;
    private volatile int frozen;
    private volatile boolean closed;
    private long buildTarget;
    private boolean reachable = true;

    Projection(
            Fold fold,
            SearchCluster cluster,
            StreamableMessageSource<TrackedEventMessage<?>> source,
            LogPositions positions,
            DeadLetters letters,
            String owner,
            Clock clock) {
        this.fold = fold;
        this.cluster = cluster;
        this.source = source;
        this.positions = positions;
        this.letters = letters;
        this.owner = owner;
        this.clock = clock;
        this.administration = new IndexAdministration(cluster, fold);
        this.tender = Thread.ofPlatform().name("tend-" + fold.group()).daemon().unstarted(this::tend);
    }

    void start() {
        tender.start();
    }

    private void tend() {
        while (!closed) {
            lock.lock();
            try {
                if (!closed) {
                    tendOnce();
                }
                reachable = true;
            } catch (ClusterUnavailableException e) {
                if (reachable) {
                    LOG.warn("{}; {} waits for it", e.getMessage(), fold.group());
                }
                reachable = false;
            } catch (ClusterRefusedException e) {
                LOG.error("Elasticsearch refused to tend {}: {} {}", fold.group(), e.status(), e.type());
            } catch (RuntimeException e) {
                LOG.error("cannot tend {}", fold.group(), e);
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TEND_INTERVAL_MS));
        }
    }

    private void tendOnce() {
        Generation current = live;
        if (current != null && current.isLost()) {
            LOG.warn("an index of {} is gone or was taken over; building it again", fold.group());
            live = null;
            current.stop();
        }
        Generation next = building;
        if (next != null && next.isLost()) {
            building = null;
            next.stop();
            next = null;
        }
        if (live == null && next == null) {
            open();
        } else if (next != null && isCaughtUp(next)) {
            publish(next);
        }
    }

    private boolean isCaughtUp(Generation generation) {
        long stored = generation.progress().stored().value();
        return stored >= buildTarget && positions.head().value() - stored <= CAUGHT_UP_POSITIONS;
    }

    private void open() {
        OptionalInt found = administration.live();
        if (found.isEmpty()) {
            build();
            return;
        }
        int number = found.getAsInt();
        Optional<LocalToken> token = tokens(number).read();
        if (token.isEmpty() || !fits(token.get())) {
            LOG.warn("the index of {} does not belong to this log; building it again", fold.group());
            administration.delete(number);
            build(number + 1);
        } else if (!administration.isCurrent(number)) {
            LOG.info("a mapping of {} changed; building beside the old index", fold.group());
            frozen = number;
            build();
        } else {
            deleteAllBut(number);
            Generation opened = generation(number, token.get().local());
            live = opened;
            begin(opened);
            LOG.info(
                    "index of {} opened at position {}",
                    fold.group(),
                    token.get().local());
        }
    }

    private TokenDocuments tokens(int generation) {
        IndexNames names = administration.names(generation);
        return new TokenDocuments(
                cluster, fold.indexes().stream().map(names::physical).toList(), owner, clock);
    }

    private boolean fits(LocalToken token) {
        if (!token.incarnation().equals(positions.incarnation())) {
            return false;
        }
        return token.local().value() < 0
                || positions
                        .recordAt(token.local())
                        .filter(token.record()::equals)
                        .isPresent();
    }

    private void build() {
        build(1);
    }

    private void build(int least) {
        Generation current = live;
        int kept = current == null ? frozen : current.number();
        TreeSet<Integer> existing = administration.existing();
        int number = existing.isEmpty() ? least : Math.max(least, existing.last() + 1);
        deleteAllBut(kept);
        letters.drop(fold.group(), number);
        LocalToken start = TokenDocuments.start(positions.incarnation());
        buildTarget = positions.head().value();
        administration.create(number, start);
        Generation created = generation(number, start.local());
        building = created;
        created.start();
        LOG.info("building generation {} of {}", number, fold.group());
    }

    private void deleteAllBut(int number) {
        for (int generation : administration.existing()) {
            if (generation != number) {
                administration.delete(generation);
            }
        }
    }

    private void publish(Generation next) {
        administration.refresh(next.number());
        administration.publish(next.number());
        Generation old = live;
        live = next;
        building = null;
        frozen = 0;
        Refresher.attach(next, administration);
        LOG.info("generation {} of {} is in use from now on", next.number(), fold.group());
        if (old != null) {
            old.stop();
            letters.drop(fold.group(), old.number());
        }
        deleteAllBut(next.number());
    }

    private void begin(Generation opened) {
        Refresher.attach(opened, administration);
        opened.start();
    }

    private Generation generation(int number, LocalPosition start) {
        return new Generation(number, start, fold, cluster, source, letters, owner, clock);
    }

    /** Builds anew beside what is in use; nothing when a build is under way. */
    void rebuild() {
        lock.lock();
        try {
            if (building == null) {
                build();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives up what is being built, if something is in use meanwhile. */
    void abandonRebuild() {
        lock.lock();
        try {
            Generation next = building;
            if (next != null && live != null) {
                building = null;
                next.stop();
                administration.delete(next.number());
                letters.drop(fold.group(), next.number());
                LOG.info("the building of generation {} of {} was given up", next.number(), fold.group());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Last position of the index that is being built; -1 while there is none. */
    LocalPosition built() {
        lock.lock();
        try {
            Generation next = building;
            return next == null ? new LocalPosition(-1) : next.progress().stored();
        } finally {
            lock.unlock();
        }
    }

    boolean isRebuilding() {
        lock.lock();
        try {
            return building != null || live == null;
        } finally {
            lock.unlock();
        }
    }

    /** What searches see at least; -1 while there is nothing to search. */
    LocalPosition visible() {
        Generation current = live;
        return current == null ? new LocalPosition(-1) : current.progress().visible();
    }

    LocalPosition stored() {
        Generation current = live;
        return current == null ? new LocalPosition(-1) : current.progress().stored();
    }

    int liveGeneration() {
        Generation current = live;
        return current == null ? frozen : current.number();
    }

    /** @throws ArchiveException SEARCH_UNAVAILABLE, POSITION_NOT_REACHED */
    void awaitVisible(LocalPosition position, Duration atMost) {
        Generation current = live;
        if (current == null) {
            throw new ArchiveException(
                    frozen > 0 ? ArchiveError.POSITION_NOT_REACHED : ArchiveError.SEARCH_UNAVAILABLE,
                    "the index is being built");
        }
        try {
            if (!current.progress().awaitVisible(position, atMost)) {
                throw new ArchiveException(ArchiveError.POSITION_NOT_REACHED, "minimum position");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "search", e);
        }
    }

    List<DeadLetter> deadLetters() {
        return letters.list(fold.group(), liveGeneration());
    }

    /**
     * Folds the waiting events of a stream again, in order, until one fails.
     *
     * @return how many are in the index now
     */
    int retry(String stream) {
        lock.lock();
        try {
            Generation current = live;
            if (current == null) {
                throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "the index is being built");
            }
            current.pause();
            try {
                return new DeadLetterRetry(source, positions, letters, fold.group()).retry(current, stream);
            } finally {
                current.progress().touched();
                current.start();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives one event up, for ever, and folds what waited behind it. */
    void discard(RecordId record, String reason, String by) {
        lock.lock();
        try {
            DeadLetter letter = letters.find(fold.group(), liveGeneration(), record)
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "dead letter"));
            letters.discard(fold.group(), liveGeneration(), record, reason, by);
            retry(letter.stream());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(tender);
        lock.lock();
        try {
            Generation current = live;
            if (current != null) {
                current.stop();
            }
            Generation next = building;
            if (next != null) {
                next.stop();
            }
        } finally {
            lock.unlock();
        }
    }
}
