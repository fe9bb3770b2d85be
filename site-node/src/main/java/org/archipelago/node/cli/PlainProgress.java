package org.archipelago.node.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.function.LongSupplier;

/** Where nobody looks on: work of seconds says nothing, longer work a line every {@link #EVERY}, and one at its end. Thread-safe. */
final class PlainProgress implements ProgressLine {
    static final Duration EVERY = Duration.ofSeconds(15);

    private final PrintStream out;
    private final String task;
    private final String unit;
    private final LongSupplier nanoTime;
    private final long startedNanos;
    private long saidNanos;
    private boolean said;
    private long done;
    private long total = -1;

    PlainProgress(PrintStream out, String task, String unit, LongSupplier nanoTime) {
        this.out = out;
        this.task = task;
        this.unit = unit;
        this.nanoTime = nanoTime;
        this.startedNanos = nanoTime.getAsLong();
        this.saidNanos = startedNanos;
    }

    @Override
    public synchronized void total(long items) {
        total = items;
    }

    @Override
    public synchronized void advance(long items) {
        done += items;
        long now = nanoTime.getAsLong();
        if (now - saidNanos >= EVERY.toNanos()) {
            saidNanos = now;
            said = true;
            Pace pace = pace(now);
            out.println(task + ": " + done + (total > 0 ? " of " + total : "") + " " + unit + ", " + pace.rate() + " "
                    + unit + "/s"
                    + pace.left().map(left -> ", " + Pace.clock(left) + " left").orElse(""));
        }
    }

    private Pace pace(long now) {
        return new Pace(done, total, Duration.ofNanos(now - startedNanos));
    }

    @Override
    public synchronized void close() {
        if (said) {
            Pace pace = pace(nanoTime.getAsLong());
            out.println(task + ": " + done + " " + unit + " in " + Pace.clock(pace.elapsed()) + ", " + pace.rate() + " "
                    + unit + "/s");
        }
    }
}
