package org.archipelago.query.projection;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.query.LogPositions;
import org.archipelago.query.cluster.SearchCluster;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.messaging.StreamableMessageSource;

/**
 * All indexes of a node, kept up with its log. Starts and works whether or not Elasticsearch answers: it waits for it and
 * catches up. Does not close the cluster, the source or the dead letters. Thread-safe.
 */
public final class Projections implements AutoCloseable {
    /** A position that was ever told is in the log: who waits asks for one that nobody has seen. */
    private static final Duration LOG_PAUSE = Duration.ofMillis(10);

    private final LogPositions positions;
    private final Projection catalogue;
    private final Projection history;
    private final List<Projection> all;

    /**
     * @param source events with {@link org.archipelago.contract.log.LocalToken}s, aggregate by aggregate in order
     * @param owner the same for every start of one node, different for two nodes: who holds the claim on the index
     */
    public Projections(
            SearchCluster cluster,
            StreamableMessageSource<TrackedEventMessage<?>> source,
            LogPositions positions,
            DeadLetters letters,
            String owner,
            Clock clock) {
        this.positions = positions;
        this.catalogue =
                new Projection(new CatalogueFold(positions::isOwn), cluster, source, positions, letters, owner, clock);
        this.history = new Projection(new HistoryFold(), cluster, source, positions, letters, owner, clock);
        this.all = List.of(catalogue, history);
    }

    public void start() {
        all.forEach(Projection::start);
    }

    /** Builds every index anew beside the one in use, and changes over when it has caught up. Returns at once. */
    public void rebuild() {
        all.forEach(Projection::rebuild);
    }

    /**
     * Gives up what {@link #rebuild} began and goes on with the indexes in use; nothing where none is being built, or
     * none is in use yet.
     */
    public void abandonRebuild() {
        all.forEach(Projection::abandonRebuild);
    }

    /**
     * The catalogue's indexes, as soon as searches of them see this position; -1 for at once.
     *
     * @throws ArchiveException POSITION_NOT_REACHED in this time; SEARCH_UNAVAILABLE while there is no index
     */
    public Reading catalogue(LocalPosition minimum, Duration atMost) {
        return catalogue.read(minimum, atMost);
    }

    /**
     * How far the log is, as soon as it has this position: for what the log alone answers, with or without an index.
     *
     * @throws ArchiveException POSITION_NOT_REACHED in this time
     */
    public LocalPosition log(LocalPosition minimum, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (true) {
            LocalPosition head = positions.head();
            if (head.compareTo(minimum) >= 0) {
                return head;
            }
            if (System.nanoTime() - deadline >= 0) {
                throw new ArchiveException(ArchiveError.POSITION_NOT_REACHED, "minimum position");
            }
            try {
                Thread.sleep(LOG_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "search", e);
            }
        }
    }

    /** As {@link #catalogue}, of the access history. */
    public Reading history(LocalPosition minimum, Duration atMost) {
        return history.read(minimum, atMost);
    }

    /**
     * Folds these streams of other sites anew, in the background: what was not readable when it came can be read now, since its key is
     * in the keystore. Nothing is lost when this is not called, or the node stops before it is done; it is found again within seconds.
     */
    public void reread(Collection<StreamId> streams) {
        catalogue.reread(streams);
    }

    /** Whose log this is. */
    public SiteId site() {
        return positions.site();
    }

    /** What searches of the catalogue see at least; -1 while there is nothing to search. */
    public LocalPosition visible() {
        return catalogue.visible();
    }

    /** Whether every index answered a search when last tried, a few seconds ago. Never waits. */
    public boolean isAnswering() {
        return all.stream().allMatch(Projection::isAnswering);
    }

    public List<ProjectionStatus> status() {
        return List.of(status("catalogue", catalogue), status("history", history));
    }

    private ProjectionStatus status(String group, Projection projection) {
        LocalPosition stored = projection.stored();
        return new ProjectionStatus(
                group,
                stored,
                projection.visible(),
                Math.max(0, positions.head().value() - stored.value()),
                projection.isRebuilding(),
                projection.built(),
                projection.deadLetters().size());
    }

    /** In the order of the log, group by group. */
    public List<DeadLetter> deadLetters() {
        List<DeadLetter> letters = new ArrayList<>();
        all.forEach(projection -> letters.addAll(projection.deadLetters()));
        return letters;
    }

    /**
     * Folds the stream of this dead letter again, in order, until one fails. Who, why and what came of it is kept.
     *
     * @param reason may be empty
     * @throws ArchiveException NOT_FOUND, SEARCH_UNAVAILABLE
     */
    public Retried retry(RecordId record, String reason, String by) {
        Retried retried = new Retried(0, Optional.empty());
        boolean found = false;
        for (Projection projection : all) {
            for (DeadLetter letter : projection.deadLetters()) {
                if (letter.record().equals(record)) {
                    retried = retried.and(projection.retry(letter.stream(), reason, by));
                    found = true;
                }
            }
        }
        if (!found) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "dead letter");
        }
        return retried;
    }

    /** Gives one event up for ever, rebuilds included, and folds what waited behind it. Who and why is kept with it. */
    public void discard(RecordId record, String reason, String by) {
        if (reason.isBlank()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "reason for discarding");
        }
        List<Consumer<RecordId>> holders = new ArrayList<>();
        for (Projection projection : all) {
            if (projection.deadLetters().stream()
                    .anyMatch(letter -> letter.record().equals(record))) {
                holders.add(r -> projection.discard(r, reason, by));
            }
        }
        if (holders.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "dead letter");
        }
        holders.forEach(holder -> holder.accept(record));
    }

    @Override
    public void close() {
        all.forEach(Projection::close);
    }
}
