package org.archipelago.node.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class FuzzTest {
    private static final long SEED = Long.getLong("archipelago.seed", 1);
    private static final long NANOS = 24_000_000_000L;

    @Test
    void mutatedInput_isReadOrRefused() {
        Fuzzing.Report report = new Fuzzing(Targets.all(), Path.of("target/fuzz")).run(SEED, NANOS);
        assertThat(report.crashes())
                .as("from seed %d, saved in target/fuzz", SEED)
                .isEmpty();
        assertThat(report.hangs())
                .as("from seed %d, saved in target/fuzz", SEED)
                .isEmpty();
        assertThat(report.read())
                .as("inputs that were read, of %d", report.inputs())
                .isBetween(1L, report.inputs() - 1);
    }

    @Test
    void whatAParserDoesNotDeclare_isFoundAndSaved(@org.junit.jupiter.api.io.TempDir Path saved) {
        FuzzTarget broken = new FuzzTarget() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public java.util.List<byte[]> corpus() {
                return java.util.List.of(new byte[] {1, 2, 3});
            }

            @Override
            public boolean take(byte[] input) {
                return input[2] == 3;
            }
        };
        Fuzzing.Report report = new Fuzzing(java.util.List.of(broken), saved).run(1, 200_000_000);
        assertThat(report.crashes()).isNotEmpty();
        String name = report.crashes().getFirst().split(":")[0];
        assertThat(saved.resolve(name + ".bin")).exists();
        long seed = Long.parseLong(name.substring("broken-".length()));
        assertThat(new Fuzzing(java.util.List.of(broken), saved)
                        .again("broken", seed)
                        .crashes())
                .hasSize(1);
    }
}
