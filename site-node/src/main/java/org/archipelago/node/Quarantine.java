package org.archipelago.node;

import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.portal.QuarantinedObjects;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.VerbatimObject;

/** Quarantined objects by the record that names their bytes. */
final class Quarantine implements QuarantinedObjects {
    /** One, and one more each time that its bytes were found damaged. */
    private static final int MAX_RECORDS = 1_000;

    private final Archive archive;

    Quarantine(Archive archive) {
        this.archive = archive;
    }

    @Override
    public OutgoingObject open(String id) {
        StreamId stream = archive.names().quarantineNamed(id).stream();
        List<StoredRecord> records = archive.log().readStream(stream, new Revision(0), MAX_RECORDS);
        if (records.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "quarantined object");
        }
        return switch (archive.sealing().open(records.getLast().record()).payload()) {
            case ObjectQuarantined quarantined -> verbatim(stream, quarantined.object());
            case QuarantinedBlobReplaced replaced -> verbatim(stream, replaced.object());
            case Erased _ -> throw gone(stream);
            case Object _ -> throw new ArchiveException(ArchiveError.CORRUPT, "record of a quarantined object");
        };
    }

    private ArchiveException gone(StreamId stream) {
        boolean isLost = archive.keys().isLost(new KeyRef(KeyClass.INDEX, stream));
        return new ArchiveException(isLost ? ArchiveError.KEY_LOST : ArchiveError.ERASED, "quarantined object");
    }

    private OutgoingObject verbatim(StreamId stream, StoredObject object) {
        return new VerbatimObject(object, archive.objects().open(stream, object));
    }
}
