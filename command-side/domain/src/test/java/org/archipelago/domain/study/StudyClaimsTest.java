package org.archipelago.domain.study;

import static org.archipelago.domain.Samples.*;
import static org.archipelago.domain.study.StudyEvents.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.junit.jupiter.api.Test;

class StudyClaimsTest {
    private final StudyClaims claims = new StudyClaims(NAMES);

    @Test
    void storedInstance_claimsItsUidAloneAndItsBlob() {
        assertThat(claims.claimsOf(stored(1)))
                .containsExactly(
                        new UniqueClaim(NAMES.claim("sop", sop(1).value()), false), blob(object(1, "", EXPLICIT)));
    }

    @Test
    void instanceKnownElsewhere_sharesItsClaim() {
        InstancesStored stored =
                new InstancesStored(STUDY, List.of(differing(2), differing(3)), List.of(sop(2)), SCANNER, NOON);
        assertThat(claims.claimsOf(stored))
                .contains(
                        new UniqueClaim(claims.claimName(sop(2)), true),
                        new UniqueClaim(claims.claimName(sop(3)), false));
    }

    @Test
    void everyObject_claimsItsBlob() {
        assertThat(claims.claimsOf(rendition())).containsExactly(blob(object(1, "", IMPLICIT)));
        assertThat(claims.claimsOf(superseded())).containsExactly(blob(object(1, "corrected", EXPLICIT)));
        assertThat(claims.claimsOf(conflict(1, ConflictKind.DIFFERENT_CONTENT, ROUTER, "x")))
                .containsExactly(blob(object(1, "x", EXPLICIT)));
        assertThat(claims.claimsOf(new ObjectQuarantined(
                        NAMES.quarantine("q"),
                        QuarantineReason.NO_STUDY,
                        object(5, "", EXPLICIT),
                        AttributeSet.EMPTY,
                        SCANNER,
                        NOON)))
                .containsExactly(blob(object(5, "", EXPLICIT)));
    }

    @Test
    void eventWithoutObject_claimsNothing() {
        assertThat(claims.claimsOf(registered())).isEmpty();
        assertThat(claims.claimsOf(elsewhereConflict(1, sop(1), ROUTER))).isEmpty();
    }

    private static UniqueClaim blob(StoredObject object) {
        return new UniqueClaim(NAMES.claim("blob", object.blob().id().toString()), true);
    }
}
