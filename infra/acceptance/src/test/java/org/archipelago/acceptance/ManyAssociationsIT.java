package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code infra/faults/run associations} does the same with 5,000. */
class ManyAssociationsIT {
    private static final int ASSOCIATIONS = 1000;

    @TempDir
    Path home;

    @Test
    void anAssociationForEachImage_losesNothingAndLeavesNothingBehind() throws Exception {
        try (NodeProcess node = ManyAssociations.configured(
                        home, SharedElasticsearch.get().url())
                .shortLived()
                .start()) {
            ManyAssociations associations = new ManyAssociations(node);
            associations.send(ManyAssociations.WARM, ManyAssociations.SENDERS);
            ProcessState before = associations.quietState();

            associations.send(ASSOCIATIONS / 2, 1);
            associations.send(ASSOCIATIONS / 2, ManyAssociations.SENDERS);

            ProcessState after = associations.quietState();
            assertThat(associations.found()).isEqualTo(ManyAssociations.WARM + ASSOCIATIONS);
            assertThat(after.files() - before.files())
                    .as("open files, of %s", before)
                    .isLessThanOrEqualTo(ManyAssociations.MOST_MORE_FILES);
            assertThat(after.threads() - before.threads())
                    .as("threads, of %s", before)
                    .isLessThanOrEqualTo(ManyAssociations.MOST_MORE_THREADS);
            assertThat(after.heapMib() - before.heapMib())
                    .as("MiB of live heap, of %s", before)
                    .isLessThanOrEqualTo(ManyAssociations.MOST_MORE_HEAP_MIB);
        }
    }
}
