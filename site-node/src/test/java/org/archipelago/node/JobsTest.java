package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.cli.Progress;
import org.junit.jupiter.api.Test;

class JobsTest {
    private final Jobs jobs = new Jobs(Clock.systemUTC());

    private Jobs.Report ended(String id) {
        return await().until(
                        () -> jobs.find(id).orElseThrow(),
                        report -> !report.state().equals("running"));
    }

    @Test
    void endedJob_tellsItsResultAndHowFarItCame() {
        Jobs.Report started = jobs.start("count", progress -> {
            progress.total(3);
            progress.advance(1);
            progress.advance(2);
            return "three";
        });
        Jobs.Report report = ended(started.id());
        assertThat(report.state()).isEqualTo("done");
        assertThat(report.result()).isEqualTo("three");
        assertThat(report.total()).isEqualTo(3);
        assertThat(report.done()).isEqualTo(3);
    }

    @Test
    void failingJob_saysWhy() {
        Jobs.Report started = jobs.start("fail", _ -> {
            throw new ArchiveException(org.archipelago.contract.ArchiveError.SEARCH_UNAVAILABLE, "index");
        });
        Jobs.Report report = ended(started.id());
        assertThat(report.state()).isEqualTo("failed");
        assertThat(report.failure()).containsOnlyOnce("Search is not available");
    }

    @Test
    void secondStartOfAKind_joinsTheFirst() {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicBoolean second = new AtomicBoolean();
        Jobs.Report first = jobs.start("verify", _ -> {
            gate.await();
            return "first";
        });
        Jobs.Report joined = jobs.start("verify", _ -> {
            second.set(true);
            return "second";
        });
        assertThat(joined.id()).isEqualTo(first.id());
        gate.countDown();
        assertThat(ended(first.id()).result()).isEqualTo("first");
        assertThat(second).isFalse();
        assertThat(jobs.start("verify", _ -> "again").id()).isNotEqualTo(first.id());
    }

    @Test
    void cancelledJob_endsAtItsNextStep() {
        Jobs.Report started = jobs.start("endless", JobsTest::endless);
        assertThat(jobs.cancel(started.id())).isTrue();
        assertThat(ended(started.id()).state()).isEqualTo("cancelled");
        assertThat(jobs.cancel("another")).isFalse();
    }

    @Test
    void closing_waitsUntilNothingRuns() {
        AtomicBoolean running = new AtomicBoolean(true);
        jobs.start("endless", progress -> {
            try {
                return endless(progress);
            } finally {
                running.set(false);
            }
        });
        jobs.close();
        assertThat(running).isFalse();
        assertThatThrownBy(() -> jobs.start("late", _ -> "")).isInstanceOf(ArchiveException.class);
    }

    private static Object endless(Progress progress) {
        while (true) {
            progress.advance(1);
            Thread.onSpinWait();
        }
    }
}
