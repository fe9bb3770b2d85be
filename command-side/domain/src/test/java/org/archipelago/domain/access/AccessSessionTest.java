package org.archipelago.domain.access;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessCommand.BeginAccess;
import org.archipelago.contract.access.AccessCommand.EndAccess;
import org.archipelago.contract.access.AccessCommand.WidenAccess;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessEvent.AccessWidened;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.patient.PatientRecordId;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccessSessionTest {
    private final AggregateTestFixture<AccessSession> fixture = new AggregateTestFixture<>(AccessSession.class);
    private final AccessSessionId session = NAMES.access("one");
    private final BeginAccess begin = new BeginAccess(
            session, AccessKind.VIEW, STEWARD, "care", Optional.of(STUDY), Optional.of(ANNA), List.of(BERT), "study");
    private final AccessBegan began = new AccessBegan(
            session,
            AccessKind.VIEW,
            STEWARD,
            "care",
            Optional.of(STUDY),
            Optional.of(ANNA),
            List.of(BERT),
            false,
            "study",
            NOON);
    private final EndAccess end =
            new EndAccess(session, AccessOutcome.COMPLETED, 12, 5_000_000_000L, List.of(ANNA), true);
    private final AccessEnded ended =
            new AccessEnded(session, AccessOutcome.COMPLETED, 12, 5_000_000_000L, List.of(ANNA), true, NOON);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    @Test
    void access_beginsOnce() {
        fixture.givenNoPriorActivity().when(begin).expectEvents(began);
        fixture.given(began).when(begin).expectNoEvents();
    }

    @Test
    void access_endsOnce() {
        fixture.given(began).when(end).expectEvents(ended);
        fixture.given(began, ended).when(end).expectNoEvents();
    }

    @Test
    void endedAccess_neverBeginsAgain() {
        fixture.given(began, ended).when(begin).expectNoEvents().expectException(ArchiveException.class);
    }

    @Test
    void access_isWidenedWhileItIsOpen() {
        WidenAccess widen = new WidenAccess(session, List.of(BERT));
        fixture.given(began).when(widen).expectEvents(new AccessWidened(session, List.of(BERT), NOON));
        fixture.given(began, ended).when(widen).expectNoEvents().expectException(ArchiveException.class);
        for (int patients : List.of(0, AccessBegan.MAX_FURTHER + 1)) {
            fixture.given(began)
                    .when(new WidenAccess(session, Collections.nCopies(patients, BERT)))
                    .expectException(ArchiveException.class);
        }
    }

    @Test
    void morePatientsThanARecordHolds_areRefused() {
        List<PatientRecordId> many = Collections.nCopies(AccessEnded.MAX_PATIENTS + 1, ANNA);
        fixture.given(began)
                .when(new EndAccess(session, AccessOutcome.COMPLETED, 12, 0, many, false))
                .expectException(ArchiveException.class);
    }

    @Test
    void overlongQuery_isRefused() {
        BeginAccess overlong = new BeginAccess(
                session,
                AccessKind.QUERY,
                STEWARD,
                "care",
                Optional.empty(),
                Optional.empty(),
                List.of(),
                "x".repeat(4097));
        fixture.givenNoPriorActivity().when(overlong).expectException(ArchiveException.class);
    }
}
