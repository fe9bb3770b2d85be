package org.archipelago.node;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.portal.HistoryEntry;
import org.archipelago.node.portal.StudyConflicts;
import org.archipelago.node.portal.StudyHistory;

/** The records of a study's stream in words. */
final class StudyLog implements StudyHistory {
    private static final int CHUNK_RECORDS = 256;

    private final EventLog log;
    private final Sealing sealing;
    private final StreamNames names;

    StudyLog(EventLog log, Sealing sealing, StreamNames names) {
        this.log = log;
        this.sealing = sealing;
        this.names = names;
    }

    @Override
    public List<HistoryEntry> of(StudyInstanceUid study, int offset, int most) {
        StreamId stream = names.study(study).stream();
        List<HistoryEntry> entries = new ArrayList<>();
        while (entries.size() < most) {
            List<StoredRecord> chunk = log.readStream(
                    stream,
                    new Revision((long) offset + entries.size()),
                    Math.min(CHUNK_RECORDS, most - entries.size()));
            if (chunk.isEmpty()) {
                break;
            }
            chunk.forEach(record -> entries.add(entry(record)));
        }
        return entries;
    }

    private HistoryEntry entry(StoredRecord stored) {
        Instant at = stored.record().header().recordedAt();
        String type = stored.record().header().type();
        Object payload;
        try {
            payload = sealing.open(stored.record()).payload();
        } catch (ArchiveException e) {
            return new HistoryEntry(stored.local(), at, type, "", "Cannot be opened: " + e.subject() + ".");
        }
        return switch (payload) {
            case StudyEvent event ->
                new HistoryEntry(stored.local(), at, type, by(event), summary(event), versioned(event));
            case Erased _ -> new HistoryEntry(stored.local(), at, type, "", "Erased: the key is destroyed.");
            case Object _ ->
                new HistoryEntry(stored.local(), at, type, "", "Written by a newer version of this program.");
        };
    }

    private static String by(StudyEvent event) {
        return switch (event) {
            case StudyEvent.InstancesStored stored -> name(stored.source());
            case StudyEvent.RenditionKept kept -> name(kept.source());
            case StudyEvent.BlobReplaced replaced -> name(replaced.source());
            case StudyEvent.VersionSuperseded superseded -> name(superseded.source());
            case StudyEvent.InstancesCommitted committed -> name(committed.requester());
            case StudyEvent.ConflictOpened opened -> name(opened.source());
            case StudyEvent.ConflictResolved resolved -> name(resolved.by());
            case StudyEvent.StudyHeld held -> name(held.by());
            case StudyEvent.StudyReleased released -> name(released.by());
            case StudyEvent.StudyRegistered _,
                    StudyEvent.PersonDescribed _,
                    StudyEvent.SeriesRegistered _,
                    StudyEvent.AttributesVaried _,
                    StudyEvent.StudySettled _ -> "";
        };
    }

    private static Optional<SopInstanceUid> versioned(StudyEvent event) {
        return switch (event) {
            case StudyEvent.RenditionKept kept -> Optional.of(kept.object().sopInstanceUid());
            case StudyEvent.VersionSuperseded superseded ->
                Optional.of(superseded.newer().object().sopInstanceUid());
            case StudyEvent.ConflictOpened opened ->
                opened.challenger().map(challenger -> challenger.object().sopInstanceUid());
            case StudyEvent.InstancesStored _,
                    StudyEvent.BlobReplaced _,
                    StudyEvent.InstancesCommitted _,
                    StudyEvent.ConflictResolved _,
                    StudyEvent.StudyHeld _,
                    StudyEvent.StudyReleased _,
                    StudyEvent.StudyRegistered _,
                    StudyEvent.PersonDescribed _,
                    StudyEvent.SeriesRegistered _,
                    StudyEvent.AttributesVaried _,
                    StudyEvent.StudySettled _ -> Optional.empty();
        };
    }

    private static String name(Actor actor) {
        return actor.from().map(from -> actor.name() + " at " + from).orElse(actor.name());
    }

    private static String summary(StudyEvent event) {
        return switch (event) {
            case StudyEvent.StudyRegistered _ -> "The first object of this study arrived.";
            case StudyEvent.PersonDescribed described ->
                described.patient().isPresent()
                        ? "An object names a patient whom none before named or described so."
                        : "An object names no patient, and describes somebody as none before did.";
            case StudyEvent.SeriesRegistered _ -> "The first object of a series arrived.";
            case StudyEvent.AttributesVaried varied ->
                "An object says something new of the " + (varied.series().isPresent() ? "series: " : "study: ")
                        + count(varied.tags().size(), "attribute") + " found to differ, "
                        + count(varied.further().size(), "further value") + ".";
            case StudyEvent.InstancesStored stored -> count(stored.instances().size(), "instance") + " stored.";
            case StudyEvent.BlobReplaced _ ->
                "An instance arrived again and took the place of its stored bytes, which were lost or damaged.";
            case StudyEvent.RenditionKept _ -> "An instance arrived again in another encoding; both are kept.";
            case StudyEvent.VersionSuperseded _ ->
                "A newer version of an instance arrived and is current; the older is kept.";
            case StudyEvent.InstancesCommitted committed ->
                count(committed.instances().size(), "instance") + " committed to be kept.";
            case StudyEvent.ConflictOpened opened ->
                "Conflict " + opened.conflict().value() + ": " + StudyConflicts.Open.summary(opened.kind());
            case StudyEvent.ConflictResolved resolved ->
                "Conflict " + resolved.conflict().value() + " resolved: " + resolved.reason();
            case StudyEvent.StudySettled settled ->
                "Settled with " + count(settled.series(), "series", "series") + " and "
                        + count(settled.instances(), "instance") + ".";
            case StudyEvent.StudyHeld held -> "Held: " + held.reason();
            case StudyEvent.StudyReleased released -> "Released: " + released.reason();
        };
    }

    private static String count(int number, String thing) {
        return count(number, thing, thing + "s");
    }

    private static String count(int number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }
}
