package org.archipelago.keystore;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;

/**
 * A file's entries once more, in another file and under its key.
 *
 * @param slot of the file that was read
 */
record Rewrite(int slot, KeyFile replacement, List<Moved> moved) {
    private static final int GROUP_ENTRIES = 1024;

    /** Offsets in the old file and in the new one. */
    record Moved(KeyRef use, KeyId id, long from, long to) {}

    /**
     * Synced on return.
     *
     * @param doomed of these only a tombstone is written
     * @throws ArchiveException CORRUPT when an entry cannot be opened: nothing may be lost unnoticed
     */
    static List<Moved> copy(KeyFile from, KeyFile to, Predicate<KeyId> doomed, SecureRandom random) throws IOException {
        List<Entry> entries = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        from.rescan(new KeyFile.ScanListener() {
            @Override
            public void entry(Entry entry, long offsetBytes) {
                entries.add(entry);
                offsets.add(offsetBytes);
            }

            @Override
            public void damaged(long offsetBytes) {
                throw new ArchiveException(
                        ArchiveError.CORRUPT,
                        "keystore: file %016x near byte %d".formatted(from.number(), offsetBytes));
            }
        });
        List<Moved> moved = new ArrayList<>(entries.size());
        for (int start = 0; start < entries.size(); start += GROUP_ENTRIES) {
            int end = Math.min(entries.size(), start + GROUP_ENTRIES);
            List<KeyFile.NewEntry> group = new ArrayList<>(end - start);
            for (int i = start; i < end; i++) {
                Entry entry = entries.get(i);
                // Opened even when doomed: a tombstone must not be made from something altered.
                Optional<byte[]> key = from.unseal(entry, offsets.get(i))
                        .filter(k -> !doomed.test(k.id()))
                        .map(k -> k.secret().getEncoded());
                group.add(new KeyFile.NewEntry(entry.use(), entry.id(), key));
            }
            long[] places = to.write(group, random);
            for (int i = start; i < end; i++) {
                moved.add(new Moved(entries.get(i).use(), entries.get(i).id(), offsets.get(i), places[i - start]));
            }
        }
        to.sync();
        return moved;
    }
}
