package org.archipelago.domain.patient;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientEvent.PatientCorrected;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientEvent.PatientUnmerged;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * Fold of one patient record's events: what is known, and what is in force. Immutable; its size is bounded by the number of
 * patient level attributes, not of events.
 *
 * @param identifier empty before registration and after erasure
 * @param attributes as registered, before corrections
 * @param corrections those that are still in force for at least one attribute, oldest first
 * @param merge in force
 * @param events number of events folded; 0 when there is no such record
 */
public record PatientHistory(
        Optional<PatientIdentifier> identifier,
        AttributeSet attributes,
        List<Correction> corrections,
        Optional<Merge> merge,
        boolean erased,
        long events)
        implements PatientFacts {
    public static final PatientHistory EMPTY =
            new PatientHistory(Optional.empty(), AttributeSet.EMPTY, List.of(), Optional.empty(), false, 0);

    /** @param attributes those that no later correction replaced */
    public record Correction(AttributeSet attributes, Actor by, String reason, Instant at) {}

    public record Merge(PatientRecordId survivor, Actor by, String reason, Instant at) {}

    public PatientHistory {
        corrections = List.copyOf(corrections);
    }

    public PatientHistory apply(PatientEvent event) {
        return switch (event) {
            case PatientRegistered registered ->
                new PatientHistory(
                        Optional.of(registered.identifier()),
                        registered.attributes(),
                        corrections,
                        merge,
                        erased,
                        events + 1);
            case PatientCorrected corrected ->
                new PatientHistory(identifier, attributes, corrections(corrected), merge, erased, events + 1);
            case PatientMerged merged ->
                merged(Optional.of(new Merge(merged.survivor(), merged.by(), merged.reason(), merged.mergedAt())));
            case PatientUnmerged _ -> merged(Optional.empty());
        };
    }

    /** The record's key was destroyed: nothing of it applies any more. */
    public PatientHistory apply(Erased record) {
        return new PatientHistory(Optional.empty(), AttributeSet.EMPTY, List.of(), Optional.empty(), true, events + 1);
    }

    public boolean isRegistered() {
        return identifier.isPresent();
    }

    @Override
    public Optional<PatientRecordId> mergedInto() {
        return merge.map(Merge::survivor);
    }

    @Override
    public AttributeSet corrected() {
        return corrections.stream().map(Correction::attributes).reduce(AttributeSet.EMPTY, AttributeSet::with);
    }

    private List<Correction> corrections(PatientCorrected corrected) {
        Correction newest =
                new Correction(corrected.attributes(), corrected.by(), corrected.reason(), corrected.correctedAt());
        Stream<Correction> older = corrections.stream()
                .map(c -> new Correction(
                        c.attributes().filter(tag -> !newest.attributes().contains(tag)), c.by(), c.reason(), c.at()))
                .filter(c -> !c.attributes().isEmpty());
        List<Correction> all = new ArrayList<>(older.toList());
        all.add(newest);
        return all;
    }

    private PatientHistory merged(Optional<Merge> inForce) {
        return new PatientHistory(identifier, attributes, corrections, inForce, erased, events + 1);
    }
}
