package org.archipelago.domain.study;

import java.util.List;
import org.archipelago.contract.study.StudyCopyId;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventsourcing.eventstore.EventStore;

/** Reads study copies from the log. Thread-safe. */
public final class StudyReader {
    private final EventStore log;

    public StudyReader(EventStore log) {
        this.log = log;
    }

    /** {@link StudyContents#exists} is false when there is no such study copy. */
    public StudyContents read(StudyCopyId study) {
        return readOn(study, StudyContents.empty());
    }

    /** With what the log holds beyond the revision that was read before; the same object when that is nothing. */
    public StudyContents readOn(StudyCopyId study, StudyContents before) {
        long next = before.revision().value() + 1;
        if (log.lastSequenceNumberFor(study.toString())
                .filter(last -> last >= next)
                .isEmpty()) {
            return before;
        }
        List<?> more = log.readEvents(study.toString(), next)
                .asStream()
                .map(DomainEventMessage::getPayload)
                .toList();
        return more.isEmpty() ? before : before.applyAll(more);
    }
}
