package org.archipelago.domain.recovery;

import static org.archipelago.domain.Samples.NAMES;
import static org.archipelago.domain.Samples.NOON;

import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.RecoveryCommand.RecordReturnedKeys;
import org.archipelago.contract.federation.RecoveryEvent.KeysReturned;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.domain.Samples.TestClock;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReturnedKeysTest {
    private static final SiteId HARBOR = new SiteId(new UUID(4, 4));
    private static final Digest KEY = Digest.sha256(new byte[] {1});
    private static final Digest OTHER_KEY = Digest.sha256(new byte[] {2});

    private final AggregateTestFixture<ReturnedKeys> fixture = new AggregateTestFixture<>(ReturnedKeys.class);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    private static RecordReturnedKeys command(Digest recipient, long through) {
        return new RecordReturnedKeys(NAMES.returned(HARBOR), HARBOR, recipient, new OriginPosition(through), 3);
    }

    private static KeysReturned event(Digest recipient, long through) {
        return new KeysReturned(NAMES.returned(HARBOR), HARBOR, recipient, new OriginPosition(through), 3, NOON);
    }

    @Test
    void returnedKeys_areOnRecord() {
        fixture.givenNoPriorActivity().when(command(KEY, 0)).expectEvents(event(KEY, 0));
        fixture.given(event(KEY, 0)).when(command(KEY, 9)).expectEvents(event(KEY, 9));
    }

    @Test
    void whoAsksAgain_fillsNoLog() {
        fixture.given(event(KEY, 9)).when(command(KEY, 9)).expectNoEvents();
        fixture.given(event(KEY, 9)).when(command(KEY, 3)).expectNoEvents();
    }

    @Test
    void otherKeyPair_isOnRecordFromTheBeginning() {
        fixture.given(event(KEY, 9)).when(command(OTHER_KEY, 3)).expectEvents(event(OTHER_KEY, 3));
    }

    @Test
    void whoAskedForTheEndFirst_isOnRecordWhenItAsksForTheRest() {
        KeysReturned one = new KeysReturned(NAMES.returned(HARBOR), HARBOR, KEY, new OriginPosition(9), 1, NOON);
        KeysReturned all = new KeysReturned(NAMES.returned(HARBOR), HARBOR, KEY, new OriginPosition(9), 3, NOON);
        fixture.given(one).when(command(KEY, 3)).expectEvents(all);
        fixture.given(one, all).when(command(KEY, 3)).expectNoEvents();
    }

    @Test
    void keysOfAnotherDay_areOnRecordOnThatDay() {
        KeysReturned before = new KeysReturned(
                NAMES.returned(HARBOR), HARBOR, KEY, new OriginPosition(9), 3, NOON.minus(Duration.ofDays(1)));
        fixture.given(before).when(command(KEY, 3)).expectEvents(event(KEY, 9));
    }
}
