package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.archipelago.acceptance.KillSenders.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Some kills in every test run; {@code infra/faults/run kill} makes as many as one asks for. */
class KillIT {
    private static final int KILLS = 20;
    private static final int MAX_SENDERS = 8;
    /** Of so many kills, one start without and one with an AOT cache are measured; the others only have to be quick. */
    private static final int KILLS_A_MEASUREMENT = 4;

    private static final Duration FIRST_SUCCESS_GOAL = Duration.ofSeconds(5);

    /** Of the median; a machine that runs other tests meanwhile misses the goal: 15 s were seen, and 4 s on one that does not. */
    private static final Duration FIRST_SUCCESS_BOUND = Duration.ofSeconds(20);

    @TempDir
    Path home;

    @Test
    void killedAtRandomMoments_losesNothingAcknowledged() throws Exception {
        long seed = Long.getLong("archipelago.seed", System.nanoTime());
        System.out.println("kill seed " + seed + " (-Darchipelago.seed repeats it)");
        List<Duration> without = new ArrayList<>();
        List<Duration> with = new ArrayList<>();
        Path aotCache = home.resolve("node.aot");
        CompletableFuture<Void> rehearsal = CompletableFuture.runAsync(() -> NodeProcess.rehearse(aotCache));
        try (NodeProcess node =
                NodeProcess.configured(home, SharedElasticsearch.get().url())) {
            rehearsal.get(3, TimeUnit.MINUTES);
            node.start();
            KillRounds rounds = new KillRounds(node, MAX_SENDERS);
            for (int round = 0; round < KILLS; round++) {
                switch (round % KILLS_A_MEASUREMENT) {
                    case 0 -> {
                        node.useAotCache(null);
                        without.add(rounds.run(seed + round).toFirstSuccess());
                    }
                    case 1 -> {
                        node.useAotCache(aotCache);
                        with.add(rounds.run(seed + round).toFirstSuccess());
                    }
                    default -> {
                        node.shortLived();
                        rounds.run(seed + round);
                    }
                }
            }
            assertThat(rounds.acknowledgedOfKind()).as("objects acknowledged").containsOnlyKeys(Kind.values());
            assertThat(rounds.objects()).as("objects acknowledged").isGreaterThan(KILLS * 3);
            rounds.requireAll();
            System.out.println(KILLS + " kills, " + rounds.objects() + " objects found, acknowledged before a kill: "
                    + rounds.acknowledgedOfKind());
        }
        assertQuick("without", without);
        assertQuick("with", with);
    }

    private static void assertQuick(String aotCache, List<Duration> starts) {
        List<Duration> sorted = starts.stream().sorted().toList();
        Duration median = sorted.get(sorted.size() / 2);
        System.out.printf(
                "RESULT kill_to_first_store_%s_aot_ms=%d ms goal=%d met=%s (worst of %d: %d ms)%n",
                aotCache,
                median.toMillis(),
                FIRST_SUCCESS_GOAL.toMillis(),
                median.compareTo(FIRST_SUCCESS_GOAL) <= 0 ? "yes" : "no",
                sorted.size(),
                sorted.getLast().toMillis());
        assertThat(median)
                .as("exec to first C-STORE success, " + aotCache + " AOT cache")
                .isLessThan(FIRST_SUCCESS_BOUND);
    }
}
