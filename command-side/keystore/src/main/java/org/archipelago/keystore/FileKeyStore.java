package org.archipelago.keystore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;

/**
 * The keystore in a directory: append-only files of keys, each file sealed under a key-encryption key of its own, those
 * under the master key (architecture section 4). Destroying keys writes their file again without them, under a new
 * key-encryption key, switches by replacing the manifest, and overwrites the old key-encryption key.
 *
 * <p>The index is in memory, 22 to 32 bytes per key, and is read back from the files at the start. After a failed write or
 * sync what it was to make durable is dropped before anything more is written. After a failed switch of files nothing more is
 * written until the store is opened again; keys that were durable before can still be read.
 *
 * <p>Overwriting reaches the medium only where the file system writes in place and the device does not remap: put the
 * directory on an encrypted volume where that matters.
 */
public final class FileKeyStore implements KeyStore {
    private static final long FULL_FILE_BYTES = 24L << 20;

    private final Disk disk;
    private final AutoCloseable directoryLock;
    private final KeyFiles files;
    private final KeyAppender appender;
    private final SecureRandom random;
    /** Held by what needs that no file goes away: destruction, export, verification. Taken before the write lock. */
    private final ReentrantLock structureLock = new ReentrantLock();

    private final ReentrantLock writeLock = new ReentrantLock();

    private FileKeyStore(
            Disk disk, AutoCloseable directoryLock, KeyFiles files, KeyStoreOptions options, SecureRandom random) {
        this.disk = disk;
        this.directoryLock = directoryLock;
        this.files = files;
        this.random = random;
        this.appender = new KeyAppender(files, random, writeLock, options.keysPerFile(), FULL_FILE_BYTES);
    }

    /**
     * Opens the store, and makes it and its master key when there are none.
     *
     * @throws ArchiveException CORRUPT when anything acknowledged was altered or the master key is another; NOT_FOUND when
     *     there are keys but no master key; NOT_AUTHORIZED when others may read the master key
     */
    public static FileKeyStore open(Path directory, Path masterKeyFile, KeyStoreOptions options, SecureRandom random)
            throws IOException {
        return open(new RealDisk(), directory, masterKeyFile, options, random);
    }

    /** As {@link #open(Path, Path, KeyStoreOptions, SecureRandom)} with the defaults. */
    public static FileKeyStore open(Path directory, Path masterKeyFile) throws IOException {
        return open(directory, masterKeyFile, KeyStoreOptions.DEFAULT, new SecureRandom());
    }

    static FileKeyStore open(
            Disk disk, Path directory, Path masterKeyFile, KeyStoreOptions options, SecureRandom random)
            throws IOException {
        AutoCloseable lock = disk.lock(directory);
        try {
            boolean isNew = disk.list(directory).stream().noneMatch(name -> name.matches("manifest|.*\\.(keys|kek)"));
            SealingKey master = isNew && !Files.exists(masterKeyFile)
                    ? MasterKeyFile.create(masterKeyFile, random)
                    : MasterKeyFile.read(masterKeyFile);
            KeyFiles files = KeyFiles.open(disk, directory, master, random, options.cachedKeys());
            return new FileKeyStore(disk, lock, files, options, random);
        } catch (IOException | RuntimeException e) {
            closeQuietly(lock, e);
            throw e;
        }
    }

    private static void closeQuietly(AutoCloseable closeable, Exception because) {
        try {
            closeable.close();
        } catch (Exception e) {
            because.addSuppressed(e);
        }
    }

    @Override
    public List<Key> obtainAll(List<KeyRef> uses) {
        return appender.obtainAll(uses);
    }

    @Override
    public void adopt(Map<KeyRef, Key> keys) {
        appender.adopt(keys);
    }

