package org.archipelago.domain.patient;

import java.util.Optional;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStore;

/** Reads patient records from the log. Every call reads; a record has few events. Thread-safe. */
public final class PatientReader implements PatientMerges {
    private final EventStore log;

    public PatientReader(EventStore log) {
        this.log = log;
    }

    /** {@link PatientHistory#EMPTY} when there is no such record. */
    public PatientHistory history(PatientRecordId patient) {
        DomainEventStream events = log.readEvents(patient.toString(), 0);
        PatientHistory history = PatientHistory.EMPTY;
        while (events.hasNext()) {
            history = switch (events.next().getPayload()) {
                case PatientEvent event -> history.apply(event);
                case Erased record -> history.apply(record);
                case Object other ->
                    throw new IllegalStateException("not an event of a patient record: " + other.getClass());
            };
        }
        return history;
    }

    public CorrectionsInForce correctionsFor(PatientRecordId patient) {
        return CorrectionsInForce.of(patient, this::history);
    }

    @Override
    public boolean isRegistered(PatientRecordId patient) {
        return history(patient).isRegistered();
    }

    @Override
    public Optional<PatientRecordId> mergedInto(PatientRecordId patient) {
        return history(patient).mergedInto();
    }
}
