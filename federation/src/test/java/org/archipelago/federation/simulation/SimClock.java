package org.archipelago.federation.simulation;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** One site's wall clock: it may be years off, stand still, or go back. */
final class SimClock extends Clock {
    private Instant now = Instant.parse("2026-11-29T12:00:00Z");

    void shift(long seconds) {
        now = now.plusSeconds(seconds);
        if (now.getEpochSecond() < 0) {
            now = Instant.EPOCH;
        }
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
