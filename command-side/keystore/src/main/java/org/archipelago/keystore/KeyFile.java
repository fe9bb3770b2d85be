package org.archipelago.keystore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;
import org.jspecify.annotations.Nullable;

/**
 * One append-only file of entries ({@code .keys}) and, beside it, the key-encryption key that they are sealed under
 * ({@code .kek}), itself sealed under the master key. Destroying the second destroys the first. Entries come in groups,
 * each behind a header {@code magic u32 | entries u32 | length u32 | CRC-32C u32}; one group is one sync, so all groups
 * but the last are known to have been acknowledged.
 */
final class KeyFile implements AutoCloseable {
    /** Offsets fit the index. */
    static final long MAX_LENGTH_BYTES = 1L << KeyIndex.OFFSET_BITS;

    static final int HEADER_BYTES = 24;
    static final int GROUP_HEADER_BYTES = 16;
    private static final long FILE_MAGIC = 0x4152_4B45_5953_0001L;
    private static final long KEK_MAGIC = 0x4152_4B45_4B00_0001L;
    private static final int GROUP_MAGIC = 0x4752_5031;

    private final long number;
    private final Disk.DiskFile file;
    private final SealingKey kek;
    private volatile long endBytes = HEADER_BYTES;
    private volatile int entries;
    private long syncedBytes = HEADER_BYTES;
    private int syncedEntries;
    private long lastGroupAt = HEADER_BYTES;

    private KeyFile(long number, Disk.DiskFile file, SealingKey kek) {
        this.number = number;
        this.file = file;
        this.kek = kek;
    }

    static Path keysPath(Path directory, long number) {
        return directory.resolve("%016x.keys".formatted(number));
    }

    static Path kekPath(Path directory, long number) {
        return directory.resolve("%016x.kek".formatted(number));
    }

