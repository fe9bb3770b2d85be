package org.archipelago.federation.grant;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.keystore.Key;

/** What a site may grant another: keys of its own studies and patients, which are in its log already, and the very keys that those name. */
final class GrantRules {
    private final EventLog log;
    private final Sealing sealing;
    private final SiteId peer;

    /** @param peer the site that is granted something */
    GrantRules(EventLog log, Sealing sealing, SiteId peer) {
        this.log = log;
        this.sealing = sealing;
        this.peer = peer;
    }

    /** What is wrong with a grant, as far as can be seen from outside; empty when nothing is. */
    Optional<String> broken(SiteId origin, KeyGranted grant) {
        List<KeyRef> keys = grant.keys();
        if (!grant.peer().equals(peer)) {
            return Optional.of("keys for another site, under the key of what is for this one");
        }
        if (keys.isEmpty() || keys.size() > GrantEvent.MAX_KEYS || new HashSet<>(keys).size() != keys.size()) {
            return Optional.of("none, too many, or the same keys twice");
        }
        return keys.stream()
                .filter(key -> !isGrantable(origin, key))
                .findFirst()
                .map(GrantRules::notGrantable);
    }

    private static String notGrantable(KeyRef key) {
        return "a key of class " + key.keyClass() + " that it cannot grant";
    }

    private boolean isGrantable(SiteId origin, KeyRef key) {
        String kind = key.subject().kind();
        return GrantedStreams.classes(kind).contains(key.keyClass()) && isOwn(origin, kind, key.subject());
    }

    private boolean isOwn(SiteId origin, String kind, StreamId subject) {
        return subject.value().startsWith(origin + "/" + kind + "/")
                && isUnlessDamaged(() -> log.streamHead(subject).isPresent());
    }

    /** What is damaged is found and repaired elsewhere; until then nothing can be told by it, and no grant is to wait for it. */
    private static boolean isUnlessDamaged(BooleanSupplier test) {
        try {
            return test.getAsBoolean();
        } catch (ArchiveException e) {
            if (e.error() != ArchiveError.CORRUPT) {
                throw e;
            }
            return true;
        }
    }

    /**
     * Whether it is the key that the subject's records name. A pixel key is named inside the first of them: while that is closed, or
     * damaged, it cannot be told.
     */
    boolean isItsKey(KeyRef use, Key key) {
        return isUnlessDamaged(() -> isNamed(use, key));
    }

    private boolean isNamed(KeyRef use, Key key) {
        return switch (use.keyClass()) {
            case INDEX, PATIENT ->
                log.streamHead(use.subject())
                        .filter(head -> head.key().equals(key.id()))
                        .isPresent();
            case PIXEL -> pixelKey(use.subject()).stream().allMatch(key.id()::equals);
            case AUDIT, SITE, GRANT -> true;
        };
    }

    private Optional<KeyId> pixelKey(StreamId study) {
        return log.readStream(study, new Revision(0), 1).stream()
                .map(StoredRecord::record)
                .filter(record -> sealing.key(record.header().key()).isPresent())
                .map(record -> sealing.openReplica(record).payload())
                .filter(StudyRegistered.class::isInstance)
                .map(payload -> ((StudyRegistered) payload).pixelKey())
                .findFirst();
    }
}
