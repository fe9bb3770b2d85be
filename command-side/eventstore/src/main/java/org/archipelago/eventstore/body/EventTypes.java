package org.archipelago.eventstore.body;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessEvent.AccessWidened;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.CopyEvent.CapacityDeclared;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.federation.CopyEvent.StudyCopyReleased;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.federation.PeerEvent.PeerAccepted;
import org.archipelago.contract.federation.PeerEvent.PeerInvited;
import org.archipelago.contract.federation.PeerEvent.PeerRemoved;
import org.archipelago.contract.federation.RecoveryEvent;
import org.archipelago.contract.federation.RecoveryEvent.KeysReturned;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientEvent.PatientCorrected;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientEvent.PatientUnmerged;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.replica.ReplicaEvent;
import org.archipelago.contract.replica.ReplicaEvent.ReplicaAdvanced;
import org.archipelago.contract.site.SiteEvent;
import org.archipelago.contract.site.SiteEvent.NodeStarted;
import org.archipelago.contract.site.SiteEvent.NodeStopped;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesCommitted;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.PersonDescribed;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.SeriesRegistered;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.StudyEvent.StudyReleased;
import org.archipelago.contract.study.StudyEvent.StudySettled;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;

/** The one table of event types. A name is never changed, reused or taken away once released. */
public final class EventTypes {
    private final Map<String, EventType<?>> byName = new HashMap<>();
    private final Map<Class<?>, EventType<?>> byClass = new HashMap<>();

    public EventTypes(Collection<? extends EventType<?>> types) {
        for (EventType<?> type : types) {
            if (byName.put(type.name(), type) != null || byClass.put(type.payload(), type) != null) {
                throw new IllegalArgumentException(type.name() + " is there twice");
            }
        }
    }

    /** Every event of the contract. */
    public static EventTypes released() {
        return new EventTypes(releasedTypes());
    }

    /** For tests and later modules: the released types and these. */
    public static EventTypes releasedAnd(EventType<?>... more) {
        List<EventType<?>> all = new ArrayList<>(releasedTypes());
        all.addAll(Arrays.asList(more));
        return new EventTypes(all);
    }

    private static List<EventType<?>> releasedTypes() {
        return List.of(
                study("StudyRegistered", 1, StudyRegistered.class),
                study("PersonDescribed", 1, PersonDescribed.class),
                study("SeriesRegistered", 1, SeriesRegistered.class),
                study("AttributesVaried", 1, AttributesVaried.class),
                study("InstancesStored", 1, InstancesStored.class),
                study("RenditionKept", 1, RenditionKept.class),
                study("BlobReplaced", 1, BlobReplaced.class),
                study("VersionSuperseded", 1, VersionSuperseded.class),
                study("InstancesCommitted", 1, InstancesCommitted.class),
                study("ConflictOpened", 1, ConflictOpened.class),
                study("ConflictResolved", 1, ConflictResolved.class),
                study("StudySettled", 1, StudySettled.class),
                study("StudyHeld", 1, StudyHeld.class),
                study("StudyReleased", 1, StudyReleased.class),
                patient("PatientRegistered", 1, PatientRegistered.class),
                patient("PatientCorrected", 1, PatientCorrected.class),
                patient("PatientMerged", 1, PatientMerged.class),
                patient("PatientUnmerged", 1, PatientUnmerged.class),
                access("AccessBegan", 1, AccessBegan.class),
                access("AccessEnded", 1, AccessEnded.class),
                access("AccessWidened", 1, AccessWidened.class),
                quarantine("ObjectQuarantined", 1, ObjectQuarantined.class),
                quarantine("QuarantinedBlobReplaced", 1, QuarantinedBlobReplaced.class),
                replica("ReplicaAdvanced", 1, ReplicaAdvanced.class),
                site("NodeStarted", 1, NodeStarted.class),
                site("NodeStopped", 1, NodeStopped.class),
                peer("PeerInvited", 1, PeerInvited.class),
                peer("PeerAccepted", 1, PeerAccepted.class),
                peer("PeerRemoved", 1, PeerRemoved.class),
                grant("KeyGranted", 1, KeyGranted.class),
                copy("CapacityDeclared", 1, CapacityDeclared.class),
                copy("CopyAssigned", 1, CopyAssigned.class),
                copy("StudyCopyHeld", 1, StudyCopyHeld.class),
                copy("StudyCopyReleased", 1, StudyCopyReleased.class),
                recovery("KeysReturned", 1, KeysReturned.class));
    }

    private static <T extends StudyEvent> EventType<T> study(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, e -> e.study().stream());
    }

    private static <T extends PatientEvent> EventType<T> patient(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, e -> e.patient().stream());
    }

    private static <T extends AccessEvent> EventType<T> access(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, e -> e.session().stream());
    }

    private static <T extends QuarantineEvent> EventType<T> quarantine(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, e -> e.quarantine().stream());
    }

    private static <T extends ReplicaEvent> EventType<T> replica(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, ReplicaEvent::stream);
    }

    private static <T extends SiteEvent> EventType<T> site(String name, int version, Class<T> payload) {
        Function<T, StreamId> stream = SiteEvent::stream;
        return new EventType<>(name, version, payload, stream);
    }

    private static <T extends PeerEvent> EventType<T> peer(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, PeerEvent::stream);
    }

    private static <T extends GrantEvent> EventType<T> grant(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, GrantEvent::stream);
    }

    private static <T extends CopyEvent> EventType<T> copy(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, CopyEvent::stream);
    }

    private static <T extends RecoveryEvent> EventType<T> recovery(String name, int version, Class<T> payload) {
        return new EventType<>(name, version, payload, RecoveryEvent::stream);
    }

    public Optional<EventType<?>> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** @throws IllegalArgumentException when the class is not in the table: it must be added before it can be recorded */
    public EventType<?> of(Object event) {
        EventType<?> type = byClass.get(event.getClass());
        if (type == null) {
            throw new IllegalArgumentException(event.getClass().getName() + " is no registered event");
        }
        return type;
    }

    public StreamId streamOf(Object event) {
        return of(event).streamOf(event);
    }

    public Collection<EventType<?>> all() {
        return List.copyOf(byName.values());
    }
}
