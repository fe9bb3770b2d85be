package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.record.LogRecord;
import org.junit.jupiter.api.Test;

class LayoutTest {
    private final LogRecord record = new Records().record("a", 0, "x");

    @Test
    void anyFlippedBitOfAStoredRecord_isRefused() {
        byte[] value = Layout.recordValue(7, 3, record);
        assertThat(Layout.record(7, value).record()).isEqualTo(record);
        for (int bit = 0; bit < 8 * value.length; bit++) {
            byte[] flipped = value.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefused(7, flipped);
        }
    }

    @Test
    void recordThatIsCutShort_isRefused() {
        byte[] value = Layout.recordValue(7, 3, record);
        for (int length = 0; length < value.length; length++) {
            assertRefused(7, Arrays.copyOf(value, length));
        }
    }

    @Test
    void recordInAnothersPlace_isRefused() {
        assertRefused(8, Layout.recordValue(7, 3, record));
    }

    private static void assertRefused(long local, byte[] value) {
        assertThat(catchThrowable(() -> Layout.record(local, value)))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
    }
}
