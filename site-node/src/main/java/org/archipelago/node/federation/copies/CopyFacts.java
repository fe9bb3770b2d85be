package org.archipelago.node.federation.copies;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.CopyEvent.CapacityDeclared;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.federation.CopyEvent.StudyCopyReleased;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;

/**
 * What other sites have recorded of copies: how much they offer to hold, which studies they assigned to this one, and which they hold.
 * A fold of their logs, 32 bytes a study, made anew at each start. A record whose key is not here waits. Thread-safe.
 */
public final class CopyFacts {
    private static final int CHUNK_RECORDS = 1024;
    /** Studies that are due and remembered; beyond them nothing more is read until some are done. */
    private static final int MAX_DUE = 100_000;

    /** Of those that wait for their key, in one look. */
    private static final int MAX_TRIED = 1_000;

    private static final OriginPosition NOWHERE = new OriginPosition(-1);
    private static final String STUDY = "study";
    private static final String CAPACITY_DECLARED = "CapacityDeclared";
    private static final Set<String> TYPES =
            Set.of(CAPACITY_DECLARED, "CopyAssigned", "StudyCopyHeld", "StudyCopyReleased");

    private final EventLog log;
    private final Sealing sealing;
    private final Supplier<? extends Collection<SiteId>> origins;
    private final BooleanSupplier announcedIsHere;
    private final Map<SiteId, Origin> known = new HashMap<>();
    private final Set<StudyCopyId> due = new LinkedHashSet<>();
    private volatile boolean read;
    private volatile boolean complete;

    /** Guarded by this. */
    private static final class Origin {
        private final PlaceTable holdings = new PlaceTable();
        private final PlaceTable assignments = new PlaceTable();
        /** Of all its studies, whoever is to hold them. */
        private final PlaceTable wishes = new PlaceTable();

        private final Deque<OriginPosition> waiting = new ArrayDeque<>();
        private long offeredBytes;
        private OriginPosition offeredAt = NOWHERE;
        private OriginPosition awaitedOfferAt = NOWHERE;
        private long next;
    }

    /**
     * A site that says that it holds a study.
     *
     * @param through up to this record of the study
     */
    public record Holding(SiteId site, StudyCopyHeld held) {
        Revision through() {
            return held.through();
        }
    }

    /**
     * @param origins the other sites whose records are in the log
     * @param announcedIsHere whether of each of them that can be asked all is in the log that it had when it was asked first
     */
    public CopyFacts(
            EventLog log,
            Sealing sealing,
            Supplier<? extends Collection<SiteId>> origins,
            BooleanSupplier announcedIsHere) {
        this.log = log;
        this.sealing = sealing;
        this.origins = origins;
        this.announcedIsHere = announcedIsHere;
    }

    /** Takes in what is new in their logs. */
    public void readOn() {
        boolean isHere = announcedIsHere.getAsBoolean();
        boolean all = true;
        for (SiteId origin : List.copyOf(origins.get())) {
            boolean more = true;
            while (more) {
                more = readChunk(origin);
            }
            all &= isRead(origin);
        }
        read = all;
        complete = all && isHere;
    }

    /** Whether all that is here of each log was taken in, when they were last looked at. */
    public boolean isRead() {
        return read;
    }

    /** Whether that is also all that those had who can be asked. Until then nothing follows from what is not known. */
    public boolean isComplete() {
        return complete;
    }

    private synchronized boolean isRead(SiteId origin) {
        Origin of = known.get(origin);
        return of != null && of.next > log.originHead(origin).value();
    }

    private synchronized boolean readChunk(SiteId origin) {
        Origin of = known.computeIfAbsent(origin, _ -> new Origin());
        if (due.size() >= MAX_DUE || of.next > log.originHead(origin).value()) {
            return false;
        }
        List<StoredRecord> records = log.readOrigin(origin, new OriginPosition(of.next), CHUNK_RECORDS);
        if (records.isEmpty()) {
            if (!log.isDamaged(origin, new OriginPosition(of.next))) {
                return false; // it is not there yet
            }
            of.next++; // what it said cannot be told
        }
        for (StoredRecord record : records) {
            take(of, record);
            of.next++;
        }
        return true;
    }

