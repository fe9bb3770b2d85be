package org.archipelago.domain;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.site.SiteEvent.NodeStarted;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.junit.jupiter.api.Test;

class ArchiveKeyPolicyTest {
    private final ArchiveKeyPolicy policy = new ArchiveKeyPolicy(NAMES);

    @Test
    void eachSubject_hasItsOwnKey() {
        StudyRegistered registered =
                new StudyRegistered(STUDY, STUDY_UID, Optional.empty(), PIXEL_KEY, AttributeSet.EMPTY, NOON);
        assertThat(policy.keyFor(STUDY.stream(), registered)).isEqualTo(new KeyRef(KeyClass.INDEX, STUDY.stream()));
        PatientRegistered patient =
                new PatientRegistered(ANNA, new PatientIdentifier("17", "NORTH"), AttributeSet.EMPTY, NOON);
        assertThat(policy.keyFor(ANNA.stream(), patient)).isEqualTo(new KeyRef(KeyClass.PATIENT, ANNA.stream()));
        QuarantineId quarantine = NAMES.quarantine("q");
        ObjectQuarantined quarantined = new ObjectQuarantined(
                quarantine, QuarantineReason.NO_STUDY, object(1, "", EXPLICIT), AttributeSet.EMPTY, SCANNER, NOON);
        assertThat(policy.keyFor(quarantine.stream(), quarantined))
                .isEqualTo(new KeyRef(KeyClass.INDEX, quarantine.stream()));
        StreamId site = NAMES.site("node");
        assertThat(policy.keyFor(site, new NodeStarted(site, "1", "d", NOON)))
                .isEqualTo(new KeyRef(KeyClass.SITE, site));
    }

    @Test
    void accessRecord_isKeyedByPatientElseStudyElseSite() {
        assertThat(subject(Optional.of(STUDY), Optional.of(ANNA))).isEqualTo(ANNA.stream());
        assertThat(subject(Optional.of(STUDY), Optional.empty())).isEqualTo(STUDY.stream());
        assertThat(subject(Optional.empty(), Optional.empty())).isEqualTo(NAMES.site("audit"));
    }

    @Test
    void destroyedAuditKey_hasSuccessorsAndNoOtherKeyHas() {
        AccessSessionId session = NAMES.access("s");
        AccessBegan began = new AccessBegan(
                session, AccessKind.VIEW, STEWARD, "care", Optional.of(STUDY), Optional.of(ANNA), "", NOON);
        KeyRef second = policy.successor(session.stream(), began, 1).orElseThrow();
        KeyRef third = policy.successor(session.stream(), began, 2).orElseThrow();
        assertThat(second.keyClass()).isEqualTo(KeyClass.AUDIT);
        assertThat(second).isNotEqualTo(third).isNotEqualTo(policy.keyFor(session.stream(), began));
        assertThat(new ArchiveKeyPolicy(NAMES).successor(session.stream(), began, 1))
                .contains(second);
        StudyRegistered registered =
                new StudyRegistered(STUDY, STUDY_UID, Optional.empty(), PIXEL_KEY, AttributeSet.EMPTY, NOON);
        assertThat(policy.successor(STUDY.stream(), registered, 1)).isEmpty();
    }

    private StreamId subject(Optional<StudyCopyId> study, Optional<PatientRecordId> patient) {
        AccessSessionId session = NAMES.access("s");
        KeyRef key = policy.keyFor(
                session.stream(), new AccessBegan(session, AccessKind.VIEW, STEWARD, "care", study, patient, "", NOON));
        assertThat(key.keyClass()).isEqualTo(KeyClass.AUDIT);
        return key.subject();
    }
}
