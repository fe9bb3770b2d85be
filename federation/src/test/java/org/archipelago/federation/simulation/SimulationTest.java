package org.archipelago.federation.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SimulationTest {
    /** More: {@code infra/faults/run replication --seeds FROM-TO}. */
    private static final int SEEDS = Integer.getInteger("archipelago.simulation.seeds", 150);

    /** Each in one thread, two at once: nothing of one is another's. */
    @Test
    void seeds_violateNothing() {
        long first = Long.getLong("archipelago.seed", 1L);
        Map<String, Integer> all = new ConcurrentSkipListMap<>();
        LongStream.range(first, first + SEEDS).parallel().forEach(seed -> {
            try {
                SimulationMain.once(seed).forEach((what, times) -> all.merge(what, times, Integer::sum));
            } catch (AssertionError | RuntimeException | IOException e) {
                throw new AssertionError("seed " + seed, e);
            }
        });
        assertThat(all)
                .as("what these seeds have in them")
                .containsKeys("crash", "crash in a write", "cut", "twin", "pull NOT_VERIFIED", "refusals");
    }

    @Test
    void seed_replaysExactly() throws Exception {
        assertThat(SimulationMain.once(7)).isEqualTo(SimulationMain.once(7));
        assertThat(SimulationMain.once(7)).isNotEqualTo(SimulationMain.once(8));
    }
}
