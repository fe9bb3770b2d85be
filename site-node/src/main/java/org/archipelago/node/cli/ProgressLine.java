package org.archipelago.node.cli;

import java.io.PrintStream;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar with rate and time left on standard error; silent where that is no terminal. */
final class ProgressLine implements Progress, AutoCloseable {
    private static final int REFRESH_MS = 200;
    private static final int WIDTH = 100;
    private final ProgressBar bar;

    private ProgressLine(ProgressBar bar) {
        this.bar = bar;
    }

    static ProgressLine start(String task, String unit) {
        PrintStream target =
                System.console() == null ? new PrintStream(PrintStream.nullOutputStream(), true) : System.err;
        return new ProgressLine(new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(" " + unit, 1)
                .setInitialMax(-1)
                .showSpeed()
                .setEtaFunction(ProgressLine::left)
                .setUpdateIntervalMillis(REFRESH_MS)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(target, WIDTH))
                .build());
    }

    private static java.util.Optional<Duration> left(me.tongfei.progressbar.ProgressState state) {
        if (state.getMax() <= 0 || state.getCurrent() <= state.getStart()) {
            return java.util.Optional.empty();
        }
        double done = state.getCurrent() - state.getStart();
        double seconds =
                state.getElapsedAfterStart().toMillis() / 1000.0 * (state.getMax() - state.getCurrent()) / done;
        return java.util.Optional.of(Duration.ofSeconds(Math.round(seconds)));
    }

    @Override
    public void total(long total) {
        bar.maxHint(total);
    }

    @Override
    public void advance(long items) {
        bar.stepBy(items);
    }

    @Override
    public void close() {
        bar.close();
    }
}
