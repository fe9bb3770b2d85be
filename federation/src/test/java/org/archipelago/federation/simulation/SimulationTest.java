package org.archipelago.federation.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SimulationTest {
    /** More: {@code infra/faults/run replication --seeds FROM-TO}. */
    private static final int SEEDS = Integer.getInteger("archipelago.simulation.seeds", 150);

    @Test
    void seeds_violateNothing() throws Exception {
        long first = Long.getLong("archipelago.seed", 1L);
        Map<String, Integer> all = new TreeMap<>();
        for (long seed = first; seed < first + SEEDS; seed++) {
            try {
                SimulationMain.once(seed).forEach((what, times) -> all.merge(what, times, Integer::sum));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
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
