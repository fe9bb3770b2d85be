package org.archipelago.keystore;

import static org.archipelago.keystore.KeyStoreFixture.DIRECTORY;
import static org.archipelago.keystore.KeyStoreFixture.open;
import static org.archipelago.keystore.KeyStoreFixture.use;
import static org.archipelago.keystore.KeyStoreFixture.uses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyStoreCrashTest {
    @TempDir
    Path temp;

    private Path master;
    private MemoryDisk disk;

    @BeforeEach
    void newDisk() {
        master = temp.resolve("master.key");
        disk = new MemoryDisk();
    }

    private static Path lastKeyFile(MemoryDisk disk) {
        return disk.contents().keySet().stream()
                .filter(path -> path.toString().endsWith(".keys"))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    @Test
    void tailCutAtEveryByte_keepsAllThatWereAcknowledgedBefore() throws IOException {
        KeyId first;
        try (FileKeyStore store = open(disk, master)) {
            first = store.obtain(use(0)).id();
        }
        Path file = lastKeyFile(disk);
        int before = disk.contents().get(file).length;
        KeyId second;
        try (FileKeyStore store = open(disk, master)) {
            second = store.obtainAll(uses(1, 3)).getFirst().id();
        }
        byte[] whole = disk.contents().get(file);
        for (int length = before; length < whole.length; length++) {
            MemoryDisk cut = disk.afterKill();
            cut.replace(file, Arrays.copyOf(whole, length));
            KeyId again;
            try (FileKeyStore store = open(cut, master)) {
                assertThat(store.find(first)).isPresent();
                assertThat(store.find(second)).isEmpty();
                again = store.obtain(use(1)).id();
            }
            try (FileKeyStore store = open(cut, master)) {
                assertThat(store.obtain(use(1)).id()).isEqualTo(again);
                assertThat(store.obtain(use(0)).id()).isEqualTo(first);
            }
        }
    }

    @Test
    void tailOfZeros_isTorn() throws IOException {
        KeyId first;
        try (FileKeyStore store = open(disk, master)) {
            first = store.obtain(use(0)).id();
        }
        Path file = lastKeyFile(disk);
        byte[] acknowledged = disk.contents().get(file);
        disk.replace(file, Arrays.copyOf(acknowledged, acknowledged.length + 700));
        try (FileKeyStore store = open(disk, master)) {
            assertThat(store.obtain(use(0)).id()).isEqualTo(first);
            store.obtain(use(1));
        }
        open(disk, master).close();
    }

    @Test
    void everyFlippedBit_isRefusedAndNeverAnotherKey() throws IOException {
        Map<KeyRef, KeyId> ids = new HashMap<>();
        try (FileKeyStore store = open(disk, master)) {
            for (KeyRef use : uses(0, 7)) {
                ids.put(use, store.obtain(use).id());
            }
            store.destroy(List.of(ids.remove(use(6))));
        }
        for (Map.Entry<Path, byte[]> file : disk.contents().entrySet()) {
            byte[] bytes = file.getValue();
            for (int bit = 0; bit < 8 * bytes.length; bit++) {
                byte[] altered = bytes.clone();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                MemoryDisk flipped = disk.afterKill();
                flipped.replace(file.getKey(), altered);
                String where = file.getKey() + " bit " + bit;
                assertThatThrownBy(() -> open(flipped, master))
                        .as(where)
                        .isInstanceOfSatisfying(
                                ArchiveException.class,
                                e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
            }
        }
    }

    @Test
    void bitFlippedWhileOpen_isReportedByVerifyAndNotServed() throws IOException {
        try (FileKeyStore store = open(disk, master)) {
            store.obtainAll(uses(0, 3));
            store.obtainAll(uses(3, 6));
            Path file = KeyFile.keysPath(DIRECTORY, 1);
            byte[] bytes = disk.contents().get(file);
            bytes[KeyFile.HEADER_BYTES + KeyFile.GROUP_HEADER_BYTES + 60] ^= 1;
            disk.replace(file, bytes);
            assertThat(store.verify().damaged()).hasSize(1);
            assertThatThrownBy(() -> store.find(use(0)))
                    .isInstanceOfSatisfying(
                            ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.CORRUPT));
        }
    }

    @Test
    void entryMovedToAnotherPlace_doesNotOpen() throws Exception {
        SealingKey kek = new SealingKey(new byte[32]);
        Key key = new Key(new byte[32]);
        ByteBuffer bytes = ByteBuffer.allocate(Entry.MAX_LENGTH_BYTES);
        Entry.write(bytes, use(1), key.id(), Optional.of(new byte[32]), kek, 7, 100, new java.security.SecureRandom());
        Entry entry = Entry.read(bytes.flip()).orElseThrow();
        assertThat(entry.unseal(kek, 7, 100).orElseThrow().id()).isEqualTo(key.id());
        assertThatThrownBy(() -> entry.unseal(kek, 7, 101)).isInstanceOf(GeneralSecurityException.class);
        assertThatThrownBy(() -> entry.unseal(kek, 8, 100)).isInstanceOf(GeneralSecurityException.class);
    }

    @Test
    void failedSync_failsTheCallerAndTheNextSucceeds() throws IOException {
        FileKeyStore store = open(disk, master);
        KeyId first = store.obtain(use(0)).id();
        disk.failNextSync();
        assertThatThrownBy(() -> store.obtain(use(1)))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE));
        assertThat(store.find(use(1))).isEmpty();
        KeyId second = store.obtain(use(1)).id();
        assertThat(store.needsReopening()).isFalse();
        assertThat(store.verify()).isEqualTo(new KeyStoreReport(2, 0, List.of()));
        for (int seed = 0; seed < 50; seed++) {
            try (FileKeyStore reopened = open(disk.afterPowerLoss(new Random(seed)), master)) {
                assertThat(reopened.obtain(use(0)).id()).isEqualTo(first);
                assertThat(reopened.obtain(use(1)).id()).isEqualTo(second);
            }
        }
    }

    @Test
    void whileSyncsFail_nothingIsMadeAndAfterThemEverythingIs() throws IOException {
        FileKeyStore store = open(disk, master);
        KeyId first = store.obtain(use(0)).id();
        for (int i = 1; i < 4; i++) {
            KeyRef use = use(i);
            disk.failNextSync();
            assertThatThrownBy(() -> store.obtain(use)).isInstanceOf(ArchiveException.class);
            assertThat(store.find(use)).isEmpty();
        }
        disk.failNextSync();
        assertThatThrownBy(() -> store.destroy(List.of(first))).isInstanceOf(ArchiveException.class);
        List<KeyId> made = store.obtainAll(uses(0, 4)).stream().map(Key::id).toList();
        assertThat(made.getFirst()).isEqualTo(first);
        try (FileKeyStore reopened = open(disk.afterPowerLoss(new Random(1)), master)) {
            assertThat(reopened.obtainAll(uses(0, 4)).stream().map(Key::id)).isEqualTo(made);
        }
    }

    /** Linux counts pages as clean after a sync of them failed: they can be read, and no later sync writes them. */
    @Test
    void keyWhoseSyncFailedBeforeARestart_isDurableOnceItIsHandedOut() throws IOException {
        open(disk, master).obtain(use(0));
        FileKeyStore killed = open(disk, master);
        disk.failNextSync();
        assertThatThrownBy(() -> killed.obtain(use(1))).isInstanceOf(ArchiveException.class);
        KeyId second = open(disk, master).obtain(use(1)).id();
        for (int seed = 0; seed < 50; seed++) {
            try (FileKeyStore reopened = open(disk.afterPowerLoss(new Random(seed)), master)) {
                assertThat(reopened.obtain(use(1)).id()).as("seed " + seed).isEqualTo(second);
            }
        }
    }

    @Test
    void failedSwitchOfFiles_stopsTheStoreUntilItIsOpenedAgain() throws IOException {
        for (int step = 1; ; step++) {
            MemoryDisk failing = new MemoryDisk();
            FileKeyStore store = open(failing, master);
            store.obtainAll(uses(0, 4)); // the file is full
            failing.failAt(step);
            try {
                store.obtain(use(4));
                assertThat(step).isGreaterThan(8);
                return;
            } catch (ArchiveException e) {
                assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
            }
            if (store.needsReopening()) {
                assertThatThrownBy(() -> store.obtain(use(5))).isInstanceOf(ArchiveException.class);
            } else {
                assertThat(store.obtain(use(5))).isNotNull();
            }
            try (FileKeyStore reopened = open(failing.afterKill(), master)) {
                assertThat(reopened.obtainAll(uses(0, 6))).hasSize(6);
            }
        }
    }

    @Test
    void diskFull_failsThatCallAndTheNextSucceeds() throws IOException {
        try (FileKeyStore store = open(disk, master)) {
            store.obtain(use(0));
            disk.failNextWrite();
            assertThatThrownBy(() -> store.obtain(use(1))).isInstanceOf(ArchiveException.class);
            assertThat(store.obtain(use(2))).isNotNull();
        }
        try (FileKeyStore store = open(disk, master)) {
            assertThat(store.verify()).isEqualTo(new KeyStoreReport(2, 0, List.of()));
        }
    }

    @Test
    void errorInAWrite_isAnsweredToEveryoneWhoWaitsForIt() throws Exception {
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        try (FileKeyStore store = open(disk, master);
                ExecutorService threads = Executors.newCachedThreadPool()) {
            disk.beforeWrites(() -> {
                writing.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            Future<?> first = threads.submit(() -> store.obtain(use(0)));
            writing.await();
            List<Thread> waiting = new CopyOnWriteArrayList<>();
            List<Future<?>> others = new ArrayList<>();
            for (int i = 1; i < 4; i++) {
                KeyRef use = use(i);
                others.add(threads.submit(() -> {
                    waiting.add(Thread.currentThread());
                    return store.obtain(use);
                }));
            }
            Awaitility.await()
                    .until(() -> waiting.size() == 3
                            && waiting.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
            disk.beforeWrites(disk::errInNextWrite);
            go.countDown();
            first.get();
            for (Future<?> other : others) {
                assertThatThrownBy(() -> other.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            }
            disk.beforeWrites(() -> {});
            assertThat(store.obtain(use(9))).isNotNull();
        }
    }

    @Test
    void oneCallForManyKeys_syncsOnce() throws IOException {
        try (FileKeyStore store = open(disk, master)) {
            int before = disk.syncs();
            store.obtainAll(uses(0, 100));
            assertThat(disk.syncs() - before).isEqualTo(1);
        }
    }

    @Test
    void powerLostAtEveryStepOfMakingKeys_keepsTheAcknowledged() throws IOException {
        for (int step = 1; ; step++) {
            MemoryDisk dying = new MemoryDisk();
            Map<KeyRef, KeyId> acknowledged = new HashMap<>();
            boolean died = false;
            try {
                dying.dieAt(step);
                FileKeyStore store = open(dying, master);
                for (KeyRef use : uses(0, 10)) {
                    acknowledged.put(use, store.obtain(use).id());
                }
            } catch (MemoryDisk.Died e) {
                died = true;
            }
            for (int seed = 0; seed < 12; seed++) {
                try (FileKeyStore store = open(dying.afterPowerLoss(new Random(seed)), master)) {
                    for (var one : acknowledged.entrySet()) {
                        assertThat(store.obtain(one.getKey()).id())
                                .as("step %d, seed %d", step, seed)
                                .isEqualTo(one.getValue());
                    }
                }
            }
            if (!died) {
                assertThat(step).isGreaterThan(40);
                return;
            }
        }
    }

    @Test
    void powerLostAtEveryStepOfADestruction_leavesAllOldOrAllNewAndNoOtherKeyLost() throws IOException {
        int sawOld = 0;
        int sawNew = 0;
        for (int step = 1; ; step++) {
            MemoryDisk dying = new MemoryDisk();
            FileKeyStore store = open(dying, master);
            Map<KeyRef, KeyId> ids = new TreeMap<>(java.util.Comparator.comparing(KeyRef::toString));
            uses(0, 11).forEach(use -> ids.put(use, store.obtain(use).id()));
            List<KeyRef> doomed = List.of(use(1), use(2), use(9));
            boolean died = false;
            dying.dieAt(step);
            try {
                store.destroy(doomed.stream().map(ids::get).toList());
            } catch (MemoryDisk.Died e) {
                died = true;
            }
            for (int seed = 0; seed < 8; seed++) {
                MemoryDisk after = seed == 0 ? dying.afterKill() : dying.afterPowerLoss(new Random(seed));
                try (FileKeyStore reopened = open(after, master)) {
                    long left = doomed.stream()
                            .filter(use -> reopened.find(use).isPresent())
                            .count();
                    assertThat(left).as("step %d seed %d", step, seed).isIn(0L, (long) doomed.size());
                    sawOld += left > 0 ? 1 : 0;
                    sawNew += left == 0 ? 1 : 0;
                    assertThat(died || left == 0).isTrue();
                    ids.forEach((use, id) -> {
                        if (!doomed.contains(use)) {
                            assertThat(reopened.obtain(use).id()).isEqualTo(id);
                        } else if (left == 0) {
                            assertErased(reopened, use);
                        }
                    });
                    reopened.obtain(use(50));
                }
                assertOnlyManifestFiles(after);
            }
            if (!died) {
                break;
            }
        }
        assertThat(sawOld).isPositive();
        assertThat(sawNew).isPositive();
    }

    private static void assertErased(FileKeyStore store, KeyRef use) {
        assertThatThrownBy(() -> store.obtain(use))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.ERASED));
    }

    private void assertOnlyManifestFiles(MemoryDisk after) throws IOException {
        List<Long> numbers =
                Manifest.read(after, DIRECTORY, MasterKeyFile.read(master)).numbers();
        assertThat(after.list(DIRECTORY).stream()
                        .filter(name -> name.endsWith(".kek"))
                        .map(name -> Long.parseLong(name.substring(0, 16), 16)))
                .containsExactlyInAnyOrderElementsOf(numbers);
    }

    @Test
    void stepOfADestructionThatFails_canBeRepeatedOrStopsTheStore() throws Exception {
        for (int step = 1; ; step++) {
            MemoryDisk failing = new MemoryDisk();
            FileKeyStore store = open(failing, master);
            List<KeyId> ids = store.obtainAll(uses(0, 6)).stream().map(Key::id).toList();
            byte[] bytes = store.obtain(use(1)).secret().getEncoded();
            failing.failAt(step);
            boolean failed = false;
            try {
                store.destroy(List.of(ids.get(1)));
            } catch (ArchiveException e) {
                failed = true;
            }
            if (!failed) {
                assertThat(step).isGreaterThan(8);
                return;
            }
            try {
                store.destroy(List.of(ids.get(1)));
                assertThat(store.find(ids.get(1))).isEmpty();
                assertThat(recoverable(failing, bytes)).isFalse();
            } catch (ArchiveException e) {
                assertThat(e.error()).isEqualTo(ArchiveError.LOG_UNAVAILABLE);
            }
            for (int i : new int[] {0, 2, 3, 4, 5}) {
                assertThat(store.find(ids.get(i))).as("step " + step).isPresent();
            }
            try (FileKeyStore reopened = open(failing.afterKill(), master)) {
                reopened.destroy(List.of(ids.get(1)));
                assertThat(reopened.verify()).isEqualTo(new KeyStoreReport(5, 1, List.of()));
            }
        }
    }

    @Test
    void destroyedKey_cannotBeHadFromAnyByteThatIsLeft() throws Exception {
        FileKeyStore store = open(disk, master);
        byte[] doomed = store.obtain(use(1)).secret().getEncoded();
        byte[] kept = store.obtain(use(2)).secret().getEncoded();
        assertThat(recoverable(disk, doomed)).isTrue();
        store.destroy(List.of(new Key(doomed).id()));
        assertThat(recoverable(disk, kept)).isTrue();
        assertThat(recoverable(disk, doomed)).isFalse();
        for (int seed = 0; seed < 20; seed++) {
            assertThat(recoverable(disk.afterPowerLoss(new Random(seed)), doomed))
                    .isFalse();
        }
    }

    /** What an attacker with the medium and the master key can do: open every window as a KEK, and with each, every window as a key. */
    private boolean recoverable(MemoryDisk disk, byte[] wanted) throws Exception {
        SealingKey masterKey = MasterKeyFile.read(master);
        for (byte[] holder : disk.mediumBytes()) {
            for (int at = 0; at + 16 + 60 <= holder.length; at++) {
                Optional<byte[]> kek = unseal(masterKey, holder, at + 16, ByteBuffer.wrap(holder, at, 16));
                if (kek.isPresent()) {
                    long number = ByteBuffer.wrap(holder, at, 16).getLong(at + 8);
                    if (holdsKey(disk, new SealingKey(kek.get()), number, wanted)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean holdsKey(MemoryDisk disk, SealingKey kek, long number, byte[] wanted) {
        for (byte[] bytes : disk.mediumBytes()) {
            for (int at = 0; at < bytes.length; at++) {
                Optional<Entry> entry = Entry.read(ByteBuffer.wrap(bytes).position(at));
                try {
                    if (entry.isPresent()
                            && entry.get()
                                    .unseal(kek, number, at)
                                    .filter(key -> Arrays.equals(key.secret().getEncoded(), wanted))
                                    .isPresent()) {
                        return true;
                    }
                } catch (GeneralSecurityException e) {
                    continue;
                }
            }
        }
        return false;
    }

    private static Optional<byte[]> unseal(SealingKey key, byte[] bytes, int at, ByteBuffer associated) {
        try {
            return Optional.of(key.unseal(Arrays.copyOfRange(bytes, at, at + 60), associated.slice()));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }
}
