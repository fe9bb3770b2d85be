package org.archipelago.node.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.Test;

class PeerClocksTest {
    private static final Duration QUICK = Duration.ofMillis(20);
    private static final SiteId HARBOR = new SiteId(new UUID(0, 1));
    private static final SiteId VALLEY = new SiteId(new UUID(0, 2));
    private static final SiteId ISLAND = new SiteId(new UUID(0, 3));

    private final AtomicLong now = new AtomicLong();
    private final PeerClocks peers = new PeerClocks(now::get);
    private final ClockOffset offset = new ClockOffset(peers);

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void nobodyAnswered_isUnknownAndNoAlarm() {
        assertThat(offset).hasToString("unknown");
        assertThat(offset.seconds()).isNaN();
        assertThat(offset.isAlarming()).isFalse();
    }

    @Test
    void onePeerIsFarOff_theMedianIsNot() {
        peers.told(HARBOR, Duration.ofHours(5), QUICK);
        peers.told(VALLEY, Duration.ofMillis(-30), QUICK);
        peers.told(ISLAND, Duration.ofMillis(40), QUICK);
        assertThat(offset).hasToString("0.040 s against 3 peers");
        assertThat(offset.isAlarming()).isFalse();
    }

    @Test
    void peersAgreeOnAnotherTime_alarms() {
        peers.told(HARBOR, Duration.ofMillis(-2000), QUICK);
        assertThat(offset).hasToString("-2.000 s against 1 peer");
        peers.told(VALLEY, Duration.ofMillis(-3000), QUICK);
        assertThat(offset).hasToString("-2.500 s against 2 peers");
        assertThat(offset.isAlarming()).isTrue();
    }

    @Test
    void slowAnswer_tellsNothing() {
        peers.told(HARBOR, Duration.ofSeconds(2), Duration.ofMillis(1001));
        assertThat(offset).hasToString("unknown");
    }

    @Test
    void quickerAnswer_isKeptForAMinuteOverSlowerOnes() {
        peers.told(HARBOR, Duration.ofMillis(100), QUICK);
        peers.told(HARBOR, Duration.ofMillis(300), Duration.ofMillis(900));
        assertThat(offset).hasToString("0.100 s against 1 peer");
        pass(Duration.ofMinutes(1));
        peers.told(HARBOR, Duration.ofMillis(200), Duration.ofMillis(500));
        assertThat(offset).hasToString("0.200 s against 1 peer");
    }

    @Test
    void peerThatAnswersNoMore_countsForFiveMinutes() {
        peers.told(HARBOR, Duration.ofMillis(100), QUICK);
        pass(Duration.ofMinutes(5).minusMillis(1));
        assertThat(offset).hasToString("0.100 s against 1 peer");
        pass(Duration.ofMillis(1));
        assertThat(offset).hasToString("unknown");
    }

    @Test
    void timeServerThatDoesNotAnswer_leavesThePeers() throws Exception {
        peers.told(HARBOR, Duration.ofSeconds(-3), QUICK);
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            offset.measure(new NtpClient(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort()),
                    QUICK,
                    Clock.systemUTC(),
                    new SecureRandom()));
        }
        assertThat(offset).hasToString("-3.000 s against 1 peer");
    }
}
