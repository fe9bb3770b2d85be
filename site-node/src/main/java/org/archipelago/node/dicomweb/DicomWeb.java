package org.archipelago.node.dicomweb;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.Disclosures;
import org.archipelago.node.web.WebFeature;
import org.archipelago.query.ArchiveQueries;

/**
 * DICOMweb under {@code /dicom-web}, and searches of all sites under {@code /network/dicom-web}.
 *
 * @param network empty: this site answers for itself alone
 * @param openConflicts how many a study has, from the log and so never behind it
 * @param localIssuer the domain that a bare Patient ID or Accession Number means
 * @param spools where metadata and bulk data that are to be stored wait for each other
 */
public record DicomWeb(
        ObjectIngest ingest,
        Retrieval retrieval,
        ArchiveQueries queries,
        Optional<NetworkView> network,
        AccessRecorder access,
        Callers callers,
        FrameSource frames,
        ToIntFunction<StudyInstanceUid> openConflicts,
        String localIssuer,
        Spool.Place spools,
        DicomWebLimits limits)
        implements WebFeature {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BOUNDARY_BYTES = 16;

    @Override
    public List<Object> beans() {
        Disclosures disclosures = new Disclosures(access, callers);
        List<Object> beans = new ArrayList<>(List.of(
                new StoreController(this),
                new QueryController(this, disclosures),
                new ObjectController(this, disclosures),
                new MetadataController(this, disclosures),
                new FrameController(this, disclosures),
                new BulkDataController(this, disclosures)));
        network.ifPresent(view -> beans.add(new NetworkQueryController(this, view, disclosures)));
        return beans;
    }

    /** The same interface to what somebody else reads. */
    public DicomWeb reading(Retrieval other, ToIntFunction<StudyInstanceUid> otherConflicts) {
        return new DicomWeb(
                ingest, other, queries, network, access, callers, frames, otherConflicts, localIssuer, spools, limits);
    }

    ConflictWarning conflicts() {
        return new ConflictWarning(openConflicts);
    }

    /** Unguessable, so that no stored object can hold the delimiter of the answer that carries it. */
    static String newBoundary() {
        byte[] bytes = new byte[BOUNDARY_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
