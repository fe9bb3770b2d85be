package org.archipelago.query.projection;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
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

    private static final Duration ALIAS_CHECK = Duration.ofSeconds(10);
    private static final Duration LOCKED_CHECK = Duration.ofSeconds(5);

    private static final Duration SEARCH_CHECK = Duration.ofSeconds(2);
    /** An answer older than this counts no more: whoever asks may be held up by an Elasticsearch that takes and never answers. */
    private static final Duration ANSWER_COUNTS = Duration.ofSeconds(30);

    private static final Duration FOREIGN_CHECK = Duration.ofSeconds(10);

    /** After this an index that is no longer in use goes, even from under a walk that still reads it. */
    private static final Duration LONGEST_READ = Duration.ofMinutes(30);

    private static final Duration LONGEST_WAIT_TO_TEND = Duration.ofSeconds(5);

    private final Fold fold;
    private final SearchCluster cluster;
    private final StreamableMessageSource<TrackedEventMessage<?>> source;
    private final LogPositions positions;
    private final DeadLetters letters;
    private final String owner;
    private final Clock clock;
    private final IndexAdministration administration;
    private final LockedStreams locked;
    private final ReentrantLock lock = new ReentrantLock();
    private final Thread tender;
    private final Map<Generation, Instant> retired = new HashMap<>();
    private volatile @Nullable Generation building;
    private volatile @Nullable Generation live;
    private volatile boolean foreign;
    private volatile boolean closed;
    private Instant lookAgain = Instant.MIN;
    private Instant aliasesChecked = Instant.MIN;
    private Instant lockedChecked = Instant.MIN;
    private long buildTarget;
    private boolean reachable = true;
    /** By a clock that nobody sets; empty unless the last search that was tried was answered. */
    private volatile OptionalLong answeredNanos = OptionalLong.empty();

    private long searchedNanos = System.nanoTime() - SEARCH_CHECK.toNanos();

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
        this.administration = new IndexAdministration(cluster, fold, owner);
        this.locked = new LockedStreams(cluster, positions);
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
                if (!closed) {
                    LOG.error("cannot tend {}", fold.group(), e);
                }
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(TEND_INTERVAL_MS));
        }
    }

    private void tendOnce() {
        checkSearch();
        discardRetired();
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
            openOwn();
        } else if (next != null && isCaughtUp(next)) {
            publish(next);
        } else if (current != null && clock.instant().isAfter(aliasesChecked.plus(ALIAS_CHECK))) {
            checkAliases(current.number());
        }
        Generation inUse = live;
        if (inUse != null && fold.takesForeign() && clock.instant().isAfter(lockedChecked.plus(LOCKED_CHECK))) {
            lockedChecked = clock.instant();
            reread(locked.unlocked(administration.names(inUse.number())));
        }
    }

    /** By a search, since nothing else tells whether one would be answered: aliases are told while no shard can be read. */
    private void checkSearch() {
        Generation current = live;
        long now = System.nanoTime();
        if (current != null && now - searchedNanos >= SEARCH_CHECK.toNanos()) {
            searchedNanos = now;
            answeredNanos = administration.isSearchable(current.number()) ? OptionalLong.of(now) : OptionalLong.empty();
        }
    }

    /** Folds these streams of other sites anew, soon, in the indexes in use and in those that are being built. */
    void reread(Collection<StreamId> streams) {
        Stream.of(Optional.ofNullable(live), Optional.ofNullable(building))
                .flatMap(Optional::stream)
                .forEach(generation -> generation.reread(streams));
    }

    /** Nothing here reads by alias; operators do, and the next start finds the index by it. */
    private void checkAliases(int number) {
        OptionalInt found = administration.live();
        if (found.isEmpty() || found.getAsInt() != number) {
            LOG.warn("the aliases of {} did not point at generation {}; mended", fold.group(), number);
            administration.publish(number);
        }
        aliasesChecked = clock.instant();
    }

    private void discardRetired() {
        Instant oldest = clock.instant().minus(LONGEST_READ);
        boolean any = retired.entrySet()
                .removeIf(entry -> !entry.getKey().isRead() || entry.getValue().isBefore(oldest));
        if (any) {
            deleteOthers();
        }
    }

    private void openOwn() {
        if (clock.instant().isBefore(lookAgain)) {
            return;
        }
        Optional<String> other = administration.otherSite();
        if (other.isPresent()) {
            if (!foreign) {
                LOG.error(
                        "the indexes {}-* of {} belong to site {}: they were left alone, and this site cannot be searched."
                                + " Give this node an elasticsearch.indexPrefix of its own.",
                        cluster.indexPrefix(),
                        fold.group(),
                        other.get());
            }
            foreign = true;
            lookAgain = clock.instant().plus(FOREIGN_CHECK);
            return;
        }
        foreign = false;
        open();
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
        } else {
            boolean isCurrent = administration.isCurrent(number);
            if (!isCurrent) {
                administration.widen(number);
            }
            Generation opened = generation(number, token.get().local());
            live = opened;
            deleteOthers();
            begin(opened);
            LOG.info(
                    "index of {} opened at position {}",
                    fold.group(),
                    token.get().local());
            if (!isCurrent) {
                LOG.info("a mapping of {} changed; building beside the old index", fold.group());
                build();
            }
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
        TreeSet<Integer> existing = administration.existing();
        int number = existing.isEmpty() ? least : Math.max(least, existing.last() + 1); // never one that was read
        deleteOthers();
        letters.drop(fold.group(), number);
        LocalToken start = TokenDocuments.start(positions.incarnation());
        buildTarget = positions.head().value();
        administration.create(number, start);
        Generation created = generation(number, start.local());
        building = created;
        created.start();
        LOG.info("building generation {} of {}", number, fold.group());
    }

    /** Whatever is neither in use nor being built nor still read. */
    private void deleteOthers() {
        Set<Integer> kept = new HashSet<>();
        retired.keySet().forEach(generation -> kept.add(generation.number()));
        Stream.of(Optional.ofNullable(live), Optional.ofNullable(building))
                .flatMap(Optional::stream)
                .forEach(generation -> kept.add(generation.number()));
        for (int generation : administration.existing()) {
            if (!kept.contains(generation)) {
                administration.delete(generation);
            }
        }
    }

    private void publish(Generation next) {
        administration.refresh(next.number());
        administration.publish(next.number());
        Generation old = live;
        Refresher.attach(next, administration, fold.rest());
        live = next;
        building = null;
        LOG.info("generation {} of {} is in use from now on", next.number(), fold.group());
        if (old != null) {
            old.stop();
            letters.drop(fold.group(), old.number());
            if (old.isRead()) {
                retired.put(old, clock.instant());
            }
        }
        deleteOthers();
    }

    private void begin(Generation opened) {
        Refresher.attach(opened, administration, fold.rest());
        opened.start();
    }

    private Generation generation(int number, LocalPosition start) {
        return new Generation(number, start, fold, cluster, source, positions, letters, owner, clock);
    }

    /** Builds anew beside what is in use; nothing when a build is under way. */
    void rebuild() {
        exclusively(() -> {
            if (building == null && live != null) {
                build(); // without a live one it is about to be opened or built, once it is known to be ours
            }
            return true;
        });
    }

    /** @throws ArchiveException SEARCH_UNAVAILABLE when Elasticsearch is, or holds up whoever tends the index */
    private <T> T exclusively(Supplier<T> work) {
        try {
            if (!lock.tryLock(LONGEST_WAIT_TO_TEND.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "index of " + fold.group());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "index of " + fold.group(), e);
        }
        try {
            return work.get();
        } catch (ClusterUnavailableException e) {
            throw new ArchiveException(ArchiveError.SEARCH_UNAVAILABLE, "index of " + fold.group(), e);
        } finally {
            lock.unlock();
        }
    }

    /** Gives up what is being built, if something is in use meanwhile. */
    void abandonRebuild() {
        exclusively(() -> {
            Generation next = building;
            if (next != null && live != null) {
                building = null;
                next.stop();
                administration.delete(next.number());
                letters.drop(fold.group(), next.number());
                LOG.info("the building of generation {} of {} was given up", next.number(), fold.group());
            }
            return true;
        });
    }

    /** Last position of the index that is being built; -1 while there is none. Never waits. */
    LocalPosition built() {
        Generation next = building;
        return next == null ? new LocalPosition(-1) : next.progress().stored();
    }

    /** Never waits: health and metrics ask it. */
    boolean isRebuilding() {
        return building != null || live == null;
    }

    /** Whether a search was answered when last tried, which is a few seconds ago. Never waits. */
    boolean isAnswering() {
        OptionalLong answered = answeredNanos;
        return live != null
                && answered.isPresent()
                && System.nanoTime() - answered.getAsLong() < ANSWER_COUNTS.toNanos();
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
        return current == null ? 0 : current.number();
    }

    /**
     * The indexes in use, once they show this position; -1 for at once.
     *
     * @throws ArchiveException SEARCH_UNAVAILABLE, POSITION_NOT_REACHED
     */
    Reading read(LocalPosition minimum, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            Generation current = inUse();
            boolean kept = false;
            current.acquire();
            try {
                if (current != live) {
                    continue; // it was replaced before it knew of this reader
                }
                Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
                if (minimum.value() < 0 || current.progress().awaitVisible(minimum, left)) {
                    kept = true;
                    return new Reading(
                            current,
                            administration.names(current.number()),
                            current.progress().visible());
                }
                if (current == live) {
                    throw new ArchiveException(ArchiveError.POSITION_NOT_REACHED, "minimum position");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "search", e);
            } finally {
                if (!kept) {
                    current.release();
                }
            }
        }
    }

    private Generation inUse() {
        Generation current = live;
        if (current == null) {
            throw new ArchiveException(
                    ArchiveError.SEARCH_UNAVAILABLE,
                    foreign ? "the index prefix belongs to another site" : "the index is being built");
        }
        return current;
    }

    List<DeadLetter> deadLetters() {
        return letters.list(fold.group(), liveGeneration());
    }

    /**
     * Folds the waiting events of a stream again, in order, until one fails; first where an index is being built, so that
     * its switch undoes nothing.
     *
     * @param reason why somebody thinks that it will succeed now; may be empty
     */
    Retried retry(String stream, String reason, String by) {
        return exclusively(() -> {
            Generation current = inUse();
            next().ifPresent(next -> paused(next, () -> refold(next, stream, reason, by)));
            return paused(current, () -> refold(current, stream, reason, by));
        });
    }

    private Optional<Generation> next() {
        return Optional.ofNullable(building);
    }

    /** Nothing is parked meanwhile. */
    private static Retried paused(Generation generation, Supplier<Retried> work) {
        generation.pause();
        try {
            return work.get();
        } finally {
            generation.progress().touched();
            generation.start();
        }
    }

    private Retried refold(Generation generation, String stream, String reason, String by) {
        return new DeadLetterRetry(source, positions, letters, fold.group()).retry(generation, stream, reason, by);
    }

    /** Gives one event up, for ever, and folds what waited behind it; as {@link #retry}, in every generation. */
    void discard(RecordId record, String reason, String by) {
        exclusively(() -> {
            DeadLetter letter = letters.find(fold.group(), liveGeneration(), record)
                    .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "dead letter"));
            Generation current = inUse();
            next().ifPresent(next -> paused(next, () -> giveUp(next, letter, reason, by)));
            return paused(current, () -> giveUp(current, letter, reason, by));
        });
    }

    private Retried giveUp(Generation generation, DeadLetter letter, String reason, String by) {
        letters.discard(fold.group(), generation.number(), letter.record(), reason, by);
        return refold(generation, letter.stream(), reason, by);
    }

    @Override
    public void close() {
        closed = true;
        tender.interrupt(); // it may be waiting for an Elasticsearch that never answers
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
