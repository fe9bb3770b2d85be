package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PlaceTableTest {
    @Test
    void places_areFoundByTheirHashAlsoWhereSeveralHaveOne() {
        Random random = new Random(4);
        PlaceTable table = new PlaceTable();
        Map<Long, List<Long>> expected = new HashMap<>();
        for (long place = 0; place < 20_000; place++) {
            long hash = random.nextInt(8_000) * 0x1_0000_0001L;
            table.add(hash, place);
            expected.computeIfAbsent(hash, _ -> new ArrayList<>()).add(place);
        }
        expected.forEach((hash, places) -> {
            List<Long> found = new ArrayList<>();
            table.each(hash, found::add);
            assertThat(found).containsExactlyInAnyOrderElementsOf(places);
        });
        table.each(-1, _ -> assertThat(true).as("nothing has this hash").isFalse());
    }
}
