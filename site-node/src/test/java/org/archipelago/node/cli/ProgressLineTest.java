package org.archipelago.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(written, true, StandardCharsets.UTF_8);
    private final AtomicLong nanoTime = new AtomicLong(-5);

    private List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private void pass(Duration time) {
        nanoTime.addAndGet(time.toNanos());
    }

    private PlainProgress plain() {
        return new PlainProgress(out, "import", "files", nanoTime::get);
    }

    @Test
    void longWorkWithoutATerminal_saysALineNowAndThenAndOneAtItsEnd() {
        try (PlainProgress progress = plain()) {
            progress.total(5000);
            for (int second = 1; second <= 40; second++) {
                pass(Duration.ofSeconds(1));
                progress.advance(50);
            }
            pass(Duration.ofSeconds(60));
        }
        assertThat(lines())
                .containsExactly(
                        "import: 750 of 5000 files, 50 files/s, 0:01:25 left",
                        "import: 1500 of 5000 files, 50 files/s, 0:01:10 left",
                        "import: 2000 files in 0:01:40, 20 files/s");
    }

    @Test
    void shortWorkWithoutATerminal_saysNothing() {
        try (PlainProgress progress = plain()) {
            progress.total(3);
            pass(PlainProgress.EVERY.minusMillis(1));
            progress.advance(3);
        }
        assertThat(lines()).isEmpty();
    }

    @Test
    void workOfUnknownLength_hasNoTimeLeft() {
        try (PlainProgress progress = plain()) {
            pass(Duration.ofSeconds(20));
            progress.advance(30);
            assertThat(lines()).containsExactly("import: 30 files, 1.5 files/s");
        }
    }

    @Test
    void timeLeft_followsFromWhatWasDone() {
        assertThat(new Pace(0, 10, Duration.ofSeconds(5)).left()).isEmpty();
        assertThat(new Pace(5, -1, Duration.ofSeconds(5)).left()).isEmpty();
        assertThat(new Pace(5, 10, Duration.ofSeconds(5)).left()).contains(Duration.ofSeconds(5));
        assertThat(new Pace(10, 10, Duration.ofSeconds(5)).left()).contains(Duration.ZERO);
        assertThat(new Pace(11, 10, Duration.ofSeconds(5)).left()).contains(Duration.ZERO);
        assertThat(new Pace(0, 10, Duration.ZERO).rate()).isEqualTo("0.0");
        assertThat(Pace.clock(Duration.ofSeconds(90_061))).isEqualTo("25:01:01");
    }

    @Test
    void bar_staysInItsWidthAndShowsRateTimeLeftAndTheEnd() {
        try (BarProgress bar = new BarProgress(out, "import", "files")) {
            bar.total(123_456_789);
            bar.advance(61_728_394);
            await().untilAsserted(() ->
                    assertThat(shown()).anyMatch(line -> line.matches(".* 49%.*/ 0:0\\d:\\d\\d\\).* files/s.*")));
            bar.advance(61_728_395);
        }
        assertThat(shown()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(BarProgress.WIDTH));
        assertThat(shown().getLast()).contains("100%", "123456789/123456789 files", "/ 0:00:00)");
    }

    /** Each drawing; the bar returns to the line's start before each. */
    private List<String> shown() {
        return written.toString(StandardCharsets.UTF_8)
                .replace("\r", "\n")
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
    }
}
