package org.archipelago.domain.study;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.log.ClaimSource;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;

/**
 * A study copy claims each SOP Instance UID with the event that first stores it: alone, so that the log refuses a UID which
 * another study copy turned out to hold, or shared, where {@link InstancesStored#alsoElsewhere} says that this is known.
 * Later versions need no further claim. Whatever names a blob claims it, shared, so that blobs without one are orphans.
 */
public final class StudyClaims implements ClaimSource {
    /** Claims of SOP Instance UIDs. */
    public static final String SOP_KIND = "sop";

    /** Claims of blobs, by {@link org.archipelago.contract.BlobId} in hexadecimal. */
    public static final String BLOB_KIND = "blob";

    private final StreamNames names;

    public StudyClaims(StreamNames names) {
        this.names = names;
    }

    @Override
    public List<UniqueClaim> claimsOf(Object event) {
        return switch (event) {
            case InstancesStored stored -> claims(stored);
            default -> objects(event).stream().map(this::blob).toList();
        };
    }

    /** Objects whose bytes an event says are kept; each names its blob. */
    public static List<StoredObject> objects(Object event) {
        return switch (event) {
            case InstancesStored stored ->
                stored.instances().stream().map(StoredInstance::object).toList();
            case RenditionKept kept -> List.of(kept.object());
            case BlobReplaced replaced -> List.of(replaced.object());
            case VersionSuperseded superseded -> List.of(superseded.newer().object());
            case ConflictOpened opened ->
                opened.challenger().map(StoredInstance::object).stream().toList();
            case ObjectQuarantined quarantined -> List.of(quarantined.object());
            case QuarantinedBlobReplaced replaced -> List.of(replaced.object());
            default -> List.of();
        };
    }

    /** The name under which the log's table knows this UID. */
    public String claimName(SopInstanceUid uid) {
        return names.claim(SOP_KIND, uid.value());
    }

    private List<UniqueClaim> claims(InstancesStored stored) {
        Set<SopInstanceUid> shared = new HashSet<>(stored.alsoElsewhere());
        List<UniqueClaim> claims = new ArrayList<>(2 * stored.instances().size());
        for (StoredInstance instance : stored.instances()) {
            SopInstanceUid uid = instance.object().sopInstanceUid();
            claims.add(new UniqueClaim(claimName(uid), shared.contains(uid)));
            claims.add(blob(instance.object()));
        }
        return claims;
    }

    private UniqueClaim blob(StoredObject object) {
        return new UniqueClaim(names.claim(BLOB_KIND, object.blob().id().toString()), true);
    }
}
