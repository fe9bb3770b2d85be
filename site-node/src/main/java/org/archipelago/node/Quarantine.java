package org.archipelago.node;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.portal.QuarantinedObjects;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.VerbatimObject;

/** Quarantined objects by the record that names their bytes. */
final class Quarantine implements QuarantinedObjects {
    private final Archive archive;

    Quarantine(Archive archive) {
        this.archive = archive;
    }

    @Override
    public OutgoingObject open(String id) {
        StreamId stream = archive.names().quarantineNamed(id).stream();
        StoredRecord first = archive.log().readStream(stream, new Revision(0), 1).stream()
                .findFirst()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "quarantined object"));
        return switch (archive.sealing().open(first.record()).payload()) {
            case ObjectQuarantined quarantined ->
                new VerbatimObject(
                        quarantined.object(),
                        archive.bytes().open(stream, quarantined.object().blob()));
            case Erased _ -> throw new ArchiveException(ArchiveError.ERASED, "quarantined object");
            case Object _ -> throw new ArchiveException(ArchiveError.CORRUPT, "record of a quarantined object");
        };
    }
}
