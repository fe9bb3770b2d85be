package org.archipelago.keystore;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;
import org.jspecify.annotations.Nullable;

/**
 * The files that a keystore consists of now, and the index into them. Reads may run at once and beside one writer; whoever
 * writes must be alone in doing so.
 */
final class KeyFiles implements AutoCloseable {
    private final Disk disk;
    private final Path directory;
    private final SealingKey master;
    private final SecureRandom random;
    private final KeyCache cache;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final List<@Nullable KeyFile> slots = new ArrayList<>();
    /** Slots in the order of the manifest; the last one grows. */
    private final List<Integer> order = new ArrayList<>();

    private final KeyIndex byUse = new KeyIndex();
    private final KeyIndex byId = new KeyIndex();
    private final List<Long> toShred = new ArrayList<>();
    private long nextNumber;

    private KeyFiles(Disk disk, Path directory, SealingKey master, SecureRandom random, KeyCache cache) {
        this.disk = disk;
        this.directory = directory;
        this.master = master;
        this.random = random;
        this.cache = cache;
    }

    /** An entry and where it is. */
    record Found(Entry entry, long location) {}

    /** Reads all entries, ends what a crash interrupted. @throws ArchiveException CORRUPT */
    static KeyFiles open(Disk disk, Path directory, SealingKey master, SecureRandom random, int cachedKeys)
            throws IOException {
        KeyFiles files = new KeyFiles(disk, directory, master, random, new KeyCache(cachedKeys));
        try {
            if (disk.exists(Manifest.path(directory))) {
                files.load(Manifest.read(disk, directory, master));
            } else {
                files.begin();
            }
            return files;
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
    }

    private void begin() throws IOException {
        for (long number : numbersOnDisk()) {
            // Left by a first start that was interrupted, or else the manifest is lost, which must never look like new.
            Path keys = KeyFile.keysPath(directory, number);
            if (disk.exists(keys)) {
                try (Disk.DiskFile file = disk.open(keys)) {
                    if (file.size() > KeyFile.HEADER_BYTES) {
                        throw new ArchiveException(ArchiveError.CORRUPT, "keystore: keys but no manifest");
                    }
                }
            }
            KeyFile.shred(disk, directory, number, random);
        }
        KeyFile first = KeyFile.create(disk, directory, 1, master, random);
        slots.add(first);
        order.add(0);
        nextNumber = 2;
        new Manifest(nextNumber, List.of(1L)).prepare(disk, directory, master, random);
        Manifest.publish(disk, directory);
    }

    private void load(Manifest manifest) throws IOException {
        nextNumber = manifest.nextNumber();
        for (long number : manifest.numbers()) {
            KeyFile file = KeyFile.open(disk, directory, number, master);
            int slot = slots.size();
            slots.add(file);
            order.add(slot);
            file.load(order.size() == manifest.numbers().size(), new KeyFile.ScanListener() {
                @Override
                public void entry(Entry entry, long offsetBytes) {
                    index(entry.use(), entry.id(), KeyIndex.location(slot, offsetBytes));
                }

                @Override
                public void damaged(long offsetBytes) {
                    throw new ArchiveException(
                            ArchiveError.CORRUPT,
                            "keystore: %s near byte %d; restore the keystore from its backup"
                                    .formatted(KeyFile.keysPath(directory, number), offsetBytes));
                }
            });
        }
        active().settle();
        for (long number : numbersOnDisk()) {
            if (!manifest.numbers().contains(number)) {
                toShred.add(number);
                nextNumber = Math.max(nextNumber, number + 1);
            }
        }
        shred();
    }

    private List<Long> numbersOnDisk() throws IOException {
        return disk.list(directory).stream()
                .filter(name -> name.matches("[0-9a-f]{16}\\.(keys|kek)"))
                .map(name -> Long.parseUnsignedLong(name.substring(0, 16), 16))
                .distinct()
                .toList();
    }

    private void index(KeyRef use, KeyId id, long location) {
        byUse.add(hash(use), location);
        byId.add(hash(id), location);
    }

    private static long hash(KeyRef use) {
        String subject = use.subject().value();
        long hash = use.keyClass().code() + 1;
        for (int i = 0; i < subject.length(); i++) {
            hash = (hash ^ subject.charAt(i)) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 29;
        }
        return hash * 0xBF58_476D_1CE4_E5B9L;
    }

    private static long hash(KeyId id) {
        return id.digest().first();
    }

    Optional<Found> find(KeyRef use) throws IOException {
        return locate(byUse, hash(use), entry -> entry.use().equals(use));
    }

    Optional<Found> find(KeyId id) throws IOException {
        return locate(byId, hash(id), entry -> entry.id().equals(id));
    }

    /** A key that other sites made may be here for several uses. */
    List<Found> findAll(KeyId id) throws IOException {
        List<Found> found = new ArrayList<>();
        lock.readLock().lock();
        try {
            Reader reader = new Reader(_ -> false);
            byId.find(hash(id), location -> {
                boolean failed = reader.test(location);
                if (reader.last != null && reader.last.id().equals(id)) {
                    found.add(new Found(reader.last, location));
                }
                return failed;
            });
            if (reader.failure != null) {
                throw reader.failure;
            }
            return found;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Not merely that there is an entry: it may have been made since its key was asked for. */
    boolean isDestroyed(KeyRef use) throws IOException {
        return find(use).filter(found -> found.entry().destroyed()).isPresent();
    }

    private Optional<Found> locate(KeyIndex index, long hash, Predicate<Entry> isIt) throws IOException {
        lock.readLock().lock();
        try {
            Reader reader = new Reader(isIt);
            long location = index.find(hash, reader);
            if (reader.failure != null) {
                throw reader.failure;
            }
            return location == KeyIndex.NOWHERE || reader.last == null
                    ? Optional.empty()
                    : Optional.of(new Found(reader.last, location));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The key of an entry, empty for a tombstone; kept in the cache. */
    Optional<Key> key(KeyRef use) throws IOException {
        return cached(cache.get(use), () -> find(use));
    }

    Optional<Key> key(KeyId id) throws IOException {
        return cached(cache.get(id), () -> find(id));
    }

    private Optional<Key> cached(Optional<Key> held, Lookup lookup) throws IOException {
        if (held.isPresent()) {
            return held;
        }
        // Held throughout, so that no key comes back into the cache after its destruction.
        lock.readLock().lock();
        try {
            Optional<Found> found = lookup.find();
            if (found.isEmpty()) {
                return Optional.empty();
            }
            long location = found.get().location();
            Entry entry = found.get().entry();
            Optional<Key> key = file(KeyIndex.slot(location)).unseal(entry, KeyIndex.offsetBytes(location));
            key.ifPresent(k -> cache.put(entry.use(), k));
            return key;
        } finally {
            lock.readLock().unlock();
        }
    }

    private interface Lookup {
        Optional<Found> find() throws IOException;
    }

    /** Reads candidates of the index. */
    private final class Reader implements LongPredicate {
        private final Predicate<Entry> isIt;
        private @Nullable Entry last;
        private @Nullable IOException failure;

        Reader(Predicate<Entry> isIt) {
            this.isIt = isIt;
        }

        @Override
        public boolean test(long location) {
            try {
                last = file(KeyIndex.slot(location)).read(KeyIndex.offsetBytes(location));
                return isIt.test(last);
            } catch (IOException e) {
                failure = e;
                return true;
            }
        }
    }

    KeyFile file(int slot) {
        KeyFile file = slots.get(slot);
        if (file == null) {
            throw new IllegalStateException("no file in slot " + slot);
        }
        return file;
    }

    int activeSlot() {
        return order.getLast();
    }

    KeyFile active() {
        return file(activeSlot());
    }

    List<Integer> order() {
        return List.copyOf(order);
    }

    int keys() {
        return byId.size();
    }

    /** Makes entries of the growing file visible that are durable there. */
    void added(List<KeyFile.NewEntry> entries, List<Key> keys, long[] offsets) {
        lock.writeLock().lock();
        try {
            for (int i = 0; i < offsets.length; i++) {
                KeyFile.NewEntry entry = entries.get(i);
                index(entry.use(), entry.id(), KeyIndex.location(activeSlot(), offsets[i]));
                cache.put(entry.use(), keys.get(i));
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    KeyFile create() throws IOException {
        return KeyFile.create(disk, directory, nextNumber++, master, random);
    }

    /** Removes a file that never came into use. */
    void discard(KeyFile file) throws IOException {
        file.close();
        KeyFile.shred(disk, directory, file.number(), random);
    }

    int slotFor(KeyFile file) {
        for (int i = 0; i < slots.size(); i++) {
            if (slots.get(i) == null) {
                slots.set(i, file);
                return i;
            }
        }
        if (slots.size() == 1 << KeyIndex.SLOT_BITS) {
            throw new ArchiveException(ArchiveError.INTERNAL, "keystore: 4096 files; raise keysPerFile");
        }
        slots.add(file);
        return slots.size() - 1;
    }

    /** What {@link #publish} is to switch to: by slot, in order. */
    void prepare(List<KeyFile> files) throws IOException {
        new Manifest(nextNumber, files.stream().map(KeyFile::number).toList()).prepare(disk, directory, master, random);
    }

    void publish() throws IOException {
        Manifest.publish(disk, directory);
    }

    /** A file that follows the last one. */
    void append(KeyFile file) {
        lock.writeLock().lock();
        try {
            order.add(slotFor(file));
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Takes rewritten files in place of others and forgets every unwrapped key. */
    void replace(List<Rewrite> rewrites) throws IOException {
        lock.writeLock().lock();
        try {
            for (Rewrite rewrite : rewrites) {
                int slot = slotFor(rewrite.replacement());
                for (Rewrite.Moved moved : rewrite.moved()) {
                    long from = KeyIndex.location(rewrite.slot(), moved.from());
                    long to = KeyIndex.location(slot, moved.to());
                    byUse.move(hash(moved.use()), from, to);
                    byId.move(hash(moved.id()), from, to);
                }
                order.set(order.indexOf(rewrite.slot()), slot);
                KeyFile old = file(rewrite.slot());
                slots.set(rewrite.slot(), null);
                toShred.add(old.number());
                old.close();
            }
            cache.clear();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Destroys what is no longer part of the store. Until it succeeds it must be called again. */
    void shred() throws IOException {
        if (toShred.isEmpty()) {
            return;
        }
        for (long number : toShred) {
            KeyFile.shred(disk, directory, number, random);
        }
        disk.syncDirectory(directory);
        toShred.clear();
    }

    @Override
    public void close() throws IOException {
        lock.writeLock().lock();
        try {
            for (KeyFile file : slots) {
                if (file != null) {
                    file.close();
                }
            }
            cache.clear();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
