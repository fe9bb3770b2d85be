package org.archipelago.node.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.junit.jupiter.api.Test;

class NtpClientTest {
    private static final long FROM_1900_SECONDS = 2_208_988_800L;

    @Test
    void serverAhead_givesItsOffset() throws Exception {
        assertThat(offsetAgainst(Duration.ofSeconds(90), 2, 0))
                .isBetween(Duration.ofSeconds(89), Duration.ofSeconds(91));
    }

    @Test
    void serverBehind_givesANegativeOffset() throws Exception {
        assertThat(offsetAgainst(Duration.ofHours(-1), 2, 0))
                .isBetween(Duration.ofSeconds(-3601), Duration.ofSeconds(-3599));
    }

    @Test
    void unsynchronisedServer_isNotBelieved() {
        assertThatThrownBy(() -> offsetAgainst(Duration.ZERO, 0, 0)).isInstanceOf(IOException.class);
    }

    @Test
    void answerToAnotherRequest_isNotBelieved() {
        assertThatThrownBy(() -> offsetAgainst(Duration.ZERO, 2, 1)).isInstanceOf(IOException.class);
    }

    @Test
    void clockThatIsOff_alarmsByTheTimeServerWhateverPeersSay() throws Exception {
        PeerClocks peers = new PeerClocks(System::nanoTime);
        peers.told(new SiteId(new UUID(0, 1)), Duration.ofSeconds(33), Duration.ZERO);
        ClockOffset offset = new ClockOffset(peers);
        assertThat(offset.seconds()).isEqualTo(33);
        for (long seconds : new long[] {-90, 0, 90}) {
            try (DatagramSocket server = server(Duration.ofSeconds(seconds), 2, 0)) {
                offset.measure(client(server));
            }
            assertThat(offset.isAlarming()).isEqualTo(seconds != 0);
            assertThat(offset.toString()).endsWith(" s against the time server");
        }
    }

    private static Duration offsetAgainst(Duration ahead, int stratum, long nonceError) throws Exception {
        try (DatagramSocket server = server(ahead, stratum, nonceError)) {
            return client(server).offset();
        }
    }

    /** A server on loopback whose clock is off by so much. */
    private static DatagramSocket server(Duration ahead, int stratum, long nonceError) throws IOException {
        DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> answerOne(server, ahead, stratum, nonceError));
        return server;
    }

    private static NtpClient client(DatagramSocket server) {
        return new NtpClient(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()),
                Duration.ofSeconds(20),
                Clock.systemUTC(),
                new SecureRandom());
    }

    private static void answerOne(DatagramSocket server, Duration ahead, int stratum, long nonceError) {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[48], 48);
            server.receive(packet);
            ByteBuffer fields = ByteBuffer.wrap(packet.getData());
            long nonce = fields.getLong(40);
            Instant now = Instant.now().plus(ahead);
            long stamp = ((now.getEpochSecond() + FROM_1900_SECONDS) << 32)
                    | (((long) now.getNano() << 32) / 1_000_000_000L);
            fields.put(0, (byte) 0x24).put(1, (byte) stratum);
            fields.putLong(24, nonce + nonceError).putLong(32, stamp).putLong(40, stamp);
            server.send(packet);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
