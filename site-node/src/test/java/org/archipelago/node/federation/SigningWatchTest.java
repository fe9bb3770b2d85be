package org.archipelago.node.federation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SigningWatchTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long START = Long.MAX_VALUE - 5 * SECOND;

    private final SigningWatch watch = new SigningWatch(Duration.ofSeconds(10));

    private long after(int seconds) {
        return START + seconds * SECOND;
    }

    @Test
    void busySite_thatSignsIsNeverBehind() {
        for (int second = 0; second < 60; second++) {
            watch.told(3, 100 + second, after(second));
            assertThat(watch.leftUnsigned(after(second))).isZero();
        }
    }

    @Test
    void recordsThatStayUnsigned_countOnceTheTimeIsOver() {
        watch.told(0, 100, after(0));
        watch.told(0, 100, after(60));
        watch.told(2, 100, after(61));
        watch.told(5, 100, after(70));
        assertThat(watch.leftUnsigned(after(70))).isZero();
        assertThat(watch.leftUnsigned(after(72))).isEqualTo(5);
    }

    @Test
    void siteThatSignsAgain_isNotBehind() {
        watch.told(5, 100, after(0));
        assertThat(watch.leftUnsigned(after(20))).isEqualTo(5);
        watch.told(1, 105, after(20));
        assertThat(watch.leftUnsigned(after(21))).isZero();
        watch.told(0, 106, after(22));
        assertThat(watch.leftUnsigned(after(99))).isZero();
    }
}
