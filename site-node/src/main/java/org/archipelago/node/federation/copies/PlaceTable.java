package org.archipelago.node.federation.copies;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.function.LongConsumer;
import org.archipelago.contract.Digest;

/** Places of records by a hash of what they are looked for by, one of each hash. 32 bytes an entry at most, after growing. */
final class PlaceTable {
    private static final int FIRST_SLOTS = 1024;
    private static final byte[] SALT = salt();

    private long[] hashes = new long[FIRST_SLOTS];
    /** Each plus one; 0 is free. */
    private long[] places = new long[FIRST_SLOTS];

    private int size;

    private static byte[] salt() {
        byte[] salt = new byte[Digest.LENGTH_BYTES];
        new SecureRandom().nextBytes(salt);
        return salt;
    }

    /** What a record is looked for by, as this table knows it. Of this process alone: who chooses subjects cannot choose hashes. */
    static long hash(String subject) {
        byte[] text = subject.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer salted = ByteBuffer.allocate(SALT.length + text.length);
        salted.put(SALT).put(text);
        return ByteBuffer.wrap(Digest.sha256(salted.array()).toBytes()).getLong();
    }

    /** The place of this hash, unless it has one. */
    void putIfAbsent(long hash, long place) {
        if (slotOf(hash) < 0) {
            add(hash, place);
        }
    }

    private void add(long hash, long place) {
        if (2L * (size + 1) > places.length) {
            grow();
        }
        insert(hash, place);
        size++;
    }

    /** The one place of this hash from now on. */
    void put(long hash, long place) {
        int slot = slotOf(hash);
        if (slot < 0) {
            add(hash, place);
        } else {
            places[slot] = place + 1;
        }
    }

    /** Negative for a hash that has no place. */
    private int slotOf(long hash) {
        for (int slot = slot(hash); places[slot] != 0; slot = (slot + 1) & (places.length - 1)) {
            if (hashes[slot] == hash) {
                return slot;
            }
        }
        return -1;
    }

    int size() {
        return size;
    }

    private void insert(long hash, long place) {
        int slot = slot(hash);
        while (places[slot] != 0) {
            slot = (slot + 1) & (places.length - 1);
        }
        hashes[slot] = hash;
        places[slot] = place + 1;
    }

    private int slot(long hash) {
        return (int) (hash ^ (hash >>> 32)) & (places.length - 1);
    }

    private void grow() {
        long[] oldHashes = hashes;
        long[] oldPlaces = places;
        hashes = new long[Math.multiplyExact(oldPlaces.length, 2)];
        places = new long[hashes.length];
        for (int i = 0; i < oldPlaces.length; i++) {
            if (oldPlaces[i] != 0) {
                insert(oldHashes[i], oldPlaces[i] - 1);
            }
        }
    }

    void each(LongConsumer place) {
        for (long next : places) {
            if (next != 0) {
                place.accept(next - 1);
            }
        }
    }

    void each(long hash, LongConsumer place) {
        int slot = slotOf(hash);
        if (slot >= 0) {
            place.accept(places[slot] - 1);
        }
    }
}
