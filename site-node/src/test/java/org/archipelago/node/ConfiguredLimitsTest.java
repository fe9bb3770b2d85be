package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.archipelago.blobstore.BlobStoreOptions;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.junit.jupiter.api.Test;

class ConfiguredLimitsTest {
    private static DataSetLimits limits(String ingest) {
        return ArchiveNode.limits(configuration("ingest: { " + ingest + " }"));
    }

    private static Configuration configuration(String yaml) {
        return ConfigurationFile.parse("data: d\n" + yaml + "\n", Path.of("/etc"), "test");
    }

    @Test
    void defaults_areThoseOfTheDataSet() {
        assertThat(limits(""))
                .isEqualTo(DataSetLimits.DEFAULT.withinHeap(Runtime.getRuntime().maxMemory()));
    }

    @Test
    void header_takesNoMoreThanASixteenthOfTheHeap() {
        assertThat(DataSetLimits.DEFAULT.withinHeap(256 << 20).maxHeaderBytes()).isEqualTo(16 << 20);
        assertThat(DataSetLimits.DEFAULT.withinHeap(64L << 30)).isEqualTo(DataSetLimits.DEFAULT);
    }

    @Test
    void everyLimit_reachesTheDataSet() {
        assertThat(limits("maxHeaderBytes: 1, maxElements: 2, maxNesting: 3, maxFragments: 4, maxInflatedBytes: 5,"
                        + " maxInflateRatio: 6"))
                .isEqualTo(new DataSetLimits(
                        1,
                        2,
                        3,
                        DataSetLimits.DEFAULT.maxInlineBinaryBytes(),
                        DataSetLimits.DEFAULT.maxTextBytes(),
                        4,
                        5,
                        6));
    }

    @Test
    void everyBoundOfBlobs_reachesTheStore() {
        BlobStoreOptions options = Archive.options(
                configuration("blobs: { smallObjectBytes: 1, segmentBytes: 2, bufferBytes: 9000000, bufferWaitMs: 4,"
                        + " lowWaterMarkBytes: 5, compactBelowPercent: 60, compactBytesPerSecond: 7,"
                        + " compactionCheckSeconds: 8 }"),
                true);
        BlobStoreOptions d = BlobStoreOptions.DEFAULT;
        assertThat(options)
                .isEqualTo(new BlobStoreOptions(
                        1,
                        2,
                        9_000_000,
                        Duration.ofMillis(4),
                        5,
                        d.setAsideBytes(),
                        0.6,
                        7,
                        Duration.ofSeconds(8),
                        d.orphanAge(),
                        d.probeInterval(),
                        d.directIo()));
    }
}