    @Override
    public Optional<Key> find(KeyRef use) {
        try {
            return files.key(use);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public Optional<Key> find(KeyId id) {
        try {
            return files.key(id);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public boolean isDestroyed(KeyId id) {
        try {
            return files.find(id).filter(found -> found.entry().destroyed()).isPresent();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public boolean isDestroyed(KeyRef use) {
        try {
            return files.isDestroyed(use);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Whether there is a keystore at this place, also one that cannot be opened. */
    public static boolean exists(Path directory) {
        return Files.exists(Manifest.path(directory));
    }

    static ArchiveException unreadable(IOException e) {
        return new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "keystore cannot be read or written", e);
    }

    /**
     * {@inheritDoc}
     *
     * @throws ArchiveException LOG_UNAVAILABLE when it could not be done: then call again
     */
    @Override
    public void destroy(Collection<KeyId> ids) {
        structureLock.lock();
        writeLock.lock();
        try {
            appender.requireWritable();
            files.shred();
            TreeMap<Integer, Set<KeyId>> doomed = new TreeMap<>();
            for (KeyId id : ids) {
                for (KeyFiles.Found found : files.findAll(id)) {
                    if (!found.entry().destroyed()) {
                        doomed.computeIfAbsent(KeyIndex.slot(found.location()), _ -> new HashSet<>())
                                .add(id);
                    }
                }
            }
            if (!doomed.isEmpty()) {
                destroyInFiles(doomed);
            }
        } catch (IOException e) {
            throw unreadable(e);
        } finally {
            writeLock.unlock();
            structureLock.unlock();
        }
    }

    private void destroyInFiles(TreeMap<Integer, Set<KeyId>> doomed) throws IOException {
        List<Rewrite> rewrites = new ArrayList<>();
        List<KeyFile> created = new ArrayList<>();
        try {
            for (var one : doomed.entrySet()) {
                KeyFile replacement = files.create();
                created.add(replacement);
                List<Rewrite.Moved> moved =
                        Rewrite.copy(files.file(one.getKey()), replacement, one.getValue()::contains, random);
                rewrites.add(new Rewrite(one.getKey(), replacement, moved));
            }
            List<KeyFile> next = new ArrayList<>();
            for (int slot : files.order()) {
                next.add(rewrites.stream()
                        .filter(rewrite -> rewrite.slot() == slot)
                        .map(Rewrite::replacement)
                        .findFirst()
                        .orElseGet(() -> files.file(slot)));
            }
            files.prepare(next);
        } catch (IOException | RuntimeException e) {
            for (KeyFile file : created) {
                try {
                    files.discard(file);
                } catch (IOException again) {
                    e.addSuppressed(again);
                }
            }
            throw e;
        }
        appender.switching(files::publish);
        files.replace(rewrites);
        files.shred();
    }

    /** Whether no key can be made or destroyed until the store is opened again. */
    public boolean needsReopening() {
        return appender.hasStopped();
    }

    /** How many keys there are or were. */
    public int size() {
        return files.keys();
    }

    /** Reads and opens every entry. Destruction waits meanwhile; nothing else does. */
    public KeyStoreReport verify() throws IOException {
        structureLock.lock();
        try {
            return KeyStoreVerification.verify(snapshot());
        } finally {
            structureLock.unlock();
        }
    }

    private List<KeyFile> snapshot() {
        writeLock.lock();
        try {
            return files.order().stream().map(files::file).toList();
        } finally {
            writeLock.unlock();
        }
    }

    /**
     * Writes a keystore with all that is in this one, tombstones too, under new key-encryption keys: a backup. It holds what
     * a later {@link #destroy} removes here, so let it expire. Without a manifest it is not complete and cannot be restored.
     *
     * @param directory new or empty
     * @param masterKeyFile made when there is none; keep it apart from the directory
     */
    public void export(Path directory, Path masterKeyFile) throws IOException {
        structureLock.lock();
        try (AutoCloseableLock ignored = new AutoCloseableLock(disk.lock(directory))) {
            requireEmpty(disk, directory);
            copy(snapshot(), disk, directory, masterKeyFile, random);
        } finally {
            structureLock.unlock();
        }
    }

    private static void copy(List<KeyFile> files, Disk disk, Path directory, Path masterKeyFile, SecureRandom random)
            throws IOException {
        SealingKey master = Files.exists(masterKeyFile)
                ? MasterKeyFile.read(masterKeyFile)
                : MasterKeyFile.create(masterKeyFile, random);
        List<Long> numbers = new ArrayList<>();
        for (KeyFile file : files) {
            try (KeyFile copy = KeyFile.create(disk, directory, numbers.size() + 1L, master, random)) {
                Rewrite.copy(file, copy, _ -> false, random);
                numbers.add(copy.number());
            }
        }
        new Manifest(numbers.size() + 1L, numbers).prepare(disk, directory, master, random);
        Manifest.publish(disk, directory);
    }

    /**
     * Makes a keystore from an exported one, which is only read: it may be on a medium that cannot be written or knows no modes, so
     * its master key may be open to others. Keys that were destroyed since must be destroyed again: the log knows them.
     *
     * @param directory new or empty
     * @throws ArchiveException NOT_FOUND when there is no complete export; CORRUPT when it was altered
     */
    public static void restore(
            Path exported, Path exportedMasterKeyFile, Path directory, Path masterKeyFile, SecureRandom random)
            throws IOException {
        if (!Files.exists(Manifest.path(exported))) {
            throw new ArchiveException(ArchiveError.NOT_FOUND, "keystore: no complete export in " + exported);
        }
        SealingKey exportedMaster = MasterKeyFile.readExported(exportedMasterKeyFile);
        RealDisk disk = new RealDisk();
        try (ExportedFiles source = ExportedFiles.open(exported, exportedMaster);
                AutoCloseableLock ignored = new AutoCloseableLock(disk.lock(directory))) {
            requireEmpty(disk, directory);
            copy(source.files(), disk, directory, masterKeyFile, random);
        }
    }

    private static void requireEmpty(Disk disk, Path directory) throws IOException {
        if (disk.list(directory).stream().anyMatch(name -> !name.equals("LOCK"))) {
            throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "keystore: " + directory + " is not empty");
        }
    }

    private record AutoCloseableLock(AutoCloseable lock) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try {
                lock.close();
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    @Override
    public void close() {
        structureLock.lock();
        writeLock.lock();
        try {
            appender.close();
            try {
                files.close();
            } finally {
                directoryLock.close();
            }
        } catch (Exception e) {
            throw new ArchiveException(ArchiveError.INTERNAL, "keystore did not close", e);
        } finally {
            writeLock.unlock();
            structureLock.unlock();
        }
    }
}