    private void take(Origin of, StoredRecord stored) {
        StreamId stream = stored.record().header().stream();
        if (stream.kind().equals(STUDY)) {
            grown(of, stream, stored);
        } else if (TYPES.contains(stored.record().header().type())) {
            event(stored).ifPresentOrElse(event -> take(of, stored, event), () -> await(of, stored));
        }
    }

    private static void await(Origin of, StoredRecord stored) {
        of.waiting.add(at(stored));
        if (stored.record().header().type().equals(CAPACITY_DECLARED)
                && at(stored).compareTo(of.awaitedOfferAt) > 0) {
            of.awaitedOfferAt = at(stored);
        }
    }

    private static OriginPosition at(StoredRecord stored) {
        return stored.originPosition();
    }

    private void take(Origin of, StoredRecord stored, CopyEvent event) {
        switch (event) {
            case CapacityDeclared declared -> {
                if (at(stored).compareTo(of.offeredAt) > 0) {
                    of.offeredBytes = declared.bytes();
                    of.offeredAt = at(stored);
                }
            }
            case CopyAssigned assigned -> {
                StreamId study = assigned.study().stream();
                // Nobody assigns, or takes away, what is another's.
                if (study.value().startsWith(stored.record().header().origin() + "/" + STUDY + "/")) {
                    put(of.wishes, study, stored);
                    if (isForThisSite(of, assigned)) {
                        put(of.assignments, study, stored);
                        due.add(assigned.study());
                    }
                }
            }
            case StudyCopyHeld held -> put(of.holdings, held.study().stream(), stored);
            case StudyCopyReleased released -> put(of.holdings, released.study().stream(), stored);
        }
    }

    /** Also what takes away what was, or may still turn out to be, assigned before. */
    private boolean isForThisSite(Origin of, CopyAssigned assigned) {
        return assigned.holders().contains(log.site())
                || !of.waiting.isEmpty()
                || find(of.assignments, assigned.study().stream()).isPresent();
    }

    /** The last word about a study counts, whenever it could be read. */
    private static void put(PlaceTable table, StreamId study, StoredRecord stored) {
        long place = at(stored).value();
        if (find(table, study).orElse(-1L) < place) {
            table.put(PlaceTable.hash(study.value()), place);
        }
    }

    /** Of one that is assigned to this site there is more to hold, once its last record is seen. */
    private void grown(Origin of, StreamId study, StoredRecord stored) {
        boolean isLast = log.streamHead(study)
                .filter(head -> head.revision().equals(stored.record().header().revision()))
                .isPresent();
        if (isLast && find(of.assignments, study).isPresent()) {
            due.add(new StudyCopyId(study));
        }
    }

    /** Empty while it cannot be read. */
    private Optional<CopyEvent> event(StoredRecord stored) {
        return sealing.openReplica(stored.record()).payload() instanceof CopyEvent event
                ? Optional.of(event)
                : Optional.empty();
    }

    private static Optional<Long> find(PlaceTable table, StreamId study) {
        List<Long> places = new ArrayList<>(1);
        table.each(PlaceTable.hash(study.value()), places::add);
        return places.stream().findFirst();
    }

    /** Keys may have come. */
    public synchronized void tryWaiting() {
        known.forEach((origin, of) -> {
            int tried = Math.min(MAX_TRIED, of.waiting.size());
            for (int i = 0; i < tried; i++) {
                OriginPosition at = of.waiting.getFirst();
                try {
                    log.atOrigin(origin, at).ifPresent(stored -> take(of, stored));
                } catch (ArchiveException e) {
                    if (e.error() != ArchiveError.CORRUPT) {
                        return; // and all of it again later
                    }
                }
                of.waiting.removeFirst();
            }
        });
    }

