package org.archipelago.query.projection;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.replica.ReplicaEvent;
import org.archipelago.contract.site.SiteEvent;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Folds batches of events into the index; what cannot be folded becomes a dead letter and holds up its own stream only. For one thread. */
final class BatchFolding {
    private static final Logger LOG = LoggerFactory.getLogger(BatchFolding.class);

    private final Fold fold;
    private final int generation;
    private final Documents documents;
    private final DeadLetters letters;

    BatchFolding(Fold fold, int generation, Documents documents, DeadLetters letters) {
        this.fold = fold;
        this.generation = generation;
        this.documents = documents;
        this.letters = letters;
    }

    /**
     * On return every event is in the index, or is a dead letter on disk.
     *
     * @return physical indexes of which documents changed
     */
    Set<String> fold(List<EventMessage<?>> events) {
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
            apply(event, place(event));
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
        apply(event, place);
    }

    private void apply(EventMessage<?> event, Place place) {
        try {
            fold.apply(event.getPayload(), place, documents);
        } catch (ClusterUnavailableException | IndexLostException | UnfoldableException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.debug("cannot fold {}", place.record(), e);
            throw new UnfoldableException(Set.of(place), errorOf(e));
        }
    }

    private static Place place(EventMessage<?> event) {
        if (!(event instanceof TrackedEventMessage<?> tracked)
                || !(tracked.trackingToken() instanceof LocalToken token)) {
            throw new IllegalStateException("the event source does not give local tokens");
        }
        String type = event.getPayloadType().getSimpleName();
        if (event instanceof DomainEventMessage<?> domain) {
            return new Place(token.local(), token.record(), domain.getAggregateIdentifier(), type);
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
            case GrantEvent grant -> grant.stream().value();
            case Erased erased -> erased.stream().value();
            default -> token.record().toString();
        };
    }
}
