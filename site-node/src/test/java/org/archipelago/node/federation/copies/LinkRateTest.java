package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LinkRateTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

    @Test
    void bytesBeyondTheRate_wait() {
        LinkRate rate = new LinkRate(1000, now::get);
        assertThat(rate.take(500)).isZero();
        assertThat(rate.take(2000)).isEqualTo(SECOND / 2);
        assertThat(rate.take(1)).isEqualTo(SECOND * 5 / 2);
    }

    @Test
    void quietTime_isNotSavedUp() {
        LinkRate rate = new LinkRate(1000, now::get);
        rate.take(500);
        now.addAndGet(3600 * SECOND);
        assertThat(rate.take(1000)).isZero();
        assertThat(rate.take(1)).isEqualTo(SECOND);
    }

    @Test
    void rateOfNothing_isNone() {
        LinkRate rate = new LinkRate(0, now::get);
        assertThat(rate.take(Integer.MAX_VALUE)).isZero();
        assertThat(rate.take(1)).isZero();
    }
}
