package org.archipelago.domain.study;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.VersionId;
import org.archipelago.domain.study.StudySnapshot.Version;

/** What a study copy must remember of one SOP Instance UID. Mutable: only {@link StudyState} changes it, from events. */
final class KeptInstance {
    private final Instant firstStoredAt;
    private boolean committed;
    private boolean decided;
    private Version current;
    private List<Version> others;

    KeptInstance(Instant firstStoredAt, boolean committed, boolean decided, Version current, List<Version> others) {
        this.firstStoredAt = firstStoredAt;
        this.committed = committed;
        this.decided = decided;
        this.current = current;
        this.others = others.isEmpty() ? List.of() : new ArrayList<>(others);
    }

    Instant firstStoredAt() {
        return firstStoredAt;
    }

    boolean isCommitted() {
        return committed;
    }

    /** Whether a conflict about it was ever resolved: which version is current is no longer its sender's to say by sending it again. */
    boolean isDecided() {
        return decided;
    }

    Version current() {
        return current;
    }

    /** The current version first, then the others, latest first. */
    Stream<Version> versions() {
        return Stream.concat(Stream.of(current), others.reversed().stream());
    }

    Optional<Version> version(VersionId id) {
        return versions().filter(v -> v.object().version().equals(id)).findFirst();
    }

    /** The version that has these very bytes in this encoding already. */
    Optional<Version> sameBytes(StoredObject object) {
        if (same(current.object(), object)) {
            return Optional.of(current);
        }
        for (Version other : others) {
            if (same(other.object(), object)) {
                return Optional.of(other);
            }
        }
        return Optional.empty();
    }

    /** Whether this very blob is kept: the command that brought it was carried out before. */
    boolean keeps(BlobId blob) {
        return versions().anyMatch(version -> version.object().blob().id().equals(blob));
    }

    void decide() {
        decided = true;
    }

    void commit() {
        committed = true;
    }

    void keepBeside(Version version) {
        List<Version> more = others.isEmpty() ? new ArrayList<>(1) : others;
        more.add(version);
        others = more;
    }

    /** The same version, with another blob. */
    void replace(Version before, Version after) {
        if (before.equals(current)) {
            current = after;
        } else {
            others = new ArrayList<>(others);
            others.set(others.indexOf(before), after);
        }
    }

    /** What was current stays kept. */
    void makeCurrent(Version version) {
        Version before = current;
        others = new ArrayList<>(others);
        others.remove(version);
        others.add(before);
        current = version;
    }

    StudySnapshot.Instance snapshot() {
        return new StudySnapshot.Instance(firstStoredAt, committed, decided, current, List.copyOf(others));
    }

    private static boolean same(StoredObject one, StoredObject other) {
        return one.digest().equals(other.digest()) && one.transferSyntax().equals(other.transferSyntax());
    }
}