    /** Both files are synced on return; the directory is not. */
    static KeyFile create(Disk disk, Path directory, long number, SealingKey master, SecureRandom random)
            throws IOException {
        byte[] kek = new byte[SealingKey.LENGTH_BYTES];
        random.nextBytes(kek);
        ByteBuffer clear =
                ByteBuffer.allocate(2 * Long.BYTES).putLong(KEK_MAGIC).putLong(number);
        byte[] sealed = master.seal(kek, clear.flip(), random);
        try (Disk.DiskFile kekFile = disk.create(kekPath(directory, number))) {
            ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + sealed.length);
            bytes.put(clear.rewind()).put(sealed);
            kekFile.write(bytes.flip(), 0);
            kekFile.sync();
        }
        Disk.DiskFile keys = disk.create(keysPath(directory, number));
        try {
            ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES)
                    .putLong(FILE_MAGIC)
                    .putLong(number)
                    .putInt(0);
            header.putInt(Entry.crc(header.slice(0, header.position())));
            keys.write(header.flip(), 0);
            keys.sync();
        } catch (IOException e) {
            keys.close();
            throw e;
        }
        return new KeyFile(number, keys, new SealingKey(kek));
    }

    /** @throws ArchiveException CORRUPT when its key or its header was altered, or the master key is another */
    static KeyFile open(Disk disk, Path directory, long number, SealingKey master) throws IOException {
        Path kekPath = kekPath(directory, number);
        Path keysPath = keysPath(directory, number);
        if (!disk.exists(kekPath) || !disk.exists(keysPath)) {
            throw new ArchiveException(ArchiveError.CORRUPT, "keystore: " + keysPath + " or its .kek is missing");
        }
        SealingKey kek;
        try (Disk.DiskFile kekFile = disk.open(kekPath)) {
            int sealedLength = SealingKey.NONCE_BYTES + SealingKey.LENGTH_BYTES + SealingKey.TAG_BYTES;
            ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + sealedLength);
            int read = kekFile.read(bytes, 0);
            bytes.flip();
            if (read != bytes.capacity() || bytes.getLong(0) != KEK_MAGIC || bytes.getLong(8) != number) {
                throw new ArchiveException(ArchiveError.CORRUPT, "keystore: " + kekPath);
            }
            byte[] sealed = new byte[sealedLength];
            bytes.get(2 * Long.BYTES, sealed);
            kek = new SealingKey(master.unseal(sealed, bytes.slice(0, 2 * Long.BYTES)));
        } catch (GeneralSecurityException e) {
            throw new ArchiveException(
                    ArchiveError.CORRUPT, "keystore: " + kekPath + " was altered or has another master key", e);
        }
        Disk.DiskFile keys = disk.open(keysPath);
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        if (keys.read(header, 0) != HEADER_BYTES
                || header.getLong(0) != FILE_MAGIC
                || header.getLong(8) != number
                || header.getInt(HEADER_BYTES - 4) != Entry.crc(header.slice(0, HEADER_BYTES - 4))) {
            keys.close();
            throw new ArchiveException(ArchiveError.CORRUPT, "keystore: header of " + keysPath);
        }
        return new KeyFile(number, keys, kek);
    }

    long number() {
        return number;
    }

    int entries() {
        return entries;
    }

    long endBytes() {
        return endBytes;
    }

    /** A key to write, or with no bytes the memory of one. */
    record NewEntry(KeyRef use, KeyId id, Optional<byte[]> key) {}

    /**
     * Writes one group and does not sync. After a failure, of this or of the sync, {@link #takeBack} must come at once and
     * {@link #dropTail} before the next.
     *
     * @return where each entry is
     */
    long[] write(List<NewEntry> added, SecureRandom random) throws IOException {
        long[] offsets = new long[added.size()];
        ByteBuffer group = ByteBuffer.allocate(GROUP_HEADER_BYTES + added.size() * Entry.MAX_LENGTH_BYTES);
        group.position(GROUP_HEADER_BYTES);
        for (int i = 0; i < offsets.length; i++) {
            NewEntry entry = added.get(i);
            offsets[i] = endBytes + group.position();
            Entry.write(group, entry.use(), entry.id(), entry.key(), kek, number, offsets[i], random);
        }
        group.flip();
        group.putInt(0, GROUP_MAGIC).putInt(4, offsets.length).putInt(8, group.limit() - GROUP_HEADER_BYTES);
        group.putInt(12, groupCrc(group, endBytes));
        long length = group.limit();
        file.write(group, endBytes);
        endBytes = endBytes + length;
        entries = entries + offsets.length;
        return offsets;
    }

    void sync() throws IOException {
        file.sync();
        syncedBytes = endBytes;
        syncedEntries = entries;
    }

    /** What was written since the last sync counts as not written. */
    void takeBack() {
        endBytes = syncedBytes;
        entries = syncedEntries;
    }

    private static int groupCrc(ByteBuffer group, long offsetBytes) {
        ByteBuffer covered = ByteBuffer.allocate(20).put(group.slice(0, 12)).putLong(offsetBytes);
        return Entry.crc(covered.flip());
    }

    /** @throws ArchiveException CORRUPT */
    Entry read(long offsetBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Entry.MAX_LENGTH_BYTES);
        file.read(bytes, offsetBytes);
        return Entry.read(bytes.flip()).orElseThrow(() -> corrupt(offsetBytes, null));
    }

    /** Empty for a tombstone. @throws ArchiveException CORRUPT */
    Optional<Key> unseal(Entry entry, long offsetBytes) {
        try {
            return entry.unseal(kek, number, offsetBytes);
        } catch (GeneralSecurityException e) {
            throw corrupt(offsetBytes, e);
        }
    }

    private ArchiveException corrupt(long offsetBytes, @Nullable Throwable cause) {
        String where = "keystore: entry at %d of %016x.keys".formatted(offsetBytes, number);
        return cause == null
                ? new ArchiveException(ArchiveError.CORRUPT, where)
                : new ArchiveException(ArchiveError.CORRUPT, where, cause);
    }

    /** Hears what a scan finds, in the order of the file. */
    interface ScanListener {
        void entry(Entry entry, long offsetBytes);

        /** Something there is neither an entry nor the remains of an interrupted write. */
        void damaged(long offsetBytes);
    }

    /**
     * Reads all that is there, by its checksums; to be called once, before anything else.
     *
     * @param mayBeTorn the last group may be the remains of a write that was never acknowledged
     */
    void load(boolean mayBeTorn, ScanListener listener) throws IOException {
        Scanned scanned = scan(file.size(), mayBeTorn, listener);
        endBytes = scanned.endBytes();
        entries = scanned.entries();
        syncedBytes = endBytes;
        syncedEntries = entries;
        lastGroupAt = scanned.lastGroupAt();
    }

    /** Reads again what is known to be there. */
    void rescan(ScanListener listener) throws IOException {
        scan(endBytes, false, listener);
    }

    /** @param lastGroupAt where the last whole one begins; the end when there is none */
    private record Scanned(long endBytes, int entries, long lastGroupAt) {}

    private Scanned scan(long size, boolean mayBeTorn, ScanListener listener) throws IOException {
        long offset = HEADER_BYTES;
        long lastGroupAt = HEADER_BYTES;
        int count = 0;
        while (offset < size) {
            ByteBuffer header = ByteBuffer.allocate(GROUP_HEADER_BYTES);
            file.read(header, offset);
            long bodyLength = Integer.toUnsignedLong(header.getInt(8));
            boolean whole = header.getInt(0) == GROUP_MAGIC && header.getInt(12) == groupCrc(header, offset);
            long end = offset + GROUP_HEADER_BYTES + bodyLength;
            if (!whole) {
                if (!(mayBeTorn && isTorn(offset, offset + GROUP_HEADER_BYTES, size) && !groupFollows(offset, size))) {
                    listener.damaged(offset);
                }
                break;
            }
            if (end > size || !scanGroup(header.getInt(4), offset + GROUP_HEADER_BYTES, end, listener)) {
                boolean torn = mayBeTorn && end >= size && isTorn(offset, end, size);
                if (torn) {
                    break;
                }
                listener.damaged(offset);
            } else {
                count += header.getInt(4);
                lastGroupAt = offset;
            }
            offset = Math.min(end, size);
        }
        return new Scanned(offset, count, lastGroupAt);
    }

    /** Tells the listener only of a group that is whole. */
    private boolean scanGroup(int count, long start, long end, ScanListener listener) throws IOException {
        ByteBuffer body = ByteBuffer.allocate((int) (end - start));
        file.read(body, start);
        body.flip();
        List<Entry> found = new ArrayList<>(count);
        List<Long> offsets = new ArrayList<>(count);
        while (body.hasRemaining()) {
            offsets.add(start + body.position());
            Optional<Entry> entry = Entry.read(body);
            if (entry.isEmpty()) {
                return false;
            }
            found.add(entry.get());
        }
        if (found.size() != count) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            listener.entry(found.get(i), offsets.get(i));
        }
        return true;
    }

    /**
     * Whether power was lost while this was written: the file ends inside, or a sector was never written and reads as
     * zeros. Anything else was altered after it was acknowledged.
     */
    private boolean isTorn(long start, long end, long size) throws IOException {
        if (end > size) {
            return true;
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) (end - start));
        file.read(bytes, start);
        int sector = 512;
        int position = 0;
        while (position < bytes.capacity()) {
            int next = (int) Math.min(bytes.capacity(), ((start + position) / sector + 1) * sector - start);
            int length = next - position;
            if (length >= GROUP_HEADER_BYTES
                    && bytes.slice(position, length).mismatch(ByteBuffer.allocate(length)) < 0) {
                return true;
            }
            position = next;
        }
        return false;
    }

    private boolean groupFollows(long offset, long size) throws IOException {
        ByteBuffer rest = ByteBuffer.allocate((int) (size - offset));
        file.read(rest, offset);
        for (int i = 1; i + GROUP_HEADER_BYTES <= rest.capacity(); i++) {
            if (rest.getInt(i) == GROUP_MAGIC
                    && rest.getInt(i + 12) == groupCrc(rest.slice(i, GROUP_HEADER_BYTES), offset + i)) {
                return true;
            }
        }
        return false;
    }

    /** Drops what is behind the last group that counts; durable on return. */
    void dropTail() throws IOException {
        file.truncate(endBytes);
        file.sync();
    }

    /**
     * Makes what was loaded durable. The last group may be one whose sync had failed: then it can be read, but only from memory,
     * and another sync would not write it.
     */
    void settle() throws IOException {
        ByteBuffer last = ByteBuffer.allocate((int) (endBytes - lastGroupAt));
        file.read(last, lastGroupAt);
        file.write(last.flip(), lastGroupAt);
        dropTail();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** After this nothing in the file can be had. Durable once the directory is synced. */
    static void shred(Disk disk, Path directory, long number, SecureRandom random) throws IOException {
        Path kekPath = kekPath(directory, number);
        if (disk.exists(kekPath)) {
            try (Disk.DiskFile kek = disk.open(kekPath)) {
                byte[] noise = new byte[(int) kek.size()];
                random.nextBytes(noise);
                kek.write(ByteBuffer.wrap(noise), 0);
                kek.sync();
            }
        }
        disk.delete(kekPath);
        disk.delete(keysPath(directory, number));
    }
}
