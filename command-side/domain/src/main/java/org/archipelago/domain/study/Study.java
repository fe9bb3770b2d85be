package org.archipelago.domain.study;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoreOutcome;
import org.archipelago.contract.study.StudyCommand.CommitInstances;
import org.archipelago.contract.study.StudyCommand.FlagInstanceElsewhere;
import org.archipelago.contract.study.StudyCommand.HoldStudy;
import org.archipelago.contract.study.StudyCommand.ReleaseStudy;
import org.archipelago.contract.study.StudyCommand.ResolveConflict;
import org.archipelago.contract.study.StudyCommand.SettleStudy;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesCommitted;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.StudyEvent.StudyReleased;
import org.archipelago.contract.study.StudyEvent.StudySettled;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.contract.study.VersionChange;
import org.archipelago.domain.RequestText;
import org.archipelago.domain.SnapshottedAggregate;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/**
 * What one site holds of a study. Every refusal leaves it as it was; once its key is destroyed every command is refused
 * with ERASED.
 */
public final class Study implements SnapshottedAggregate {
    /** SOP Instance UIDs of one event, at most 128 bytes each; a record is at most 512 KiB. */
    static final int MAX_COMMITTED_PER_EVENT = 2000;

    @AggregateIdentifier
    private @Nullable StudyCopyId id;

    private @Nullable StudyState state;
    private boolean erased;

    /** For Axon. */
    public Study() {}

    /** Answers in the order of the command's instances. A retransmission (lost C-STORE-RSP) is normal: no event. */
    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    List<StoreOutcome> handle(
            StoreInstances command,
            Clock clock,
            StudyPolicy policy,
            ContentComparison comparison,
            PatientMerges merges,
            StudySizes sizes) {
        if (command.instances().isEmpty()) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "no instances to store");
        }
        Instant now = clock.instant();
        if (state == null && !erased) {
            apply(registered(command, now));
        }
        StudyState known = state();
        if (!known.studyInstanceUid().equals(command.studyInstanceUid())) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "Study Instance UID of another study copy");
        }
        if (!known.pixelKey().equals(command.pixelKey())) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "pixel key of the study copy");
        }
        StudyBounds bounds = new StudyBounds(known, policy.limits());
        bounds.check(command);
        RepeatedInstance repeated = new RepeatedInstance(known, policy, comparison);
        List<StoreOutcome> outcomes =
                new Arrival(known, bounds, command, repeated, merges, now, event -> apply(event)).decide();
        sizes.note(known);
        return outcomes;
    }

    private static StudyRegistered registered(StoreInstances command, Instant now) {
        IncomingInstance first = command.instances().getFirst();
        return new StudyRegistered(
                command.study(),
                command.studyInstanceUid(),
                command.patient(),
                command.pixelKey(),
                SeriesState.studyBaseline(first.attributes()),
                first.accession(),
                now);
    }

    @CommandHandler
    void handle(FlagInstanceElsewhere command, Clock clock, StudySizes sizes) {
        StudyState known = state();
        sizes.note(known);
        if (command.other().equals(command.study())) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "an instance is never elsewhere in its own study");
        }
        if (known.instance(command.sopInstanceUid()).isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "instance to flag");
        }
        if (!known.isKnownElsewhere(command.sopInstanceUid(), command.other())) {
            apply(new ConflictOpened(
                    command.study(),
                    known.nextConflict(),
                    ConflictKind.DIFFERENT_STUDY,
                    Optional.of(command.sopInstanceUid()),
                    Optional.empty(),
                    Optional.of(command.other()),
                    List.of(),
                    command.source(),
                    clock.instant()));
        }
    }

    @CommandHandler
    List<SopInstanceUid> handle(CommitInstances command, Clock clock, StudySizes sizes) {
        StudyState known = state();
        sizes.note(known);
        List<SopInstanceUid> held = command.instances().stream()
                .filter(uid -> known.instance(uid).isPresent())
                .toList();
        Set<SopInstanceUid> fresh = new LinkedHashSet<>(held);
        fresh.removeIf(uid -> known.instance(uid).orElseThrow().isCommitted());
        List<SopInstanceUid> ordered = new ArrayList<>(fresh);
        for (int from = 0; from < ordered.size(); from += MAX_COMMITTED_PER_EVENT) {
            int to = Math.min(ordered.size(), from + MAX_COMMITTED_PER_EVENT);
            apply(new InstancesCommitted(
                    command.study(), List.copyOf(ordered.subList(from, to)), command.requester(), clock.instant()));
        }
        return held;
    }

    @CommandHandler
    void handle(ResolveConflict command, Clock clock, StudySizes sizes) {
        StudyState known = state();
        sizes.note(known);
        StudySnapshot.Conflict conflict = known.openConflict(command.conflict())
                .orElseThrow(() -> new ArchiveException(ArchiveError.UNKNOWN_CONFLICT, "conflict of a study"));
        command.seen().ifPresent(seen -> known.requireCurrent(conflict, seen));
        Optional<VersionChange> change = command.current().flatMap(version -> known.changeTo(conflict, version));
        String reason = RequestText.checked(command.reason(), "reason");
        apply(new ConflictResolved(
                command.study(), command.conflict(), command.current(), change, command.by(), reason, clock.instant()));
    }

    @CommandHandler
    void handle(SettleStudy command, Clock clock, StudySizes sizes) {
        StudyState known = state();
        sizes.note(known);
        if (!known.isSettled()) {
            apply(new StudySettled(command.study(), known.seriesCount(), known.instanceCount(), clock.instant()));
        }
    }

    @CommandHandler
    void handle(HoldStudy command, Clock clock) {
        if (!state().isHeld()) {
            String reason = RequestText.checked(command.reason(), "reason");
            apply(new StudyHeld(command.study(), reason, command.by(), clock.instant()));
        }
    }

    @CommandHandler
    void handle(ReleaseStudy command, Clock clock) {
        if (state().isHeld()) {
            String reason = RequestText.checked(command.reason(), "reason");
            apply(new StudyReleased(command.study(), reason, command.by(), clock.instant()));
        }
    }

    @EventSourcingHandler
    void on(StudyEvent event) {
        if (event instanceof StudyRegistered registered) {
            id = registered.study();
            state = new StudyState(registered);
        } else {
            state().evolve(event);
        }
    }

    @EventSourcingHandler
    void on(StudySnapshot snapshot) {
        id = snapshot.study();
        state = new StudyState(snapshot);
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = new StudyCopyId(record.stream());
        erased = true;
    }

    /** Nothing once erased: what would be kept is what was to go. */
    @Override
    public Optional<Object> snapshot() {
        return erased ? Optional.empty() : Optional.ofNullable(state).map(StudyState::snapshot);
    }

    private StudyState state() {
        if (erased || state == null) {
            throw new ArchiveException(ArchiveError.ERASED, "study copy");
        }
        return state;
    }
}
