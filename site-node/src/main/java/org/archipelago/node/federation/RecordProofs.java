package org.archipelago.node.federation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.federation.proof.ProofFile;
import org.archipelago.federation.proof.Prover;

/** Proofs of this site's records, by the names that people have for them. They tell of a record what its header tells. */
public final class RecordProofs {
    /** Beyond this the records of a study are proven one by one. */
    public static final int MAX_RECORDS_OF_STUDY = 10_000;

    private static final int CHUNK_RECORDS = 256;

    private final EventLog log;
    private final StreamNames names;
    private final Prover prover;

    public RecordProofs(EventLog log, StreamNames names, Prover prover) {
        this.log = log;
        this.names = names;
        this.prover = prover;
    }

    /** As {@link Prover#prove}. */
    public ProofFile at(OriginPosition position) {
        return prover.prove(position);
    }

    /** As {@link Prover#prove}; NOT_FOUND, too, for a record of another origin. */
    public ProofFile of(RecordId record) {
        Optional<LocalPosition> position = log.positionOf(record);
        return position.flatMap(at -> log.read(at, 1).stream().findFirst())
                .filter(stored -> stored.record().header().origin().equals(log.site()))
                .map(stored -> at(stored.originPosition()))
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "record"));
    }

    /**
     * The records of a study's life, oldest first.
     *
     * @throws ArchiveException NOT_FOUND; REQUEST_TOO_LARGE beyond {@link #MAX_RECORDS_OF_STUDY}
     */
    public List<OriginPosition> ofStudy(StudyInstanceUid study) {
        StreamId stream = names.study(study).stream();
        List<OriginPosition> positions = new ArrayList<>();
        List<StoredRecord> chunk = log.readStream(stream, new Revision(0), CHUNK_RECORDS);
        while (!chunk.isEmpty()) {
            chunk.forEach(record -> positions.add(record.originPosition()));
            if (positions.size() > MAX_RECORDS_OF_STUDY) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "records of a study");
            }
            chunk = log.readStream(stream, new Revision(positions.size()), CHUNK_RECORDS);
        }
        if (positions.isEmpty()) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "study");
        }
        return positions;
    }
}
