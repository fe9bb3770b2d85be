package org.archipelago.domain.quarantine;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.quarantine.QuarantineCommand.QuarantineObject;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.StoredObject;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuarantinedObjectTest {
    private final AggregateTestFixture<QuarantinedObject> fixture = new AggregateTestFixture<>(QuarantinedObject.class);
    private final QuarantineId id = NAMES.quarantine("one");
    private final ObjectQuarantined quarantined =
            new ObjectQuarantined(id, QuarantineReason.NO_STUDY, object(1, "", EXPLICIT), ctHeader(1), SCANNER, NOON);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    @Test
    void objectWithoutStudy_isRecorded() {
        fixture.givenNoPriorActivity()
                .when(quarantine(object(1, "", EXPLICIT)))
                .expectResultMessagePayload(true)
                .expectEvents(quarantined);
    }

    @Test
    void sameBytesAgain_succeedWithoutEvent() {
        fixture.given(quarantined)
                .when(quarantine(object(1, "", EXPLICIT)))
                .expectResultMessagePayload(false)
                .expectNoEvents();
    }

    @Test
    void otherBytesUnderTheSameId_areNeverTakenForTheSame() {
        fixture.given(quarantined)
                .when(quarantine(object(1, "other", EXPLICIT)))
                .expectNoEvents()
                .expectException(ArchiveException.class);
    }

    private QuarantineObject quarantine(StoredObject object) {
        return new QuarantineObject(id, QuarantineReason.NO_STUDY, object, ctHeader(1), SCANNER);
    }
}
