package org.archipelago.eventstore.rocksdb;

import java.util.Arrays;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.eventstore.DamagedRecord;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** What the tables still tell of a record whose bytes cannot be trusted. Reads whole indexes: damage is rare. */
final class DamageReport {
    private DamageReport() {}

    static DamagedRecord of(RocksStore store, LocalPosition position) {
        byte[] place = Layout.position(position.value());
        Optional<byte[]> stream = keyOf(store, Table.STREAMS, place);
        Optional<byte[]> origin = keyOf(store, Table.ORIGINS, place);
        Optional<byte[]> id = keyOf(store, Table.IDS, place);
        return new DamagedRecord(
                position,
                remains(store, place),
                stream.map(key -> new DamagedRecord.InStream(
                        Arrays.copyOf(key, Layout.STREAM_KEY_BYTES), new Revision(number(key)))),
                origin.map(key ->
                        new DamagedRecord.AtOrigin(new SiteId(Layout.uuid(key)), new OriginPosition(number(key)))),
                id.map(key -> new RecordId(Layout.uuid(key))));
    }

    private static long number(byte[] key) {
        return Layout.position(Arrays.copyOfRange(key, 16, 24));
    }

    private static byte[] remains(RocksStore store, byte[] place) {
        try {
            byte @Nullable [] value = store.get(Table.RECORDS, place);
            return value == null ? new byte[0] : value;
        } catch (RocksDBException _) {
            return new byte[0]; // the block that holds it does not match its checksum
        }
    }

    private static Optional<byte[]> keyOf(RocksStore store, Table index, byte[] place) {
        try (RocksIterator iterator = store.iterate(index)) {
            for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
                if (Arrays.equals(iterator.value(), place)) {
                    return Optional.of(iterator.key());
                }
            }
            return Optional.empty();
        }
    }
}