    /** Studies of other sites that were assigned to this one, or taken from it, or have grown, since they were last taken. */
    public synchronized List<StudyCopyId> takeDue() {
        List<StudyCopyId> taken = List.copyOf(due);
        due.clear();
        return taken;
    }

    /** All that this site was to hold of that one is due again: some of it has gone. */
    public synchronized void lookAgain(SiteId origin) {
        Origin of = known.get(origin);
        if (of != null) {
            of.assignments.each(
                    place -> assigned(origin, new OriginPosition(place)).ifPresent(due::add));
        }
    }

    private Optional<StudyCopyId> assigned(SiteId origin, OriginPosition place) {
        try {
            return log.atOrigin(origin, place)
                    .flatMap(this::event)
                    .filter(CopyAssigned.class::isInstance)
                    .map(CopyFacts::studyOf);
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return Optional.empty(); // of this one nobody can tell; the others count
        }
    }

    /** Whether a study of another site is to be held here; empty while that cannot be told. */
    public synchronized Optional<Boolean> isAssignedHere(StudyCopyId study) {
        SiteId origin = study.stream().origin();
        Origin of = known.get(origin);
        if (of == null || !origins.get().contains(origin) || !isRead(origin)) {
            return Optional.empty();
        }
        boolean here = last(origin, of.assignments, study)
                .filter(CopyAssigned.class::isInstance)
                .filter(assigned -> ((CopyAssigned) assigned).holders().contains(log.site()))
                .isPresent();
        return here || of.waiting.isEmpty() ? Optional.of(here) : Optional.empty();
    }

    /** To whom a study of another site was assigned, as of that one's last word; empty while nothing was read of it. */
    public synchronized Optional<CopyAssigned> assignment(StudyCopyId study) {
        SiteId origin = study.stream().origin();
        return Optional.ofNullable(known.get(origin))
                .flatMap(of -> last(origin, of.wishes, study))
                .filter(CopyAssigned.class::isInstance)
                .map(CopyAssigned.class::cast);
    }

    private Optional<CopyEvent> last(SiteId origin, PlaceTable table, StudyCopyId study) {
        return find(table, study.stream())
                .flatMap(place -> log.atOrigin(origin, new OriginPosition(place)))
                .flatMap(this::event)
                .filter(event -> study.equals(studyOf(event)));
    }

    private static StudyCopyId studyOf(CopyEvent event) {
        return switch (event) {
            case CopyAssigned assigned -> assigned.study();
            case StudyCopyHeld held -> held.study();
            case StudyCopyReleased released -> released.study();
            case CapacityDeclared _ -> throw new IllegalArgumentException("is about no study");
        };
    }

    /** The other sites that say that they hold a study of whatever site, as of their last word. */
    public synchronized List<Holding> holdings(StudyCopyId study) {
        List<Holding> holdings = new ArrayList<>();
        known.forEach((site, of) -> last(site, of.holdings, study)
                .filter(StudyCopyHeld.class::isInstance)
                .ifPresent(held -> holdings.add(new Holding(site, (StudyCopyHeld) held))));
        return holdings;
    }

    /** Whether a site has said what it offers, and that can be read. */
    public synchronized boolean isOfferKnown(SiteId site) {
        Origin of = known.get(site);
        return of != null && of.offeredAt.compareTo(NOWHERE) > 0 && !isOfferAwaited(of);
    }

    /** Whether one of these has said what it offers in a record whose key is not here. */
    public synchronized boolean isOfferAwaited(Collection<SiteId> sites) {
        return sites.stream().map(known::get).anyMatch(of -> of != null && isOfferAwaited(of));
    }

    private static boolean isOfferAwaited(Origin of) {
        return of.awaitedOfferAt.compareTo(of.offeredAt) > 0;
    }

    /** What each site offers that has said so. */
    public synchronized Map<SiteId, Long> offeredBytes() {
        Map<SiteId, Long> offered = new HashMap<>();
        known.forEach((site, of) -> {
            if (of.offeredBytes > 0) {
                offered.put(site, of.offeredBytes);
            }
        });
        return offered;
    }
}
