package org.archipelago.node.dicom.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.dicom.RealFiles;
import org.junit.jupiter.api.Test;

class HeaderCollectorFuzzTest {
    private static final long SEED = Long.getLong("archipelago.seed", 20261122);
    private static final long BUDGET_NANOS = 3_000_000_000L;
    private static final long ONE_FILE_NANOS = 2_000_000_000L;

    @Test
    void mutatedFiles_areReadOrRefused() throws Exception {
        Random random = new Random(SEED);
        List<byte[]> seeds = new ArrayList<>();
        for (String name : RealFiles.names()) {
            byte[] file = RealFiles.bytes(name);
            if (file.length < 200_000 && random.nextInt(4) == 0) {
                seeds.add(file);
            }
        }
        long end = System.nanoTime() + BUDGET_NANOS;
        int runs = 0;
        int refused = 0;
        while (System.nanoTime() < end) {
            byte[] mutated = mutate(seeds.get(random.nextInt(seeds.size())), random);
            long started = System.nanoTime();
            try {
                read(mutated);
            } catch (ArchiveException e) {
                assertThat(e.error())
                        .as("seed %d run %d", SEED, runs)
                        .isIn(ArchiveError.NOT_A_DATASET, ArchiveError.DATASET_LIMIT, ArchiveError.INVALID_UID);
                refused++;
            }
            assertThat(System.nanoTime() - started)
                    .as("seed %d run %d", SEED, runs)
                    .isLessThan(ONE_FILE_NANOS);
            runs++;
        }
        assertThat(refused).as("of " + runs).isBetween(1, runs - 1);
    }

    private static void read(byte[] file) {
        Part10.FileStart start = Part10.read(file);
        try (HeaderCollector collector =
                new HeaderCollector(start.transferSyntax(), Optional.empty(), DataSetLimits.DEFAULT)) {
            int offset = (int) start.datasetOffsetBytes();
            collector.feed(file, offset, file.length - offset);
            collector.finish();
        }
    }

    /** Flips in the front half, where headers are: bytes, lengths of all ones, cuts and repeats. */
    private static byte[] mutate(byte[] seed, Random random) {
        byte[] mutated = seed.clone();
        int changes = 1 + random.nextInt(6);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(Math.max(1, Math.min(mutated.length - 8, 200 + random.nextInt(4000))));
            switch (random.nextInt(5)) {
                case 0 -> mutated[at] = (byte) random.nextInt();
                case 1 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> java.util.Arrays.fill(mutated, at, Math.min(mutated.length, at + 4), (byte) 0xFF);
                case 3 -> System.arraycopy(seed, random.nextInt(seed.length - 8), mutated, at, 8);
                default -> mutated = java.util.Arrays.copyOf(mutated, Math.max(16, at));
            }
            if (mutated.length < 200) {
                break;
            }
        }
        return mutated;
    }
}
