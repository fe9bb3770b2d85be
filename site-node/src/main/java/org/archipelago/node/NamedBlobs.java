package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.log.ClaimSource;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.domain.study.StudyClaims;
import org.archipelago.node.federation.recovery.BlobRecovery;

/** Looks for every blob that an event names, while the events are verified: is it here, and does its key open it? */
final class NamedBlobs implements ClaimSource {
    private static final int MAX_REPORTED = 1_000;

    private final Map<BlobId, String> found = new LinkedHashMap<>();
    private final Set<BlobId> replaced = new HashSet<>();
    private final Set<BlobId> comingBack = new HashSet<>();
    private final boolean isComingBack;
    private final Archive archive;
    private final StudyClaims claims;

    NamedBlobs(Archive archive) throws IOException {
        this.archive = archive;
        this.claims = new StudyClaims(archive.names());
        this.isComingBack = BlobRecovery.isUnderWay(
                archive.directory().recoveredLog(), archive.directory().recoveredBlobs());
    }

    @Override
    public List<UniqueClaim> claimsOf(Object event) {
        for (StoredObject object : StudyClaims.objects(event)) {
            check(owner(event), object);
        }
        ReplacedBlobs.replacedBy(event).ifPresent(old -> {
            found.remove(old);
            comingBack.remove(old);
            replaced.add(old);
        });
        return claims.claimsOf(event);
    }

    private static StreamId owner(Object event) {
        return switch (event) {
            case StudyEvent study -> study.study().stream();
            case QuarantineEvent quarantine -> quarantine.quarantine().stream();
            default -> throw new IllegalStateException("an event that stores objects and has no owner");
        };
    }

    /** Only the beginning is opened: that all of it is what was stored, its digest tells. */
    private void check(StreamId owner, StoredObject object) {
        BlobId id = object.blob().id();
        if (isComingBack && !archive.blobs().contains(id)) {
            comingBack.add(id);
            return;
        }
        try (SeekableByteChannel plain = archive.bytes().open(owner, object.blob())) {
            if (plain.read(ByteBuffer.allocate(1)) <= 0 && object.lengthBytes() > 0) {
                report(id, "empty");
            }
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.ERASED) {
                report(id, e.error() + ", " + e.subject());
            }
        } catch (IOException | UncheckedIOException e) {
            report(id, String.valueOf(e.getMessage()));
        }
    }

    private void report(BlobId id, String what) {
        if (found.size() < MAX_REPORTED) {
            found.putIfAbsent(id, "blob " + id + ": named by a record, " + what);
        }
    }

    /** Once all events have been seen: what is lost or damaged and has not been replaced since. */
    Collection<String> defects() {
        return found.values();
    }

    /** How many a site that comes back from its peers has still to be given. */
    long comingBack() {
        return comingBack.size();
    }

    /** Whether its defect is among those, or is one no more. */
    boolean isAccountedFor(BlobId id) {
        return found.containsKey(id) || replaced.contains(id);
    }
}
