package org.archipelago.keystore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
    private static final long SEED = 42;

    @Test
    void everyAddedHash_isFoundAtItsLocationAndAtNoOther() {
        KeyIndex index = new KeyIndex();
        long[] hashes = new SplittableRandom(SEED).longs(200_000).toArray();
        for (int i = 0; i < hashes.length; i++) {
            index.add(hashes[i], KeyIndex.location(i % 4096, 64 + i));
        }
        for (int i = 0; i < hashes.length; i++) {
            long wanted = KeyIndex.location(i % 4096, 64 + i);
            assertThat(index.find(hashes[i], location -> location == wanted)).isEqualTo(wanted);
        }
        assertThat(index.size()).isEqualTo(200_000);
        assertThat(index.find(hashes[0], _ -> false)).isEqualTo(KeyIndex.NOWHERE);
    }

    @Test
    void movedEntry_isFoundAtItsNewPlaceOnly() {
        KeyIndex index = new KeyIndex();
        index.add(99L << 40, KeyIndex.location(1, 64));
        index.move(99L << 40, KeyIndex.location(1, 64), KeyIndex.location(4095, (1L << 26) - 1));
        long found = index.find(99L << 40, _ -> true);
        assertThat(KeyIndex.slot(found)).isEqualTo(4095);
        assertThat(KeyIndex.offsetBytes(found)).isEqualTo((1L << 26) - 1);
    }
}
