package org.archipelago.eventstore.rocksdb;

import java.util.Arrays;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.eventstore.DamagedRecord;
import org.archipelago.eventstore.record.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** What the tables still tell of a record whose bytes cannot be trusted. Reads whole indexes: damage is rare. */
final class DamageReport {
    private DamageReport() {}

    static DamagedRecord of(RocksStore store, LocalPosition position) {
        byte[] place = Layout.position(position.value());
        byte[] remains = remains(store, place);
        Optional<RecordHeader> header = Layout.header(remains);
        Optional<SiteId> own = own(store);
        Optional<byte[]> stream = header.map(h -> Layout.revisionKey(
                        Layout.streamKey(h.stream()), h.revision().value()))
                .filter(key -> leadsTo(store, Table.STREAMS, key, place))
                .or(() -> keyOf(store, Table.STREAMS, place));
        Optional<byte[]> origin = keyOf(store, Table.ORIGINS, place);
        Optional<byte[]> id = header.flatMap(h -> own.map(site -> Layout.idKey(h, site)))
                .filter(key -> leadsTo(store, Table.IDS, key, place))
                .or(() -> keyOf(store, Table.IDS, place));
        return new DamagedRecord(
                position,
                remains,
                stream.map(key -> new DamagedRecord.InStream(
                        Arrays.copyOf(key, Layout.STREAM_KEY_BYTES), new Revision(number(key)))),
                origin.map(key ->
                        new DamagedRecord.AtOrigin(new SiteId(Layout.uuid(key)), new OriginPosition(number(key)))),
                id.map(Layout::idOf),
                stream.flatMap(key -> stream(store, Arrays.copyOf(key, Layout.STREAM_KEY_BYTES), header)));
    }

    private static Optional<SiteId> own(RocksStore store) {
        try {
            return Optional.of(LogIdentity.read(store).site());
        } catch (RocksDBException | ArchiveException _) {
            return Optional.empty();
        }
    }

    private static Optional<StreamId> stream(RocksStore store, byte[] streamKey, Optional<RecordHeader> header) {
        Optional<StreamId> own =
                header.map(RecordHeader::stream).filter(stream -> Arrays.equals(Layout.streamKey(stream), streamKey));
        return own.isPresent() ? own : streamOfAnother(store, streamKey);
    }

    /** By any record of the stream that is sound. */
    private static Optional<StreamId> streamOfAnother(RocksStore store, byte[] streamKey) {
        try (RocksIterator iterator = store.iterate(Table.STREAMS)) {
            for (iterator.seek(streamKey);
                    iterator.isValid() && Arrays.equals(Arrays.copyOf(iterator.key(), streamKey.length), streamKey);
                    iterator.next()) {
                Optional<StreamId> stream = Layout.header(remains(store, iterator.value()))
                        .map(RecordHeader::stream)
                        .filter(found -> Arrays.equals(Layout.streamKey(found), streamKey));
                if (stream.isPresent()) {
                    return stream;
                }
            }
            return Optional.empty();
        }
    }

    private static boolean leadsTo(RocksStore store, Table index, byte[] key, byte[] place) {
        try {
            return Arrays.equals(store.get(index, key), place);
        } catch (RocksDBException _) {
            return false; // the block that holds it does not match its checksum
        }
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
