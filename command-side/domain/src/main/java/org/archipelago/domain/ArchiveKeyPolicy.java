package org.archipelago.domain;

import java.util.Optional;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.federation.RecoveryEvent;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyPolicy;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.replica.ReplicaEvent;
import org.archipelago.contract.site.SiteEvent;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;

/**
 * One key for each study copy, patient record, quarantined object and site, and for all that one other site is granted; for access records one for each audit subject:
 * the patient's record, else the study copy, else this site (architecture section 4). A destroyed audit key has successors,
 * since its subject goes on being read; the other subjects end with their key.
 */
public final class ArchiveKeyPolicy implements KeyPolicy {
    private final StreamNames names;
    private final StreamId siteSubject;

    public ArchiveKeyPolicy(StreamNames names) {
        this.names = names;
        this.siteSubject = names.site("audit");
    }

    @Override
    public KeyRef keyFor(StreamId stream, Object firstEvent) {
        return switch (firstEvent) {
            case StudyEvent _, QuarantineEvent _ -> new KeyRef(KeyClass.INDEX, stream);
            // Whoever reads of the study reads who holds it.
            case CopyAssigned assigned -> new KeyRef(KeyClass.INDEX, assigned.study().stream());
            case CopyEvent _ -> new KeyRef(KeyClass.INDEX, stream);
            case PatientEvent _ -> new KeyRef(KeyClass.PATIENT, stream);
            case AccessEvent access -> new KeyRef(KeyClass.AUDIT, auditSubject(access));
            case SiteEvent _, PeerEvent _, ReplicaEvent _, RecoveryEvent _ -> new KeyRef(KeyClass.SITE, stream);
            case GrantEvent.KeyGranted granted -> new KeyRef(KeyClass.GRANT, names.grants(granted.peer()));
            default -> throw new IllegalArgumentException("no key for " + firstEvent.getClass());
        };
    }

    /** What happens to a subject after the audit key was destroyed is recorded under a new one. */
    @Override
    public Optional<KeyRef> successor(StreamId stream, Object firstEvent, int generation) {
        return firstEvent instanceof AccessEvent access
                ? Optional.of(new KeyRef(KeyClass.AUDIT, names.audit(auditSubject(access), generation)))
                : Optional.empty();
    }

    private StreamId auditSubject(AccessEvent event) {
        return switch (event) {
            case AccessEvent.AccessBegan began -> {
                Optional<StreamId> patient = began.patient().map(PatientRecordId::stream);
                yield patient.or(() -> began.study().map(StudyCopyId::stream)).orElse(siteSubject);
            }
            case AccessEvent.AccessWidened _, AccessEvent.AccessEnded _ ->
                throw new IllegalArgumentException("an access session does not begin with what follows its beginning");
        };
    }
}
