package org.archipelago.domain.grant;

import static org.archipelago.domain.Samples.*;

import java.time.Clock;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantCommand.GrantKeys;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.axonframework.test.aggregate.AggregateTestFixture;
import org.axonframework.test.matchers.Matchers;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeyGrantsTest {
    private static final SiteId HARBOR = new SiteId(new UUID(4, 4));
    private static final Digest RECIPIENT = new Digest(1, 2, 3, 4);
    private static final Digest LATER_RECIPIENT = new Digest(4, 3, 2, 1);
    private static final SealedKeys SEALED = new SealedKeys(new byte[] {1, 2, 3});
    private static final StreamId SUBJECT = new StreamId(NAMES.site() + "/study/ab");

    private final AggregateTestFixture<KeyGrants> fixture = new AggregateTestFixture<>(KeyGrants.class);
    private final StreamId stream = NAMES.grants(HARBOR);

    @BeforeEach
    void inject() {
        fixture.registerInjectableResource((Clock) new TestClock());
    }

    private static KeyRef key(KeyClass keyClass) {
        return new KeyRef(keyClass, SUBJECT);
    }

    private GrantKeys grant(Digest recipient, Optional<OriginPosition> through, List<KeyRef> keys) {
        return new GrantKeys(stream, HARBOR, recipient, keys, SEALED, "member", through);
    }

    private GrantKeys grant(Digest recipient, long through) {
        return grant(recipient, Optional.of(new OriginPosition(through)), List.of(key(KeyClass.INDEX)));
    }

    private GrantKeys release(Digest recipient) {
        return grant(recipient, Optional.empty(), List.of(key(KeyClass.PIXEL)));
    }

    private KeyGranted granted(GrantKeys command) {
        return new KeyGranted(
                stream,
                HARBOR,
                command.recipient(),
                command.keys(),
                command.sealed(),
                command.reason(),
                command.through(),
                NOON);
    }

    @Test
    void grantsBeyondWhatWasGranted_areRecorded() {
        fixture.givenNoPriorActivity().when(grant(RECIPIENT, 0)).expectEvents(granted(grant(RECIPIENT, 0)));
        fixture.given(granted(grant(RECIPIENT, 7)))
                .when(grant(RECIPIENT, 8))
                .expectEvents(granted(grant(RECIPIENT, 8)));
    }

    @Test
    void whatWasGrantedAlready_isNotGrantedAgain() {
        fixture.given(granted(grant(RECIPIENT, 7))).when(grant(RECIPIENT, 7)).expectNoEvents();
        fixture.given(granted(release(RECIPIENT))).when(release(RECIPIENT)).expectNoEvents();
    }

    @Test
    void peerWithAnotherKeyPair_isGrantedAllAgain() {
        fixture.given(granted(grant(RECIPIENT, 7)))
                .when(grant(LATER_RECIPIENT, 3))
                .expectEvents(granted(grant(LATER_RECIPIENT, 3)));
        fixture.given(granted(release(RECIPIENT)))
                .when(release(LATER_RECIPIENT))
                .expectEvents(granted(release(LATER_RECIPIENT)));
    }

    @Test
    void keysThatStayAtTheirSite_areRefused() {
        for (KeyClass keyClass : List.of(KeyClass.AUDIT, KeyClass.SITE, KeyClass.GRANT)) {
            refused(List.of(key(KeyClass.INDEX), key(keyClass)));
        }
    }

    @Test
    void keysOfAnotherSite_noneAndTooMany_areRefused() {
        refused(List.of(new KeyRef(KeyClass.INDEX, new StreamId(HARBOR + "/study/ab"))));
        refused(List.of());
        refused(Collections.nCopies(GrantEvent.MAX_KEYS + 1, key(KeyClass.INDEX)));
    }

    private static Matcher<?> refusal(ArchiveError error) {
        return Matchers.matches(failure -> failure instanceof ArchiveException refused && refused.error() == error);
    }

    private void refused(List<KeyRef> keys) {
        fixture.givenNoPriorActivity()
                .when(grant(RECIPIENT, Optional.empty(), keys))
                .expectException(refusal(ArchiveError.INVALID_REQUEST));
    }
}
