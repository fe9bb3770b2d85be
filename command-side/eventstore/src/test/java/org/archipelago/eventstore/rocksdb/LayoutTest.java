package org.archipelago.eventstore.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.record.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    void anyFlippedBitOfARecordWithoutItsBody_isRefused() {
        LogRecord withheld = LogRecord.withheld(record.headerBytes());
        byte[] value = Layout.recordValue(7, 3, withheld);
        assertThat(Layout.record(7, value).record()).isEqualTo(withheld);
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

    @ParameterizedTest
    @ValueSource(strings = {"00ff", "0123456789abcdef", "0", "", "ABCD", "00fF", "00:f", "00fg", "some name"})
    void claimName_comesBackFromItsKey(String name) {
        assertThat(Layout.claimName(Layout.claimKey(name))).isEqualTo(name);
    }

    @Test
    void claimNameInHexadecimal_takesHalfItsLength() {
        assertThat(Layout.claimKey("0123456789abcdef")).hasSize(1 + 8);
        assertThat(Layout.claimKey("0123456789ABCDEF")).hasSize(1 + 16);
    }

    private static void assertRefused(long local, byte[] value) {
        assertThat(catchThrowable(() -> Layout.record(local, value)))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
    }
}
