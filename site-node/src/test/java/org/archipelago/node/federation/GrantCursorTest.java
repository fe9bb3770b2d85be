package org.archipelago.node.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.node.federation.GrantCursor.Batch;
import org.archipelago.node.federation.GrantCursor.Candidate;
import org.junit.jupiter.api.Test;

class GrantCursorTest {
    private static final SiteId HARBOR = new SiteId(new UUID(4, 4));

    private final GrantCursor cursor = new GrantCursor(HARBOR, new RecipientKey("ab".repeat(32)), 9);

    /** One at each position. */
    private static List<Candidate> candidates(long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(at -> new Candidate(
                        new OriginPosition(at),
                        new KeyRef(KeyClass.INDEX, new StreamId(HARBOR + "/study/" + at)),
                        new KeyId(Digest.sha256(new byte[] {(byte) at}))))
                .toList();
    }

    @Test
    void whatWasGranted_isNotLookedAtAgain() {
        cursor.look(candidates(5, 12), 20);
        Batch batch = cursor.next();
        assertThat(batch.candidates()).isEqualTo(candidates(10, 12));
        assertThat(batch.through()).isEqualTo(new OriginPosition(20));
        cursor.granted(batch);
        cursor.look(candidates(5, 12), 20);
        assertThat(cursor.next().candidates()).isEmpty();
    }

    @Test
    void batchThatIsNotGranted_comesAgain() {
        cursor.look(candidates(10, 12), 20);
        Batch batch = cursor.next();
        cursor.look(candidates(25, 26), 30);
        assertThat(cursor.next().candidates())
                .startsWith(batch.candidates().getFirst())
                .hasSize(3);
        assertThat(cursor.next().through()).isEqualTo(new OriginPosition(30));
    }

    /** Whoever goes on after such a batch must find the rest. */
    @Test
    void moreThanOneEventHolds_isGrantedUpToTheLastKeyOfEach() {
        long all = 10 + GrantEvent.MAX_KEYS + 2L;
        cursor.look(candidates(10, all), 1000);
        assertThat(cursor.isFull()).isTrue();
        Batch first = cursor.next();
        assertThat(first.candidates()).hasSize(GrantEvent.MAX_KEYS);
        assertThat(first.through()).isEqualTo(first.candidates().getLast().position());
        cursor.granted(first);
        assertThat(cursor.isFull()).isFalse();
        assertThat(cursor.next().candidates()).isEqualTo(candidates(all - 2, all));
        assertThat(cursor.next().through()).isEqualTo(new OriginPosition(1000));
    }
}
