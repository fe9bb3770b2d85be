package org.archipelago.federation.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.simulation.MemoryEventLog;
import org.junit.jupiter.api.Test;

class LogFollowerTest {
    @Test
    void callThatIsNotDoneWithAll_comesAgainThoughTheLogHasNotGrown() {
        AtomicInteger calls = new AtomicInteger();
        AtomicReference<LogFollower> itself = new AtomicReference<>();
        LogFollower follower = new LogFollower(
                "test",
                new MemoryEventLog(new SiteId(new UUID(1, 1)), MemoryEventLog.Disk.SOUND),
                Duration.ofMillis(10),
                () -> {
                    if (calls.incrementAndGet() < 3) {
                        itself.get().tryAgain();
                    }
                });
        itself.set(follower);
        follower.wake();
        follower.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> calls.get() == 3);
        follower.close();
        assertThat(calls).hasValue(3);
    }
}
