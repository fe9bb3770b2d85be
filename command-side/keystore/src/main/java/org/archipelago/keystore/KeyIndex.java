package org.archipelago.keystore;

import java.util.function.LongPredicate;

/**
 * Where the entry of a use, or of a key id, is. Open addressing over one {@code long} per place: 26 bits of hash, 12 bits of
 * file slot, 26 bits of offset. Between half and three quarters full: 11 to 16 bytes per key, two such tables per store.
 * Equal hashes are told apart by looking at the entry. Never forgets. Not thread-safe.
 */
final class KeyIndex {
    static final int OFFSET_BITS = 26;
    static final int SLOT_BITS = 12;
    static final long NOWHERE = 0;
    private static final int HASH_BITS = Long.SIZE - OFFSET_BITS - SLOT_BITS;
    private static final int LOCATION_BITS = OFFSET_BITS + SLOT_BITS;
    private static final long LOCATION_MASK = (1L << LOCATION_BITS) - 1;

    private long[] places = new long[1024];
    private int size;

    /** Never {@link #NOWHERE}, as no entry is at offset 0. */
    static long location(int slot, long offsetBytes) {
        return (long) slot << OFFSET_BITS | offsetBytes;
    }

    static int slot(long location) {
        return (int) (location >>> OFFSET_BITS);
    }

    static long offsetBytes(long location) {
        return location & (1L << OFFSET_BITS) - 1;
    }

    /** The first location of this hash that the test accepts, or {@link #NOWHERE}. */
    long find(long hash, LongPredicate isIt) {
        long top = hash >>> LOCATION_BITS;
        for (int i = home(top); places[i] != 0; i = next(i)) {
            if (places[i] >>> LOCATION_BITS == top && isIt.test(places[i] & LOCATION_MASK)) {
                return places[i] & LOCATION_MASK;
            }
        }
        return NOWHERE;
    }

    void add(long hash, long location) {
        if (4L * (size + 1) > 3L * places.length) {
            grow();
        }
        put(hash >>> LOCATION_BITS << LOCATION_BITS | location);
        size++;
    }

    /** @throws IllegalStateException when it is not there */
    void move(long hash, long from, long to) {
        long top = hash >>> LOCATION_BITS;
        for (int i = home(top); places[i] != 0; i = next(i)) {
            if (places[i] == (top << LOCATION_BITS | from)) {
                places[i] = top << LOCATION_BITS | to;
                return;
            }
        }
        throw new IllegalStateException("no entry at that place");
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] old = places;
        places = new long[Math.toIntExact(old.length * 3L / 2)];
        for (long place : old) {
            if (place != 0) {
                put(place);
            }
        }
    }

    private void put(long place) {
        int i = home(place >>> LOCATION_BITS);
        while (places[i] != 0) {
            i = next(i);
        }
        places[i] = place;
    }

    private int home(long top) {
        return (int) (top * places.length >>> HASH_BITS);
    }

    private int next(int i) {
        return i + 1 == places.length ? 0 : i + 1;
    }
}
