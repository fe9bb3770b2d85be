package org.archipelago.federation.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.junit.jupiter.api.Test;

class LostKeysTest {
    private static KeyId key(int number) {
        return new KeyId(Digest.sha256(new byte[] {(byte) number}));
    }

    private static LostKeys lost(int... numbers) {
        return LostKeys.of(Arrays.stream(numbers).mapToObj(LostKeysTest::key).toList(), List.of());
    }

    @Test
    void keysThatWereLostBefore_areAmongAll_eachOnce() {
        LostKeys all = lost(1, 2, 5).and(lost(2, 3, 4));
        for (int number = 1; number <= 5; number++) {
            assertThat(all.contains(key(number))).isTrue();
        }
        assertThat(all.contains(key(6))).isFalse();
        assertThat(all.toBytes()).isEqualTo(lost(1, 2, 3, 4, 5).toBytes());
    }
}
