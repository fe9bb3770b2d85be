package org.archipelago.node.dicom.dataset;

import static org.archipelago.contract.dicom.TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.dicom.Allocated;
import org.junit.jupiter.api.Test;

class HeaderMemoryTest {
    private static final int MIB = 1 << 20;
    private static final DataSetLimits ONE_MIB =
            new DataSetLimits(MIB, 1_000_000, 64, 1024, 64 << 10, 1 << 20, 8L << 30, 250);

    private static Bytes start() {
        return Bytes.little().explicit(Tags.SOP_INSTANCE_UID, "UI", "1.2\0");
    }

    private static void collect(Bytes dataset, DataSetLimits limits) {
        byte[] bytes = dataset.done();
        try (HeaderCollector collector = new HeaderCollector(EXPLICIT_VR_LITTLE_ENDIAN, Optional.empty(), limits)) {
            collector.feed(bytes, 0, bytes.length);
            collector.finish();
        }
    }

    private static void refused(ArchiveError error, Runnable work) {
        assertThatThrownBy(work::run)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @Test
    void valuesWithoutText_takeMemory() {
        refused(
                ArchiveError.DATASET_LIMIT,
                () -> collect(start().explicit(0x00091010, "LO", "\\".repeat(40_000)), ONE_MIB));
    }

    @Test
    void shortNumbers_takeMoreThanTheirBytes() {
        refused(
                ArchiveError.DATASET_LIMIT,
                () -> collect(start().explicit(0x00091010, "US", "12".repeat(20_000)), ONE_MIB));
    }

    @Test
    void longText_isCheap() {
        assertThatCode(() -> collect(start().explicit(0x00091010, "LT", "a".repeat(60_000)), ONE_MIB))
                .doesNotThrowAnyException();
    }

    @Test
    void estimate_isNoLessThanWhatIsMade() throws Exception {
        Bytes names = start();
        for (int i = 0; i < 20; i++) {
            names.explicit(0x00091010 + i, "PN", "a=b=c\\".repeat(10_000));
        }
        DataSetLimits limits = new DataSetLimits(44 * MIB, 1_000_000, 64, 1024, 64 << 10, 1 << 20, 8L << 30, 250);
        collect(names, limits); // loads classes
        byte[] bytes = names.done();
        try (HeaderCollector collector = new HeaderCollector(EXPLICIT_VR_LITTLE_ENDIAN, Optional.empty(), limits)) {
            collector.feed(bytes, 0, bytes.length);
            Object[] kept = new Object[1];
            long before = used();
            kept[0] = collector.finish();
            assertThat(used() - before).isLessThan(44 * MIB);
            assertThat(kept[0]).isNotNull();
        }
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    void hugeHeaders_shareWhatThereIs_andOrdinaryOnesDoNotAsk() {
        HeaderMemory memory = new HeaderMemory(4 * MIB);
        try (HeaderMemory.Share first = memory.share();
                HeaderMemory.Share second = memory.share()) {
            first.reach(3 * MIB);
            second.reach(200_000);
            refused(ArchiveError.OVERLOADED, () -> second.reach(3 * MIB));
            first.close();
            second.reach(3 * MIB);
        }
    }

    @Test
    void lengthBeyondACommandsDataSet_isNotBelieved() throws Exception {
        byte[] lie = start().explicitLong(0x00091010, "OB", 60_000_000)
                .put(new byte[8])
                .done();
        long allocated = Allocated.bytes(
                () -> refused(ArchiveError.NOT_A_DATASET, () -> DataSetCodec.decode(lie, EXPLICIT_VR_LITTLE_ENDIAN)));
        assertThat(allocated).isLessThan(8 * MIB);
    }
}
