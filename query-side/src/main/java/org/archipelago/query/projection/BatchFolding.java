package org.archipelago.query.projection;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.federation.RecoveryEvent;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.replica.ReplicaEvent;
import org.archipelago.contract.site.SiteEvent;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.query.LogPositions;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds batches of events into the index; what cannot be folded becomes a dead letter and holds up its own stream only. Events of other
 * sites are folded apart from those of this one, and what of them cannot be folded is passed over: no letter of theirs is worth the
 * disk, and nobody here could mend it. For one thread.
 */
final class BatchFolding {
    private static final Logger LOG = LoggerFactory.getLogger(BatchFolding.class);

    private static final int REREAD_AT_ONCE = 500;

    private final Fold fold;
    private final int generation;
    private final Documents documents;
    private final DeadLetters letters;
    private final LogPositions positions;

    BatchFolding(Fold fold, int generation, Documents documents, DeadLetters letters, LogPositions positions) {
        this.fold = fold;
        this.generation = generation;
        this.documents = documents;
        this.letters = letters;
        this.positions = positions;
    }

    /**
     * On return every event is in the index, or is a dead letter on disk, or of another site and passed over.
     *
     * @return physical indexes of which documents changed
     */
    Set<String> fold(List<EventMessage<?>> events) {
        Map<Boolean, List<EventMessage<?>>> byOrigin = events.stream()
                .collect(Collectors.partitioningBy(event -> place(event).foreign()));
        Set<String> changed = new HashSet<>(foldOwn(byOrigin.getOrDefault(false, List.of())));
        if (fold.takesForeign()) {
            changed.addAll(foldForeign(byOrigin.getOrDefault(true, List.of())));
        }
        return changed;
    }

    private Set<String> foldOwn(List<EventMessage<?>> events) {
        events.forEach(this::prepare);
        try {
            prefetch(events);
            for (EventMessage<?> event : events) {
                foldOrPark(event);
            }
            return documents.write();
        } catch (UnfoldableException e) {
            documents.rollback();
            return foldSingly(events);
        } catch (RuntimeException e) {
            documents.rollback();
            throw e;
        }
    }

    /** Several events of a batch may have led to what is refused: this tells which one. */
    private Set<String> foldSingly(List<EventMessage<?>> events) {
        Set<String> changed = new HashSet<>();
        for (EventMessage<?> event : events) {
            try {
                foldOrPark(event);
                changed.addAll(documents.write());
            } catch (UnfoldableException e) {
                documents.rollback();
                park(e);
            } catch (RuntimeException e) {
                documents.rollback();
                throw e;
            }
        }
        changed.addAll(documents.write());
        return changed;
    }

    /** All at once; where that fails each half by itself, down to what is at fault. */
    private Set<String> foldForeign(List<EventMessage<?>> events) {
        if (events.isEmpty()) {
            return Set.of();
        }
        try {
            Set<DocumentKey> needed = new HashSet<>();
            events.forEach(event -> content(event).ifPresent(payload -> needed.addAll(fold.needs(payload))));
            documents.load(needed);
            events.forEach(this::applyForeign);
            return documents.write();
        } catch (ClusterUnavailableException | IndexLostException e) {
            documents.rollback();
            throw e;
        } catch (RuntimeException e) { // whatever another site wrote to cause it must not hold up this one
            documents.rollback();
            if (events.size() == 1) {
                return passOver(events.getFirst(), e instanceof UnfoldableException u ? u.reason() : errorOf(e));
            }
            int half = events.size() / 2;
            Set<String> changed = new HashSet<>(foldForeign(events.subList(0, half)));
            changed.addAll(foldForeign(events.subList(half, events.size())));
            return changed;
        }
    }

    private void applyForeign(EventMessage<?> event) {
        Place place = place(event);
        Optional<Object> content = content(event);
        if (content.isEmpty()) {
            fold.passOver(isKeyMissing(event), place, documents);
        } else {
            apply(content::get, place);
        }
    }

    private Set<String> passOver(EventMessage<?> event, String reason) {
        Place place = place(event);
        LOG.warn("event {} of type {} of another site is passed over: {}", place.record(), place.type(), reason);
        try {
            fold.passOver(false, place, documents);
            return documents.write();
        } catch (UnfoldableException e) {
            documents.rollback();
            return documents.write();
        }
    }

    /** Empty when it cannot be read here. */
    private static Optional<Object> content(EventMessage<?> event) {
        try {
            Object payload = event.getPayload();
            return payload instanceof Unreadable || payload instanceof UnknownRecord
                    ? Optional.empty()
                    : Optional.of(payload);
        } catch (RuntimeException e) {
            LOG.debug("an event of another site cannot be read", e);
            return Optional.empty();
        }
    }

    private static boolean isKeyMissing(EventMessage<?> event) {
        return Unreadable.class.isAssignableFrom(event.getPayloadType())
                && event.getPayload() instanceof Unreadable unreadable
                && unreadable.reason() == Unreadable.Reason.KEY_NOT_GRANTED;
    }

