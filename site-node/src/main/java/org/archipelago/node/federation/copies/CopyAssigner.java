package org.archipelago.node.federation.copies;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
 * kept; without that it goes through all studies again, which changes nothing. While something is not known of what others offer, holders
 * are added and none is dropped. Thread-safe.
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
    private final BooleanSupplier recovering;
    private final Policy policy;
    private final Commands commands;
    private final KeyHandover keys;
    private final AssignedSoFar soFar;
    private final LogFollower follower;
    private final Set<StudyCopyId> failed = ConcurrentHashMap.newKeySet();
    private final LongAdder assigned = new LongAdder();
    /** Since holders were last only added: by which rule, and up to where. */
    private volatile Optional<Digest> addedBy = Optional.empty();

    private long addedNext;
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
            BooleanSupplier recovering,
            Policy policy,
            Commands commands,
            KeyHandover keys,
            AssignedSoFar soFar) {
        this.log = log;
        this.sealing = sealing;
        this.names = names;
        this.facts = facts;
        this.members = members;
        this.recovering = recovering;
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
        if (facts.isRead() && isChanged(rule(offered()))) {
            follower.wake();
        }
    }

    private boolean isChanged(Digest rule) {
        return mayDrop()
                ? addedBy.isPresent() || !soFar.isBy(rule)
                : addedBy.filter(rule::equals).isEmpty();
    }

    /** What is not known of others, or of what of this site's own blobs is left, is not nothing. */
    private boolean mayDrop() {
        return facts.isComplete() && !facts.isOfferAwaited(List.copyOf(members.get())) && !recovering.getAsBoolean();
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
        if (!facts.isRead()) {
            return;
        }
        Terms terms = new Terms(mayDrop(), offered());
        List.copyOf(failed).forEach(study -> assignOrRemember(study, terms));
        Digest rule = rule(terms.offered());
        if (terms.mayDrop()) {
            addedBy = Optional.empty();
            pass(soFar.next(rule), terms, soFar::advance);
            return;
        }
        if (addedBy.filter(rule::equals).isEmpty()) {
            addedNext = soFar.isBy(rule) ? soFar.position() : 0;
            addedBy = Optional.of(rule);
        }
        pass(addedNext, terms, next -> addedNext = next);
    }

    /** What is decided by. */
    private record Terms(boolean mayDrop, Map<SiteId, Long> offered) {}

    private void pass(long from, Terms terms, LongConsumer passed) {
        long next = from;
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
                    assignOrRemember(new StudyCopyId(stored.record().header().stream()), terms);
                }
            }
            next += chunk.size();
            passed.accept(next);
        }
    }

    private static Map<String, Long> byName(Map<SiteId, Long> offered) {
        Map<String, Long> named = new TreeMap<>();
        offered.forEach((site, bytes) -> named.put(site.toString(), bytes));
        return named;
    }

    /** One that cannot be decided keeps no other from being protected. */
    private void assignOrRemember(StudyCopyId study, Terms terms) {
        try {
            assign(study, terms);
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

    private void assign(StudyCopyId study, Terms terms) {
        Optional<CopyAssigned> before = assignment(study);
        List<SiteId> holders =
                holders(study, terms, before.map(CopyAssigned::holders).orElse(List.of()));
        if (holders.isEmpty() && before.isEmpty()) {
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

    private List<SiteId> holders(StudyCopyId study, Terms terms, List<SiteId> before) {
        Collection<SiteId> there = members.get();
        List<SiteId> stay = before.stream()
                .filter(holder -> !terms.mayDrop() || (there.contains(holder) && !facts.isOfferKnown(holder)))
                .toList();
        long staying = stay.stream().filter(there::contains).count();
        Map<SiteId, Long> others = new HashMap<>(terms.offered());
        stay.forEach(others::remove);
        List<SiteId> more = Rendezvous.choose(study.stream(), others, (int) Math.max(0, policy.wanted() - 1 - staying));
        return Stream.concat(stay.stream(), more.stream()).toList();
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
