package org.archipelago.node.federation.copies;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
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
    private static final int MAX_FAILED = 10_000;
    private static final String REGISTERED = "StudyRegistered";

    private final EventLog log;
    private final Sealing sealing;
    private final StreamNames names;
    private final CopyFacts facts;
    private final Supplier<? extends Collection<SiteId>> members;
    private final Policy policy;
    private final Commands commands;
    private final KeyHandover keys;
    private final AssignedSoFar soFar;
    private final LogFollower follower;
    private final Set<StudyCopyId> failed = ConcurrentHashMap.newKeySet();
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

    /**
     * @param wanted sites that are to hold a study, its origin among them
     * @param openAtHolders whether a holder gets the key
     */
    public record Policy(int wanted, boolean openAtHolders) {}

    public CopyAssigner(
            EventLog log,
            Sealing sealing,
            StreamNames names,
            CopyFacts facts,
            Supplier<? extends Collection<SiteId>> members,
            Policy policy,
            Commands commands,
            KeyHandover keys,
            AssignedSoFar soFar) {
        this.log = log;
        this.sealing = sealing;
        this.names = names;
        this.facts = facts;
        this.members = members;
        this.policy = policy;
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
        if (facts.isComplete() && !soFar.isBy(rule(offered()))) {
            follower.wake();
        }
    }

    private Map<SiteId, Long> offered() {
        Map<SiteId, Long> offered = facts.offeredBytes();
        offered.keySet().retainAll(members.get());
        return offered;
    }

    private Digest rule(Map<SiteId, Long> offered) {
        return Digest.sha256(
                (log.incarnation() + " " + policy + " " + byName(offered)).getBytes(StandardCharsets.US_ASCII));
    }

    private void assignNew() {
        if (!facts.isComplete()) {
            return; // who offers what is not known yet: that is not nothing
        }
        Map<SiteId, Long> offered = offered();
        List.copyOf(failed).forEach(study -> assignOrRemember(study, offered));
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
                if (closed) {
                    return;
                }
                if (stored.record().header().type().equals(REGISTERED)) {
                    assignOrRemember(new StudyCopyId(stored.record().header().stream()), offered);
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

    /** One that cannot be decided keeps no other from being protected. */
    private void assignOrRemember(StudyCopyId study, Map<SiteId, Long> offered) {
        try {
            assign(study, offered);
            failed.remove(study);
        } catch (ArchiveException e) {
            switch (e.error()) {
                case LOG_UNAVAILABLE, OVERLOADED, SHUTTING_DOWN -> throw e;
                default -> remember(study, e);
            }
        }
    }

    private void remember(StudyCopyId study, ArchiveException why) {
        if (failed.add(study)) {
            LOG.error("study {} cannot be assigned; this is tried again: {}", study, why.getMessage());
        }
        if (failed.size() > MAX_FAILED) {
            throw why;
        }
    }

    private void assign(StudyCopyId study, Map<SiteId, Long> offered) {
        List<SiteId> holders = Rendezvous.choose(study.stream(), offered, policy.wanted() - 1);
        if (holders.isEmpty() && assignment(study).isEmpty()) {
            return;
        }
        try {
            commands.send(new AssignCopies(names.assignment(study), study, holders));
            assigned.increment();
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.ERASED && e.error() != ArchiveError.KEY_LOST) {
                throw e;
            }
            return; // nobody holds what was erased, or is lost
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

    /** Studies that could not be decided, and are tried again. */
    public int failed() {
        return failed.size();
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
