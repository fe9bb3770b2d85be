package org.archipelago.node.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * How fast long work goes.
 *
 * @param done items
 * @param total items in all; not positive while unknown
 */
record Pace(long done, long total, Duration elapsed) {
    private static final double SECONDS_PER_NANO = 1e-9;

    private double seconds() {
        return elapsed.toNanos() * SECONDS_PER_NANO;
    }

    /** Items a second; one decimal below 10. */
    String rate() {
        double rate = seconds() > 0 ? done / seconds() : 0;
        return String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%.0f", rate);
    }

    /** If it goes on like this. Empty until something is done, and while the total is unknown. */
    Optional<Duration> left() {
        return total <= 0 || done <= 0
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(Math.round(seconds() * Math.max(0, total - done) / done)));
    }

    /** Hours, minutes, seconds: {@code 0:01:51}. */
    static String clock(Duration duration) {
        return "%d:%02d:%02d".formatted(duration.toHours(), duration.toMinutesPart(), duration.toSecondsPart());
    }
}