    /**
     * Folds a stream of another site anew, from its first event to the last that the log has: as if everything that can be read of it
     * now could have been read when it came.
     *
     * @return physical indexes of which documents changed
     */
    Set<String> reread(StreamId stream) {
        try {
            return readAnew(stream);
        } catch (RuntimeException e) {
            documents.rollback();
            throw e;
        }
    }

    private Set<String> readAnew(StreamId stream) {
        Set<String> changed = new HashSet<>();
        List<EventMessage<?>> events = List.copyOf(positions.read(stream, 0, REREAD_AT_ONCE));
        if (events.isEmpty()) {
            return changed;
        }
        Place first = place(events.getFirst());
        changed.addAll(foldAnew(first, events));
        for (long revision = events.size(); !events.isEmpty(); revision += events.size()) {
            events = List.copyOf(positions.read(stream, revision, REREAD_AT_ONCE));
            changed.addAll(foldForeign(events));
        }
        // Only now: whoever is interrupted before begins again.
        fold.wasReread(first, documents);
        changed.addAll(documents.write());
        return changed;
    }

    private Set<String> foldAnew(Place first, List<EventMessage<?>> events) {
        try {
            fold.reset(first, documents);
            events.forEach(this::applyForeign);
            return documents.write();
        } catch (ClusterUnavailableException | IndexLostException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("a stream of another site is folded event by event", e);
            documents.rollback();
            fold.reset(first, documents);
            Set<String> changed = new HashSet<>(documents.write());
            changed.addAll(foldForeign(events));
            return changed;
        }
    }

    private void park(UnfoldableException e) {
        for (Place place : e.places()) {
            LOG.error(
                    "event {} of type {} became a dead letter of {}: {}",
                    place.record(),
                    place.type(),
                    fold.group(),
                    e.reason());
            letters.park(fold.group(), generation, place, e.reason());
        }
    }

    /** Folds one event that was a dead letter. Empty when it is in the index now, else why not. */
    Optional<String> refold(EventMessage<?> event) {
        try {
            apply(event::getPayload, place(event));
            documents.write();
            return Optional.empty();
        } catch (UnfoldableException e) {
            documents.rollback();
            documents.write();
            return Optional.of(e.reason());
        } catch (RuntimeException e) {
            documents.rollback();
            throw e;
        }
    }

    void forget() {
        documents.abandon();
    }

    private void prepare(EventMessage<?> event) {
        try {
            event.getPayload();
        } catch (RuntimeException e) {
            Place place = place(event);
            if (!letters.isDiscarded(fold.group(), place.record())) {
                letters.park(fold.group(), generation, place, errorOf(e));
            }
        }
    }

    private static String errorOf(RuntimeException e) {
        return e instanceof ArchiveException refusal
                ? refusal.error().name()
                : e.getClass().getSimpleName();
    }

    private void prefetch(List<EventMessage<?>> events) {
        Set<DocumentKey> needed = new HashSet<>();
        for (EventMessage<?> event : events) {
            if (!isSetAside(place(event))) {
                needed.addAll(fold.needs(event.getPayload()));
            }
        }
        documents.load(needed);
    }

    private boolean isSetAside(Place place) {
        return letters.isDiscarded(fold.group(), place.record()) || letters.isWaiting(fold.group(), generation, place);
    }

    private void foldOrPark(EventMessage<?> event) {
        Place place = place(event);
        if (letters.isDiscarded(fold.group(), place.record())) {
            return;
        }
        if (letters.isWaiting(fold.group(), generation, place)) {
            letters.park(fold.group(), generation, place, DeadLetter.BEHIND);
            return;
        }
        apply(event::getPayload, place);
    }

    private void apply(Supplier<Object> payload, Place place) {
        try {
            fold.apply(payload.get(), place, documents);
        } catch (ClusterUnavailableException | IndexLostException | UnfoldableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("cannot fold {}", place.record(), e);
            throw new UnfoldableException(Set.of(place), errorOf(e));
        }
    }

    private Place place(EventMessage<?> event) {
        if (!(event instanceof TrackedEventMessage<?> tracked)
                || !(tracked.trackingToken() instanceof LocalToken token)) {
            throw new IllegalStateException("the event source does not give local tokens");
        }
        String type = event.getPayloadType().getSimpleName();
        if (event instanceof DomainEventMessage<?> domain) {
            String stream = domain.getAggregateIdentifier();
            return new Place(token.local(), token.record(), stream, type, !positions.isOwn(stream));
        }
        return new Place(token.local(), token.record(), streamOf(event.getPayload(), token), type);
    }

    private static String streamOf(Object payload, LocalToken token) {
        return switch (payload) {
            case StudyEvent study -> study.study().stream().value();
            case PatientEvent patient -> patient.patient().stream().value();
            case AccessEvent access -> access.session().stream().value();
            case QuarantineEvent quarantine -> quarantine.quarantine().stream().value();
            case SiteEvent site -> site.stream().value();
            case ReplicaEvent replica -> replica.stream().value();
            case PeerEvent peer -> peer.stream().value();
            case CopyEvent copy -> copy.stream().value();
            case GrantEvent grant -> grant.stream().value();
            case RecoveryEvent recovery -> recovery.stream().value();
            case Erased erased -> erased.stream().value();
            default -> token.record().toString();
        };
    }
}
