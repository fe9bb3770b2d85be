package org.archipelago.node.retrieve;

import java.time.Instant;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.VersionId;

/**
 * One kept version of an instance.
 *
 * @param series that its own data set names; a challenger's may be another than the instance's
 * @param source who sent it
 * @param renditionOf the version that it has the content of, when it came as another encoding of it
 */
public record HeldVersion(
        StoredObject object,
        SeriesInstanceUid series,
        Role role,
        Actor source,
        Instant storedAt,
        Optional<VersionId> renditionOf) {

    /** What it is to the instance now. */
    public enum Role {
        /** Leaves by default. */
        CURRENT,
        /** Another encoding of the content of a kept version. */
        RENDITION,
        /** Another one was chosen, by a correction of its sender or by a decision on a conflict. */
        SUPERSEDED,
        /** Waits for a decision on its conflict. */
        CHALLENGER
    }
}
