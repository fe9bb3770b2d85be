package org.archipelago.domain;

import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventsourcing.AbstractSnapshotTrigger;
import org.axonframework.eventsourcing.SnapshotTrigger;
import org.axonframework.eventsourcing.SnapshotTriggerDefinition;
import org.axonframework.eventsourcing.Snapshotter;

/**
 * Takes a snapshot each time that a stream has doubled since the last one. A snapshot is as large as the stream is long, so
 * at a fixed interval a stream of n events would cost n² bytes; so it costs a constant number of bytes an event. At most
 * half of a stream, or {@link #FIRST_EVENTS}, is read after the snapshot.
 */
public final class GrowingSnapshotTrigger implements SnapshotTriggerDefinition {
    /** Length in events at which a stream gets its first snapshot. */
    public static final int FIRST_EVENTS = 256;

    private final Snapshotter snapshotter;

    public GrowingSnapshotTrigger(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    @Override
    public SnapshotTrigger prepareTrigger(Class<?> aggregateType) {
        return new Trigger(snapshotter, aggregateType);
    }

    private static final class Trigger extends AbstractSnapshotTrigger {
        private static final long serialVersionUID = 1L;

        private boolean begun;
        private long coveredEvents;
        private long events;

        Trigger(Snapshotter snapshotter, Class<?> aggregateType) {
            super(snapshotter, aggregateType);
        }

        @Override
        public void eventHandled(EventMessage<?> message) {
            if (message instanceof DomainEventMessage<?> event) {
                events = event.getSequenceNumber() + 1;
                // A stream that is read from beyond its beginning is read from a snapshot.
                if (!begun && events > 1) {
                    coveredEvents = events;
                }
                begun = true;
            }
            super.eventHandled(message);
        }

        @Override
        protected boolean exceedsThreshold() {
            return events >= Math.max(FIRST_EVENTS, 2 * coveredEvents);
        }

        @Override
        protected void reset() {
            coveredEvents = events;
        }
    }
}
