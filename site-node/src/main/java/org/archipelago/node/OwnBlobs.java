package org.archipelago.node;

import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.eventstore.StoredRecord;

/** Whether this site has the bytes that its own records say it stored; a site that came back from its peers may lack some. */
record OwnBlobs(Archive archive) {
    private static final int CHUNK_RECORDS = 256;

    /** Every object of the study; what nobody can open may name others. A site that was never destroyed is believed without a look. */
    boolean areHere(StreamId study) {
        if (!Files.exists(archive.directory().recoveredLog())) {
            return true;
        }
        Set<BlobId> missing = new HashSet<>();
        Set<BlobId> replaced = new HashSet<>();
        List<StoredRecord> chunk = archive.log().readStream(study, new Revision(0), CHUNK_RECORDS);
        while (!chunk.isEmpty()) {
            for (StoredRecord stored : chunk) {
                if (!opens(stored, missing, replaced)) {
                    return false;
                }
            }
            long last = chunk.getLast().record().header().revision().value();
            chunk = archive.log().readStream(study, new Revision(last + 1), CHUNK_RECORDS);
        }
        return replaced.containsAll(missing);
    }

    private boolean opens(StoredRecord stored, Set<BlobId> missing, Set<BlobId> replaced) {
        if (stored.record().isWithheld()) {
            return false;
        }
        try {
            Object event = archive.sealing().open(stored.record()).payload();
            StudyClaims.objects(event).stream()
                    .map(object -> object.blob().id())
                    .filter(id -> !archive.blobs().contains(id))
                    .forEach(missing::add);
            ReplacedBlobs.replacedBy(event).ifPresent(replaced::add);
            return true;
        } catch (ArchiveException _) {
            return false;
        }
    }
}
