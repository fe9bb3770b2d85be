package org.archipelago.domain.patient;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStore;

/** Reads patient records, straight from the log and so never behind it. Thread-safe. */
public final class PatientReader implements PatientMerges {
    private final EventStore log;
    private final Predicate<PatientRecordId> isReadable;
    private final Map<PatientRecordId, PatientHistory> recent;

    /** Remembers nothing. */
    public PatientReader(EventStore log) {
        this(log, _ -> false, 0);
    }

    /**
     * What was read before is kept and read on from.
     *
     * @param isReadable whether the key of the record is there; cheap. Without it nothing is remembered either
     * @param maxRecords records kept in memory
     */
    public PatientReader(EventStore log, Predicate<PatientRecordId> isReadable, int maxRecords) {
        this.log = log;
        this.isReadable = isReadable;
        this.recent = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<PatientRecordId, PatientHistory> eldest) {
                return size() > maxRecords;
            }
        });
    }

    /** {@link PatientHistory#EMPTY} when there is no such record. */
    public PatientHistory history(PatientRecordId patient) {
        if (!isReadable.test(patient)) {
            recent.remove(patient);
            return readOn(patient, PatientHistory.EMPTY);
        }
        PatientHistory before = recent.getOrDefault(patient, PatientHistory.EMPTY);
        PatientHistory now = readOn(patient, before);
        if (now != before) {
            recent.put(patient, now);
        }
        return now;
    }

    private PatientHistory readOn(PatientRecordId patient, PatientHistory before) {
        Optional<Long> last = log.lastSequenceNumberFor(patient.toString());
        if (last.isEmpty() || last.get() < before.events()) {
            return before;
        }
        DomainEventStream events = log.readEvents(patient.toString(), before.events());
        PatientHistory history = before;
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
