package org.archipelago.keystore;

import static org.archipelago.keystore.KeyStoreFixture.use;
import static org.archipelago.keystore.KeyStoreFixture.uses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileKeyStoreTest {
    @TempDir
    Path temp;

    private Path directory;
    private Path master;

    @BeforeEach
    void paths() {
        directory = temp.resolve("site/keys");
        master = temp.resolve("secret/master.key");
    }

    private FileKeyStore open() throws IOException {
        return FileKeyStore.open(directory, master, KeyStoreFixture.SMALL, new SecureRandom());
    }

    private static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @Test
    void firstStart_makesAMasterKeyThatOnlyTheOwnerReads() throws IOException {
        open().close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(master)))
                .isEqualTo("rw-------");
    }

    @Test
    void masterKeyReadableByOthers_isRefusedWithWhatToDo() throws IOException {
        open().close();
        for (String mode : List.of("rw-r-----", "rw----r--", "rw--w----")) {
            Files.setPosixFilePermissions(master, PosixFilePermissions.fromString(mode));
            assertThatThrownBy(this::open)
                    .hasMessageContaining("chmod 600 " + master)
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.NOT_AUTHORIZED));
        }
    }

    @Test
    void missingMasterKeyOfAnExistingStore_isNotMadeAnew() throws IOException {
        open().close();
        Files.delete(master);
        assertRefused(ArchiveError.NOT_FOUND, this::open);
        assertThat(master).doesNotExist();
    }

    @Test
    void anotherMasterKey_opensNothing() throws IOException {
        open().close();
        Files.delete(master);
        MasterKeyFile.create(master, new SecureRandom());
        assertRefused(ArchiveError.CORRUPT, this::open);
    }

    @Test
    void secondOpenOfTheSameDirectory_isRefused() throws IOException {
        try (FileKeyStore store = open()) {
            assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("opened");
            assertThat(store.obtain(use(1))).isNotNull();
        }
    }

    @Test
    void sameUse_getsTheSameKeyAlsoAfterRestart() throws IOException {
        KeyId id;
        byte[] bytes;
        try (FileKeyStore store = open()) {
            Key key = store.obtain(use(1));
            id = key.id();
            bytes = key.secret().getEncoded();
            assertThat(store.obtain(use(1)).id()).isEqualTo(id);
        }
        try (FileKeyStore store = open()) {
            assertThat(store.obtain(use(1)).secret().getEncoded()).isEqualTo(bytes);
            assertThat(store.find(id).orElseThrow().secret().getEncoded()).isEqualTo(bytes);
            assertThat(store.find(use(1)).orElseThrow().id()).isEqualTo(id);
        }
    }

    @Test
    void classesOfOneSubject_haveKeysOfTheirOwn() throws IOException {
        try (FileKeyStore store = open()) {
            Key index = store.obtain(new KeyRef(KeyClass.INDEX, use(1).subject()));
            Key pixel = store.obtain(new KeyRef(KeyClass.PIXEL, use(1).subject()));
            assertThat(index.id()).isNotEqualTo(pixel.id());
        }
    }

    @Test
    void unknownUse_isFoundNowhereAndNotMade() throws IOException {
        try (FileKeyStore store = open()) {
            assertThat(store.find(use(9))).isEmpty();
            assertThat(store.find(new Key(new byte[32]).id())).isEmpty();
            assertThat(store.size()).isZero();
        }
    }

    @Test
    void keysBeyondOneFile_areAllFound() throws IOException {
        List<KeyId> ids;
        try (FileKeyStore store = open()) {
            ids = IntStream.range(0, 50)
                    .mapToObj(i -> store.obtain(use(i)).id())
                    .toList();
        }
        try (FileKeyStore store = open()) {
            for (int i = 0; i < 50; i++) {
                assertThat(store.find(use(i)).orElseThrow().id()).isEqualTo(ids.get(i));
                assertThat(store.find(ids.get(i)).orElseThrow().id()).isEqualTo(ids.get(i));
            }
            assertThat(Files.list(directory).filter(p -> p.toString().endsWith(".kek")))
                    .hasSizeGreaterThan(10);
        }
    }

    @Test
    void destroyedKey_isErasedForEverAndOthersStay() throws IOException {
        KeyId doomed;
        KeyId other;
        try (FileKeyStore store = open()) {
            store.obtainAll(uses(0, 10));
            doomed = store.obtain(use(3)).id();
            other = store.obtain(use(2)).id();
            store.destroy(List.of(doomed));
            assertThat(store.find(doomed)).isEmpty();
            assertThat(store.find(use(3))).isEmpty();
            assertRefused(ArchiveError.ERASED, () -> store.obtain(use(3)));
            assertThat(store.find(other)).isPresent();
        }
        try (FileKeyStore store = open()) {
            assertRefused(ArchiveError.ERASED, () -> store.obtain(use(3)));
            assertThat(store.find(doomed)).isEmpty();
            assertThat(store.obtain(use(2)).id()).isEqualTo(other);
            assertThat(store.verify()).isEqualTo(new KeyStoreReport(9, 1, List.of()));
        }
    }

    @Test
    void erasedUseAmongOthers_makesNoneOfThem() throws IOException {
        try (FileKeyStore store = open()) {
            store.destroy(List.of(store.obtain(use(1)).id()));
            assertRefused(ArchiveError.ERASED, () -> store.obtainAll(List.of(use(7), use(1))));
            assertThat(store.find(use(7))).isEmpty();
        }
    }

    @Test
    void destroyingUnknownOrDestroyedIds_isPassedOver() throws IOException {
        try (FileKeyStore store = open()) {
            KeyId id = store.obtain(use(1)).id();
            store.destroy(List.of(id, new Key(new byte[32]).id()));
            store.destroy(List.of(id));
            assertThat(store.verify()).isEqualTo(new KeyStoreReport(0, 1, List.of()));
        }
    }

    @Test
    void keysMadeAfterADestruction_areDurable() throws IOException {
        KeyId made;
        try (FileKeyStore store = open()) {
            store.obtainAll(uses(0, 6));
            store.destroy(List.of(store.obtain(use(5)).id()));
            made = store.obtain(use(100)).id();
        }
        try (FileKeyStore store = open()) {
            assertThat(store.obtain(use(100)).id()).isEqualTo(made);
        }
    }

    @Test
    void manyThreads_agreeOnOneKeyPerUse() throws Exception {
        try (FileKeyStore store = open();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Set<KeyId> seen = ConcurrentHashMap.newKeySet();
            List<Future<?>> all = IntStream.range(0, 16)
                    .<Future<?>>mapToObj(_ -> threads.submit(() -> uses(0, 40)
                            .forEach(use -> seen.add(store.obtain(use).id()))))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(seen).hasSize(40);
            assertThat(store.size()).isEqualTo(40);
        }
    }

    @Test
    void keyMadeWhileAnotherAsksForIt_isNotTakenForDestroyed() throws Exception {
        int senders = 4;
        CyclicBarrier together = new CyclicBarrier(senders);
        try (FileKeyStore store = KeyStoreFixture.open(new MemoryDisk(), master);
                ExecutorService threads = Executors.newFixedThreadPool(senders)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < senders; i++) {
                all.add(threads.submit(() -> {
                    for (KeyRef use : uses(0, 4000)) {
                        together.await(1, TimeUnit.MINUTES);
                        store.obtain(use);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(store.size()).isEqualTo(4000);
        }
    }

    @Test
    void destructionBesideReadersAndWriters_losesNoOtherKey() throws Exception {
        try (FileKeyStore store = open();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<KeyId> ids =
                    uses(0, 60).stream().map(use -> store.obtain(use).id()).toList();
            Future<?> destroyer = threads.submit(() -> {
                for (int i = 0; i < 60; i += 3) {
                    store.destroy(List.of(ids.get(i)));
                }
            });
            Future<?> writer = threads.submit(() -> uses(100, 160).forEach(store::obtain));
            Future<?> reader = threads.submit(() -> {
                while (!destroyer.isDone()) {
                    for (int i = 1; i < 60; i += 3) {
                        assertThat(store.find(use(i)).orElseThrow().id()).isEqualTo(ids.get(i));
                    }
                }
            });
            destroyer.get();
            writer.get();
            reader.get();
            for (int i = 0; i < 60; i++) {
                assertThat(store.find(ids.get(i)).isPresent()).isEqualTo(i % 3 != 0);
            }
            assertThat(store.verify()).isEqualTo(new KeyStoreReport(100, 20, List.of()));
        }
    }

    @Test
    void tooManyAtOnce_isRefused() throws IOException {
        try (FileKeyStore store = open()) {
            assertRefused(ArchiveError.REQUEST_TOO_LARGE, () -> store.obtainAll(uses(0, KeyAppender.MAX_USES + 1)));
        }
    }

    @Test
    void interruptedReader_disturbsNobody() throws Exception {
        try (FileKeyStore store = open();
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            List<Key> keys = store.obtainAll(KeyStoreFixture.uses(0, 50));
            for (int i = 0; i < 20; i++) {
                KeyId wanted = keys.get(i).id();
                assertThat(threads.submit(() -> {
                                    Thread.currentThread().interrupt();
                                    boolean found = store.find(wanted).isPresent();
                                    return found && Thread.interrupted();
                                })
                                .get())
                        .isTrue();
                assertThat(store.find(keys.get(i + 25).id()).map(Key::id))
                        .contains(keys.get(i + 25).id());
                assertThat(store.obtain(KeyStoreFixture.use(100 + i))).isNotNull();
            }
        }
    }

    @Test
    void destroyedKey_isToldFromOneThatWasNeverHere() throws IOException {
        try (FileKeyStore store = open()) {
            Key key = store.obtain(KeyStoreFixture.use(1));
            assertThat(store.isDestroyed(key.id())).isFalse();
            store.destroy(List.of(key.id()));
            assertThat(store.isDestroyed(key.id())).isTrue();
            assertThat(store.isDestroyed(KeyStoreFixture.use(1))).isTrue();
            assertThat(store.isDestroyed(new Key(new byte[32]).id())).isFalse();
            assertThat(store.isDestroyed(KeyStoreFixture.use(2))).isFalse();
        }
    }

    @Test
    void exportUnderAnotherMasterKey_restoresEverythingAndRefusesTheErased() throws IOException {
        Path backup = temp.resolve("backup");
        Path backupMaster = temp.resolve("elsewhere/master.key");
        List<KeyId> ids;
        try (FileKeyStore store = open()) {
            ids = store.obtainAll(uses(0, 11)).stream().map(Key::id).toList();
            store.destroy(List.of(ids.get(4)));
            store.export(backup, backupMaster);
            assertRefused(ArchiveError.CONFLICTING_STATE, () -> store.export(backup, backupMaster));
        }
        Path restored = temp.resolve("restored");
        Path restoredMaster = temp.resolve("new/master.key");
        assertRefused(
                ArchiveError.CORRUPT,
                () -> FileKeyStore.restore(backup, master, restored, restoredMaster, new SecureRandom()));
        FileKeyStore.restore(backup, backupMaster, restored, restoredMaster, new SecureRandom());
        try (FileKeyStore store = FileKeyStore.open(restored, restoredMaster)) {
            assertThat(store.verify()).isEqualTo(new KeyStoreReport(10, 1, List.of()));
            assertThat(store.obtain(use(10)).id()).isEqualTo(ids.get(10));
            assertRefused(ArchiveError.ERASED, () -> store.obtain(use(4)));
            assertThat(store.obtain(use(12)).id()).isNotIn(ids);
        }
    }

    @Test
    void exportThatWasInterrupted_isNotRestored() throws IOException {
        Path backup = temp.resolve("backup");
        try (FileKeyStore store = open()) {
            store.obtainAll(uses(0, 3));
            store.export(backup, master);
        }
        Files.delete(Manifest.path(backup));
        assertRefused(
                ArchiveError.NOT_FOUND,
                () -> FileKeyStore.restore(backup, master, temp.resolve("r"), master, new SecureRandom()));
    }

    /** As on a medium that cannot be written, where it is not locked, and that knows no modes. */
    @Test
    void restoring_changesNothingOfTheExportWhateverItsModes() throws IOException {
        Path backup = temp.resolve("backup");
        Path backupMaster = temp.resolve("elsewhere/master.key");
        try (FileKeyStore store = open()) {
            store.obtainAll(uses(0, 11));
            store.export(backup, backupMaster);
        }
        Files.delete(backup.resolve("LOCK"));
        Files.setPosixFilePermissions(backupMaster, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<Path> files = new ArrayList<>(List.of(backup, backupMaster, backupMaster.getParent()));
        try (Stream<Path> listed = Files.list(backup)) {
            listed.forEach(files::add);
        }
        for (Path file : files) {
            Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        }
        Path restoredMaster = temp.resolve("new/master.key");
        FileKeyStore.restore(backup, backupMaster, temp.resolve("restored"), restoredMaster, new SecureRandom());
        assertThat(files)
                .allSatisfy(
                        file -> assertThat(Files.getLastModifiedTime(file)).isEqualTo(FileTime.from(Instant.EPOCH)));
        assertThat(Files.exists(backup.resolve("LOCK"))).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(restoredMaster)))
                .isEqualTo("rw-------");
        try (FileKeyStore store = FileKeyStore.open(temp.resolve("restored"), restoredMaster)) {
            assertThat(store.verify()).isEqualTo(new KeyStoreReport(11, 0, List.of()));
        }
    }

    @Test
    void exportThatLostItsEnd_isNotRestoredWithoutIt() throws IOException {
        Path backup = temp.resolve("backup");
        try (FileKeyStore store = open()) {
            store.obtainAll(uses(0, 3));
            store.export(backup, master);
        }
        Path last = KeyFile.keysPath(backup, 1);
        try (FileChannel channel = FileChannel.open(last, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(last) - 1);
        }
        assertRefused(
                ArchiveError.CORRUPT,
                () -> FileKeyStore.restore(backup, master, temp.resolve("r"), master, new SecureRandom()));
    }

    @Test
    void hundredThousandKeys_areMadeFoundAndReopenedInSeconds() throws IOException {
        long start = System.nanoTime();
        try (FileKeyStore store = FileKeyStore.open(directory, master)) {
            for (int i = 0; i < 100_000; i += 10_000) {
                store.obtainAll(uses(i, i + 10_000));
            }
        }
        long made = System.nanoTime();
        try (FileKeyStore store = FileKeyStore.open(directory, master)) {
            long opened = System.nanoTime();
            assertThat(store.size()).isEqualTo(100_000);
            for (int i = 0; i < 100_000; i += 97) {
                assertThat(store.find(use(i))).isPresent();
            }
            long found = System.nanoTime();
            store.destroy(List.of(store.find(use(5)).orElseThrow().id()));
            System.out.printf(
                    "keystore, 100,000 keys: made %d ms, opened %d ms, 1,031 found %d ms, one destroyed %d ms%n",
                    (made - start) / 1_000_000,
                    (opened - made) / 1_000_000,
                    (found - opened) / 1_000_000,
                    (System.nanoTime() - found) / 1_000_000);
        }
        assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
    }

    private static Key anyKey(int fill) {
        byte[] bytes = new byte[Key.LENGTH_BYTES];
        Arrays.fill(bytes, (byte) fill);
        return new Key(bytes);
    }

    @Test
    void adoptedKeys_areFoundAlsoAfterRestart() throws IOException {
        try (FileKeyStore store = open()) {
            store.adopt(Map.of(use(1), anyKey(1), use(2), anyKey(2)));
            store.adopt(Map.of(use(1), anyKey(1)));
            assertThat(store.size()).isEqualTo(2);
        }
        try (FileKeyStore store = open()) {
            assertThat(store.find(use(1)).orElseThrow().id())
                    .isEqualTo(anyKey(1).id());
            assertThat(store.find(anyKey(2).id()).orElseThrow().secret())
                    .isEqualTo(anyKey(2).secret());
            assertThat(store.verify().intact()).isTrue();
        }
    }

    @Test
    void anotherKeyForAUse_isRefusedWithAllThatCameWithIt() throws IOException {
        try (FileKeyStore store = open()) {
            KeyId own = store.obtain(use(1)).id();
            assertRefused(
                    ArchiveError.CONFLICTING_STATE, () -> store.adopt(Map.of(use(1), anyKey(1), use(2), anyKey(2))));
            assertThat(store.find(use(1)).orElseThrow().id()).isEqualTo(own);
            assertThat(store.find(use(2))).isEmpty();
        }
    }

    /** One more writer keeps the store busy, so that the others wait together and are served as a group. */
    @Test
    void differentKeysForAUseAtOnce_leaveOneThatIsTold() throws Exception {
        int senders = 4;
        CyclicBarrier together = new CyclicBarrier(senders + 1);
        Map<KeyRef, KeyId> taken = new ConcurrentHashMap<>();
        AtomicInteger accepted = new AtomicInteger();
        try (FileKeyStore store = open();
                ExecutorService threads = Executors.newFixedThreadPool(senders + 1)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < senders; i++) {
                Key own = anyKey(i + 1);
                all.add(threads.submit(() -> {
                    for (KeyRef use : uses(0, 200)) {
                        together.await(1, TimeUnit.MINUTES);
                        try {
                            store.adopt(Map.of(use, own));
                            taken.put(use, own.id());
                            accepted.incrementAndGet();
                        } catch (ArchiveException e) {
                            assertThat(e.error()).isEqualTo(ArchiveError.CONFLICTING_STATE);
                        }
                    }
                    return null;
                }));
            }
            all.add(threads.submit(() -> {
                for (KeyRef other : uses(1000, 1200)) {
                    together.await(1, TimeUnit.MINUTES);
                    store.obtain(other);
                }
                return null;
            }));
            for (Future<?> one : all) {
                one.get();
            }
            assertThat(accepted).hasValue(200);
            for (KeyRef use : uses(0, 200)) {
                assertThat(store.find(use).map(Key::id)).hasValue(taken.get(use));
            }
        }
    }

    @Test
    void destroyedKey_isNotAdoptedAgain() throws IOException {
        try (FileKeyStore store = open()) {
            store.adopt(Map.of(use(1), anyKey(1)));
            store.destroy(List.of(anyKey(1).id()));
            store.adopt(Map.of(use(1), anyKey(1)));
            store.adopt(Map.of(use(1), anyKey(2)));
            store.adopt(Map.of(use(3), anyKey(1)));
            assertThat(store.find(use(1))).isEmpty();
            assertThat(store.find(use(3))).isEmpty();
            assertThat(store.isDestroyed(use(1))).isTrue();
        }
    }

    @Test
    void keyOfSeveralUses_isDestroyedForAllOfThem() throws IOException {
        try (FileKeyStore store = open()) {
            store.adopt(Map.of(use(1), anyKey(1)));
            store.obtainAll(uses(10, 20));
            store.adopt(Map.of(use(2), anyKey(1)));
            store.adopt(Map.of(use(3), anyKey(1)));
            store.destroy(List.of(anyKey(1).id()));
        }
        try (FileKeyStore store = open()) {
            assertThat(store.find(anyKey(1).id())).isEmpty();
            assertThat(List.of(use(1), use(2), use(3))).allMatch(store::isDestroyed);
            assertThat(store.size()).isEqualTo(13);
        }
    }
}
