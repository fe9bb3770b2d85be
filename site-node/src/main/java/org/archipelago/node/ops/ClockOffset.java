package org.archipelago.node.ops;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this machine's clock is off by: against the time server as last measured, else against members of the network that answered of
 * late, else unknown. Thread-safe.
 */
public final class ClockOffset {
    private static final Logger LOG = LoggerFactory.getLogger(ClockOffset.class);
    private static final Duration ALARM = Duration.ofSeconds(1);
    private static final double NANOS = 1e9;

    private final PeerClocks peers;
    private volatile Optional<Duration> byServer = Optional.empty();
    private boolean told;

    public ClockOffset(PeerClocks peers) {
        this.peers = peers;
    }

    /** @param against who said so, in words; empty while nobody did, and {@code seconds} is NaN */
    private record Known(double seconds, String against) {
        static final Known NOTHING = new Known(Double.NaN, "");

        static Known of(Duration ahead, String against) {
            return new Known(ahead.getSeconds() + ahead.getNano() / NANOS, against);
        }

        boolean isAlarming() {
            return Math.abs(seconds) > ALARM.toSeconds();
        }

        @Override
        public String toString() {
            return Double.isNaN(seconds)
                    ? "unknown"
                    : String.format(Locale.ROOT, "%.3f s against %s", seconds, against);
        }
    }

    private Known known() {
        return byServer.map(ahead -> Known.of(ahead, "the time server"))
                .or(() -> peers.median()
                        .map(median ->
                                Known.of(median.ahead(), median.peers() == 1 ? "1 peer" : median.peers() + " peers")))
                .orElse(Known.NOTHING);
    }

    /** Asks the server. Without an answer what it said is forgotten: an old offset may be far from the truth. */
    public void measure(NtpClient client) {
        try {
            byServer = Optional.of(client.offset());
        } catch (IOException e) {
            byServer = Optional.empty();
            LOG.warn("the clock's offset could not be measured against the time server: {}", e.toString());
        }
        tell();
    }

    /** Logs when the clock is off by too much, once, and when it is so no more. */
    public synchronized void tell() {
        Known now = known();
        if (now.isAlarming() && !told) {
            LOG.error("the clock is off by {}", now);
        } else if (told && !now.isAlarming()) {
            LOG.info("the clock is no longer known to be off: {}", now);
        }
        told = now.isAlarming();
    }

    /** Whether it is known to be off by more than order in time can bear; what is unknown is no alarm. */
    public boolean isAlarming() {
        return known().isAlarming();
    }

    /** NaN while unknown. */
    public double seconds() {
        return known().seconds();
    }

    /** With who said so. */
    @Override
    public String toString() {
        return known().toString();
    }
}
