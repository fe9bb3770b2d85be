package org.archipelago.node.association;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TransportWatchTest {
    private static final AssociationLimits SHORT = AssociationLimits.DEFAULTS.withTimeouts(
            Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(200));

    /** Each addition brings another one with it, as from a thread that registers at the same moment. */
    private static final class AddedInPairs extends AbstractSet<Transport> {
        private final Set<Transport> all = ConcurrentHashMap.newKeySet();
        private final Transport other;

        AddedInPairs(Transport other) {
            this.other = other;
        }

        @Override
        public boolean add(Transport transport) {
            all.add(other);
            return all.add(transport);
        }

        @Override
        public Iterator<Transport> iterator() {
            return all.iterator();
        }

        @Override
        public int size() {
            return all.size();
        }
    }

    @Test
    void twoConnectionsAtOnce_doNotLeaveTheWatchAsleep() throws IOException {
        try (ServerSocket deaf = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Socket first = new Socket(InetAddress.getLoopbackAddress(), deaf.getLocalPort());
                Socket second = new Socket(InetAddress.getLoopbackAddress(), deaf.getLocalPort())) {
            TransportWatch watch = new TransportWatch(new AddedInPairs(new Transport(first, SHORT)));
            Awaitility.await().until(() -> watch.state() == Thread.State.WAITING);
            Transport stuck = new Transport(second, SHORT, watch);
            Thread.ofVirtual().start(() -> {
                try {
                    stuck.write(new byte[64 << 20], 0, 64 << 20);
                } catch (IOException e) {
                    assertThat(e).isNotNull();
                }
            });
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(stuck.isClosed()).isTrue());
        }
    }
}
