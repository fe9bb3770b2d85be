package org.archipelago.eventstore.rocksdb;

import java.nio.charset.StandardCharsets;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Incarnation;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Whose log this is, and which history of it. */
record LogIdentity(SiteId site, Incarnation incarnation) {
    private static final byte[] FORMAT_KEY = key("format");
    private static final byte[] SITE_KEY = key("site");
    private static final byte[] INCARNATION_KEY = key("incarnation");
    private static final byte FORMAT = 1;

    /** @throws ArchiveException CORRUPT when it is missing or of a format that this program does not know */
    static LogIdentity read(RocksStore store) throws RocksDBException {
        byte[] format = store.get(Table.META, FORMAT_KEY);
        byte[] site = store.get(Table.META, SITE_KEY);
        byte[] incarnation = store.get(Table.META, INCARNATION_KEY);
        if (format == null
                || format.length != 1
                || format[0] != FORMAT
                || site == null
                || site.length != 16
                || incarnation == null
                || incarnation.length != 16) {
            throw new ArchiveException(ArchiveError.CORRUPT, "identity of the event log");
        }
        return new LogIdentity(new SiteId(Layout.uuid(site)), new Incarnation(Layout.uuid(incarnation)));
    }

    void write(RocksStore store, WriteBatch batch) throws RocksDBException {
        store.put(batch, Table.META, FORMAT_KEY, new byte[] {FORMAT});
        store.put(batch, Table.META, SITE_KEY, Layout.uuid(site.value()));
        store.put(batch, Table.META, INCARNATION_KEY, Layout.uuid(incarnation.value()));
    }

    private static byte[] key(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
