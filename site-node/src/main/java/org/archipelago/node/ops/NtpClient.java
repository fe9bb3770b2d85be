package org.archipelago.node.ops;

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

/** Measures the local clock's offset against one server: SNTPv4 client mode (RFC 5905 §14). */
public final class NtpClient {
    private static final int PACKET_LENGTH_BYTES = 48;
    /** Leap indicator 0, version 4, mode 3 (client). */
    private static final byte CLIENT = 0x23;

    private static final int MODE_SERVER = 4;
    private static final int ALARM = 3;
    private static final int MAX_STRATUM = 15;
    private static final int TRANSMIT_OFFSET_BYTES = 40;
    /** From 1900-01-01 to 1970-01-01. */
    private static final long EPOCH_OFFSET_SECONDS = 2_208_988_800L;

    private static final long ERA_SECONDS = 1L << 32;

    private final InetSocketAddress server;
    private final Duration timeout;
    private final Clock clock;
    private final SecureRandom random;

    public NtpClient(InetSocketAddress server, Duration timeout, Clock clock, SecureRandom random) {
        this.server = server;
        this.timeout = timeout;
        this.clock = clock;
        this.random = random;
    }

    /**
     * What must be added to the local clock to agree with the server.
     *
     * @throws IOException no answer within the timeout, or none that may be trusted
     */
    public Duration offset() throws IOException {
        byte[] request = new byte[PACKET_LENGTH_BYTES];
        request[0] = CLIENT;
        long nonce = random.nextLong();
        ByteBuffer.wrap(request).putLong(TRANSMIT_OFFSET_BYTES, nonce);
        byte[] reply = new byte[PACKET_LENGTH_BYTES];
        Instant sent;
        Instant received;
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            socket.connect(InetAddress.getByName(server.getHostString()), server.getPort());
            sent = clock.instant();
            socket.send(new DatagramPacket(request, request.length));
            DatagramPacket packet = new DatagramPacket(reply, reply.length);
            socket.receive(packet);
            received = clock.instant();
            check(ByteBuffer.wrap(reply), packet.getLength(), nonce);
        }
        ByteBuffer fields = ByteBuffer.wrap(reply);
        Instant serverReceived = time(fields.getLong(32), sent);
        Instant serverSent = time(fields.getLong(TRANSMIT_OFFSET_BYTES), sent);
        return Duration.between(sent, serverReceived)
                .plus(Duration.between(received, serverSent))
                .dividedBy(2);
    }

    private static void check(ByteBuffer reply, int lengthBytes, long nonce) throws IOException {
        int leap = (reply.get(0) >> 6) & 3;
        int mode = reply.get(0) & 7;
        int stratum = reply.get(1);
        if (lengthBytes < PACKET_LENGTH_BYTES || mode != MODE_SERVER || reply.getLong(24) != nonce) {
            throw new IOException("not an answer to this request");
        }
        if (leap == ALARM || stratum < 1 || stratum > MAX_STRATUM || reply.getLong(TRANSMIT_OFFSET_BYTES) == 0) {
            throw new IOException("the time server is not synchronised");
        }
    }

    /** 32 bits of seconds since 1900 and 32 of fraction, in the era nearest to now. */
    private static Instant time(long timestamp, Instant near) {
        long seconds = (timestamp >>> 32) - EPOCH_OFFSET_SECONDS;
        long nanos = ((timestamp & 0xffffffffL) * 1_000_000_000L) >>> 32;
        long eras = Math.round((near.getEpochSecond() - seconds) / (double) ERA_SECONDS);
        return Instant.ofEpochSecond(seconds + eras * ERA_SECONDS, nanos);
    }
}
