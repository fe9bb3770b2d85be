package org.archipelago.domain.replica;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import java.util.UUID;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.replica.ReplicaCommand.AdvanceReplica;
import org.archipelago.contract.replica.ReplicaEvent.ReplicaAdvanced;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicaProgressTest {
    private static final SiteId HARBOR = new SiteId(new UUID(4, 4));
    private static final Digest ROOT = new Digest(1, 2, 3, 4);

    private final AggregateTestFixture<ReplicaProgress> fixture = new AggregateTestFixture<>(ReplicaProgress.class);
    private final StreamId stream = NAMES.replica(HARBOR);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    private ReplicaAdvanced advanced(long size) {
        return new ReplicaAdvanced(stream, HARBOR, size, ROOT, NOON);
    }

    @Test
    void advance_isRecorded() {
        fixture.givenNoPriorActivity()
                .when(new AdvanceReplica(stream, HARBOR, 7, ROOT))
                .expectEvents(advanced(7));
        fixture.given(advanced(7))
                .when(new AdvanceReplica(stream, HARBOR, 8, ROOT))
                .expectEvents(advanced(8));
    }

    @Test
    void whatWasRecordedAlready_isNotRecordedAgain() {
        fixture.given(advanced(7))
                .when(new AdvanceReplica(stream, HARBOR, 7, ROOT))
                .expectNoEvents();
        fixture.given(advanced(7))
                .when(new AdvanceReplica(stream, HARBOR, 5, ROOT))
                .expectNoEvents();
    }
}
