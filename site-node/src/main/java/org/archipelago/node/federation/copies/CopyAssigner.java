package org.archipelago.node.federation.copies;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyCommand;
import org.archipelago.contract.federation.CopyCommand.AssignCopies;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.follow.LogFollower;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assigns holders to each study of this site, when its first object comes and again when who offers what has changed. How far it came is
 * kept; without that it goes through all studies again, which changes nothing. Thread-safe.
 */
public final class CopyAssigner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyAssigner.class);

    private static final Duration PAUSE = Duration.ofMillis(200);
    private static final int CHUNK_RECORDS = 1024;
    private static final String REGISTERED = "StudyRegistered";

    private final EventLog log;
    private final Sealing sealing;
    private final StreamNames names;
    private final CopyFacts facts;
    private final Supplier<? extends Collection<SiteId>> members;
    private final int wanted;
    private final Commands commands;
    private final KeyHandover keys;
    private final AssignedSoFar soFar;
    private final LogFollower follower;
    private final LongAdder assigned = new LongAdder();
    private volatile boolean closed;

    /** Sends a command; on return what it records is durable. */
    public interface Commands {
        void send(CopyCommand command);
    }

    /** Port: lets a holder open what it holds. */
    public interface KeyHandover {
        /** @throws ArchiveException when it cannot be: the holder holds, and opens nothing */
        void release(StreamId study, SiteId holder);
    }

    /** @param wanted sites that are to hold a study, its origin among them */
    public CopyAssigner(
            EventLog log,
            Sealing sealing,
            StreamNames names,
            CopyFacts facts,
            Supplier<? extends Collection<SiteId>> members,
            int wanted,
            Commands commands,
            KeyHandover keys,
            AssignedSoFar soFar) {
        this.log = log;
        this.sealing = sealing;
        this.names = names;
        this.facts = facts;
        this.members = members;
        this.wanted = wanted;
        this.commands = commands;
        this.keys = keys;
        this.soFar = soFar;
        this.follower = new LogFollower("copies", log, PAUSE, this::assignNew);
    }

    public void start() {
        follower.start();
    }

    /** Looks at all studies again, soon, if who offers what has changed. */
    public void wakeIfChanged() {
        if (!soFar.isBy(rule(offered()))) {
            follower.wake();
        }
    }

    private Map<SiteId, Long> offered() {
        Map<SiteId, Long> offered = facts.offeredBytes();
        offered.keySet().retainAll(members.get());
        return offered;
    }

    private Digest rule(Map<SiteId, Long> offered) {
        return Digest.sha256((wanted + " " + byName(offered)).getBytes(StandardCharsets.US_ASCII));
    }

    private void assignNew() {
        Map<SiteId, Long> offered = offered();
        long next = soFar.next(rule(offered));
        long end = log.originHead(log.site()).value() + 1;
        if (next > end) {
            next = 0; // the log was restored from before
        }
        while (next < end && !closed) {
            List<StoredRecord> chunk = log.readOrigin(log.site(), new OriginPosition(next), CHUNK_RECORDS);
            if (chunk.isEmpty()) {
                if (!log.isDamaged(log.site(), new OriginPosition(next))) {
                    return; // there soon
                }
                next++;
            }
            for (StoredRecord stored : chunk) {
                if (stored.record().header().type().equals(REGISTERED)) {
                    assign(new StudyCopyId(stored.record().header().stream()), offered);
                }
            }
            next += chunk.size();
            soFar.advance(next);
        }
    }

    private static Map<String, Long> byName(Map<SiteId, Long> offered) {
        Map<String, Long> named = new TreeMap<>();
        offered.forEach((site, bytes) -> named.put(site.toString(), bytes));
        return named;
    }

    private void assign(StudyCopyId study, Map<SiteId, Long> offered) {
        List<SiteId> holders = Rendezvous.choose(study.stream(), offered, wanted - 1);
        if (holders.isEmpty() && assignment(study).isEmpty()) {
            return;
        }
        try {
            commands.send(new AssignCopies(names.assignment(study), study, holders));
            assigned.increment();
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.ERASED) {
                throw e;
            }
            return; // nobody holds what was erased
        }
        holders.forEach(holder -> release(study, holder));
    }

    private void release(StudyCopyId study, SiteId holder) {
        try {
            keys.release(study.stream(), holder);
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.NOT_AUTHORIZED && e.error() != ArchiveError.NOT_FOUND) {
                throw e;
            }
            LOG.debug("{} holds a study and does not open it: {}", holder, e.getMessage());
        }
    }

    /** Whom a study of this site is assigned to; empty for one that never was to anybody. */
    public Optional<CopyAssigned> assignment(StudyCopyId study) {
        StreamId stream = names.assignment(study);
        return log.streamHead(stream)
                .flatMap(head ->
                        log.readStream(stream, head.revision(), 1).stream().findFirst())
                .map(stored -> sealing.open(stored.record()).payload())
                .filter(CopyAssigned.class::isInstance)
                .map(CopyAssigned.class::cast);
    }

    /** Studies that were looked at since the start. */
    public long assigned() {
        return assigned.sum();
    }

    /** Waits for one that is under way. */
    @Override
    public void close() {
        closed = true;
        follower.close();
        soFar.save();
    }
}
