package org.archipelago.node.ops;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this machine's clock is off by, as last measured. Thread-safe. */
public final class ClockOffset {
    private static final Logger LOG = LoggerFactory.getLogger(ClockOffset.class);
    private static final Duration ALARM = Duration.ofSeconds(1);
    private static final double NANOS = 1e9;

    private volatile double seconds = Double.NaN;

    /** Asks the server. Without an answer the offset is unknown again: an old one may be far from the truth. */
    public void measure(NtpClient client) {
        try {
            Duration offset = client.offset();
            seconds = offset.getSeconds() + offset.getNano() / NANOS;
            if (isAlarming()) {
                LOG.error("the clock is off by {} against the time server", this);
            }
        } catch (IOException e) {
            seconds = Double.NaN;
            LOG.warn("the clock's offset could not be measured: {}", e.toString());
        }
    }

    /** Whether it is known to be off by more than order in time can bear; what is unknown is no alarm. */
    public boolean isAlarming() {
        return Math.abs(seconds) > ALARM.toSeconds();
    }

    /** NaN while unknown. */
    public double seconds() {
        return seconds;
    }

    @Override
    public String toString() {
        double known = seconds;
        return Double.isNaN(known) ? "unknown" : String.format(Locale.ROOT, "%.3f s", known);
    }
}
