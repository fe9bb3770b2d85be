package org.archipelago.node.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import me.tongfei.progressbar.ProgressState;

/** A bar of at most {@link #WIDTH} columns that is drawn over itself. */
final class BarProgress implements ProgressLine {
    static final int WIDTH = 100;
    private static final int REFRESH_MS = 200;

    private final ProgressBar bar;

    BarProgress(PrintStream terminal, String task, String unit) {
        bar = new ProgressBarBuilder()
                .setTaskName(task)
                .setUnit(" " + unit, 1)
                .setInitialMax(-1)
                .showSpeed()
                .setEtaFunction(BarProgress::left)
                .setUpdateIntervalMillis(REFRESH_MS)
                .setStyle(ProgressBarStyle.ASCII)
                .setConsumer(new ConsoleProgressBarConsumer(terminal, WIDTH))
                .build();
    }

    private static Optional<Duration> left(ProgressState state) {
        return new Pace(
                        state.getCurrent() - state.getStart(),
                        state.getMax() - state.getStart(),
                        state.getElapsedAfterStart())
                .left();
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
