package org.archipelago.domain.patient;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStore;

/** Reads patient records, straight from the log and so never behind it. Thread-safe. */
public final class PatientReader implements PatientMerges {
    /** Records that a patient's was ever merged into; beyond them nothing is looked at. */
    private static final int MAX_MERGED_INTO = 64;

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

    /**
     * Whether each of these values was given to the patient's objects at some time: by a correction of the record, or by a merge
     * into a record that had it. Reads the log.
     */
    public boolean everGave(PatientRecordId patient, AttributeSet values) {
        GivenValues given = new GivenValues();
        Set<PatientRecordId> read = new HashSet<>();
        Deque<PatientRecordId> unread = new ArrayDeque<>(List.of(patient));
        while (!unread.isEmpty() && read.size() < MAX_MERGED_INTO) {
            PatientRecordId next = unread.pop();
            if (read.add(next)) {
                log.readEvents(next.toString(), 0)
                        .asStream()
                        .map(DomainEventMessage::getPayload)
                        .forEach(event -> {
                            given.add(event, next.equals(patient));
                            if (event instanceof PatientEvent.PatientMerged merged) {
                                unread.add(merged.survivor());
                            }
                        });
            }
        }
        return given.contains(values);
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
