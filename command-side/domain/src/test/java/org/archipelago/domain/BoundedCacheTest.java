package org.archipelago.domain;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.axonframework.common.caching.Cache;
import org.junit.jupiter.api.Test;

class BoundedCacheTest {
    private final BoundedCache cache = new BoundedCache(2);

    @Test
    void fullCache_forgetsWhatWasUsedLongestAgo() {
        List<Object> expired = new ArrayList<>();
        cache.registerCacheEntryListener(new Cache.EntryListenerAdapter() {
            @Override
            public void onEntryExpired(Object key) {
                expired.add(key);
            }
        });
        cache.put("a", 1);
        cache.put("b", 2);
        assertThat(cache.<String, Integer>get("a")).isEqualTo(1);
        cache.put("c", 3);
        assertThat(cache.containsKey("b")).isFalse();
        assertThat(cache.containsKey("a")).isTrue();
        assertThat(expired).containsExactly("b");
    }

    @Test
    void heavyEntry_takesThePlaceOfMany() {
        List<Object> gone = new ArrayList<>();
        BoundedCache weighed = new BoundedCache(10, 5, (_, weight) -> (Integer) weight);
        weighed.onGone(gone::add);
        weighed.put("a", 2);
        weighed.put("b", 2);
        weighed.put("a", 3);
        assertThat(gone).isEmpty();
        weighed.put("c", 1);
        assertThat(gone).containsExactly("b");
        weighed.remove("c");
        weighed.put("d", 7);
        assertThat(gone).containsExactly("b", "c", "a");
        assertThat(weighed.containsKey("d")).as("what was put last").isTrue();
        weighed.put("e", 1);
        assertThat(gone).endsWith("d");
    }

    @Test
    void removedEntry_isGone() {
        cache.put("a", 1);
        assertThat(cache.remove("a")).isTrue();
        assertThat(cache.remove("a")).isFalse();
        assertThat(cache.<String, Integer>get("a")).isNull();
    }

    @Test
    void putIfAbsent_keepsTheFirst() {
        assertThat(cache.putIfAbsent("a", 1)).isTrue();
        assertThat(cache.putIfAbsent("a", 2)).isFalse();
        assertThat(cache.<String, Integer>get("a")).isEqualTo(1);
    }

    @Test
    void computed_isKept() {
        assertThat(cache.<Integer>computeIfAbsent("a", () -> 1)).isEqualTo(1);
        cache.<Integer>computeIfPresent("a", old -> old + 1);
        assertThat(cache.<String, Integer>get("a")).isEqualTo(2);
    }
}
