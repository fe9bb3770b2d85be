package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlaceTableTest {
    private static List<Long> places(PlaceTable table, long hash) {
        List<Long> found = new ArrayList<>();
        table.each(hash, found::add);
        return found;
    }

    @Test
    void firstPlaceOfAHash_stays() {
        Random random = new Random(4);
        PlaceTable table = new PlaceTable();
        Map<Long, Long> expected = new HashMap<>();
        for (long place = 0; place < 20_000; place++) {
            long hash = random.nextInt(8_000) * 0x1_0000_0001L;
            table.putIfAbsent(hash, place);
            expected.putIfAbsent(hash, place);
        }
        expected.forEach((hash, place) -> assertThat(places(table, hash)).containsExactly(place));
        assertThat(table.size()).isEqualTo(expected.size());
        assertThat(places(table, -1)).isEmpty();
    }

    @Test
    void placeThatIsPut_takesThePlaceOfTheOneBefore() {
        PlaceTable table = new PlaceTable();
        table.put(7, 1);
        table.put(7, 2);
        assertThat(places(table, 7)).containsExactly(2L);
        assertThat(table.size()).isEqualTo(1);
    }
}
