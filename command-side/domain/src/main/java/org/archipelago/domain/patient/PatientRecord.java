package org.archipelago.domain.patient;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import java.time.Clock;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientCommand.CorrectPatient;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientCommand.UnmergePatient;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientEvent.PatientCorrected;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientEvent.PatientUnmerged;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.PatientLevelAttributes;
import org.archipelago.domain.RequestText;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateCreationPolicy;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.axonframework.modelling.command.CreationPolicy;
import org.jspecify.annotations.Nullable;

/**
 * One site's record of a patient: corrections of demographics, and merges (HL7 A40, IHE PIR), both reversible since blobs
 * never change. Once its key is destroyed every command is refused with ERASED.
 */
public final class PatientRecord {
    /** A chain of merges longer than this is taken for a cycle. */
    static final int MAX_MERGE_CHAIN = 64;

    @AggregateIdentifier
    private @Nullable PatientRecordId id;

    private PatientHistory history = PatientHistory.EMPTY;

    /** For Axon. */
    public PatientRecord() {}

    @CommandHandler
    @CreationPolicy(AggregateCreationPolicy.CREATE_IF_MISSING)
    void handle(RegisterPatient command, Clock clock) {
        refuseErased();
        if (!history.isRegistered()) {
            AttributeSet kept = EventAttributes.bounded(command.attributes(), PatientLevelAttributes::contains);
            apply(new PatientRegistered(command.patient(), command.identifier(), kept, clock.instant()));
        }
    }

    /** Without an event when every attribute named is in force with that value already: feeds repeat themselves. */
    @CommandHandler
    void handle(CorrectPatient command, Clock clock) {
        refuseErased();
        if (history.merge().isPresent()) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "correction of a merged patient record");
        }
        AttributeSet corrected = command.attributes();
        if (corrected.isEmpty() || !corrected.attributes().keySet().stream().allMatch(PatientRecord::isCorrectable)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "attributes of a patient's correction");
        }
        if (!EventAttributes.bounded(corrected, _ -> true).equals(corrected)) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "attributes of a patient's correction");
        }
        String reason = RequestText.checked(command.reason(), "reason");
        AttributeSet inForce = history.corrected();
        if (!inForce.with(corrected).equals(inForce)) {
            apply(new PatientCorrected(command.patient(), corrected, command.by(), reason, clock.instant()));
        }
    }

    /** Without an event when it is merged into that survivor already; into another one: unmerge first. */
    @CommandHandler
    void handle(MergePatient command, Clock clock, PatientMerges merges) {
        refuseErased();
        if (history.mergedInto().equals(Optional.of(command.survivor()))) {
            return;
        }
        if (history.merge().isPresent()) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "patient record merged into another one");
        }
        refuseImpossible(command, merges);
        String reason = RequestText.checked(command.reason(), "reason");
        apply(new PatientMerged(command.patient(), command.survivor(), command.by(), reason, clock.instant()));
    }

    @CommandHandler
    void handle(UnmergePatient command, Clock clock) {
        refuseErased();
        PatientRecordId from = history.mergedInto()
                .orElseThrow(() ->
                        new ArchiveException(ArchiveError.CONFLICTING_STATE, "patient record that is not merged"));
        String reason = RequestText.checked(command.reason(), "reason");
        apply(new PatientUnmerged(command.patient(), from, command.by(), reason, clock.instant()));
    }

    @EventSourcingHandler
    void on(PatientEvent event) {
        id = event.patient();
        history = history.apply(event);
    }

    @EventSourcingHandler
    void on(Erased record) {
        id = new PatientRecordId(record.stream());
        history = history.apply(record);
    }

    /** Two merges at once can still make a cycle; {@link CorrectionsInForce} stands that. */
    private static void refuseImpossible(MergePatient command, PatientMerges merges) {
        PatientRecordId patient = command.patient();
        PatientRecordId survivor = command.survivor();
        if (!survivor.stream().origin().equals(patient.stream().origin())) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "survivor of another site");
        }
        Set<PatientRecordId> seen = new HashSet<>(Set.of(patient));
        Optional<PatientRecordId> next = Optional.of(survivor);
        while (next.isPresent()) {
            if (!seen.add(next.get()) || seen.size() > MAX_MERGE_CHAIN) {
                throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "cycle of merges");
            }
            next = merges.mergedInto(next.get());
        }
        if (!merges.isRegistered(survivor)) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "survivor of a merge");
        }
    }

    private static boolean isCorrectable(int tag) {
        return PatientLevelAttributes.contains(tag) && !PatientLevelAttributes.IDENTITY.contains(tag);
    }

    private void refuseErased() {
        if (history.erased()) {
            throw new ArchiveException(ArchiveError.ERASED, "patient record");
        }
    }
}
