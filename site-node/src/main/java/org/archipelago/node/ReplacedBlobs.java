package org.archipelago.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.LogEntry;
import org.archipelago.eventstore.RecordCursor;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs whose place another has taken because they were lost or damaged: the same content is kept under the other's id, and
 * what is left of them would only keep their space, and that of what was deleted around them, for ever.
 */
final class ReplacedBlobs {
    private static final Logger LOG = LoggerFactory.getLogger(ReplacedBlobs.class);
    private static final Set<String> TYPES = Set.of("BlobReplaced", "QuarantinedBlobReplaced");

    private final BlobStore blobs;
    private final EventLog log;
    private final Sealing sealing;

    ReplacedBlobs(BlobStore blobs, EventLog log, Sealing sealing) {
        this.blobs = blobs;
        this.log = log;
        this.sealing = sealing;
    }

    /**
     * Deletes those that this site's records behind one position and up to another say were replaced. Idempotent.
     *
     * @throws ArchiveException SHUTTING_DOWN once told to stop
     */
    void delete(LocalPosition after, LocalPosition last, BooleanSupplier stopped) {
        List<BlobId> replaced = new ArrayList<>();
        RecordCursor cursor = new RecordCursor(log, after);
        Optional<LogEntry> next = cursor.nextEntry();
        while (next.isPresent() && next.get().local().compareTo(last) <= 0) {
            if (stopped.getAsBoolean()) {
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "search for replaced blobs");
            }
            if (next.get() instanceof StoredRecord stored) {
                replacedBy(stored).ifPresent(replaced::add);
            }
            next = cursor.nextEntry();
        }
        if (!replaced.isEmpty()) {
            blobs.deleteAll(replaced);
            LOG.info("{} damaged blobs were given back that have been replaced", replaced.size());
        }
    }

    /** The blob whose place another one has taken with this event. */
    static Optional<BlobId> replacedBy(Object event) {
        return switch (event) {
            case BlobReplaced replaced -> Optional.of(replaced.replaced());
            case QuarantinedBlobReplaced replaced -> Optional.of(replaced.replaced());
            default -> Optional.empty();
        };
    }

    private Optional<BlobId> replacedBy(StoredRecord stored) {
        boolean isOurs = TYPES.contains(stored.record().header().type())
                && stored.record().header().stream().origin().equals(log.site());
        if (!isOurs) {
            return Optional.empty();
        }
        try {
            return replacedBy(sealing.open(stored.record()).payload());
        } catch (ArchiveException e) {
            LOG.warn("Which blob the record at {} replaced cannot be told; it keeps its space", stored.local(), e);
            return Optional.empty();
        }
    }
}
