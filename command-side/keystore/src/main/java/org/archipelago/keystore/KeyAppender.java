package org.archipelago.keystore;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyRef;
import org.jspecify.annotations.Nullable;

/** Makes keys, and takes in those of others. Who comes first writes, with one sync, for all who came while the sync before was under way. */
final class KeyAppender {
    static final int MAX_USES = 16_384;

    private final KeyFiles files;
    private final SecureRandom random;
    private final ReentrantLock writeLock;
    private final int keysPerFile;
    private final long fullFileBytes;
    private final ConcurrentLinkedQueue<Request> waiting = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Throwable failure;
    /** Whether there may be something of a group that failed behind the last one that was acknowledged. */
    private boolean torn;

    private volatile boolean closed;

    KeyAppender(KeyFiles files, SecureRandom random, ReentrantLock writeLock, int keysPerFile, long fullFileBytes) {
        this.files = files;
        this.random = random;
        this.writeLock = writeLock;
        this.keysPerFile = keysPerFile;
        this.fullFileBytes = fullFileBytes;
    }

    private static final class Request {
        final List<KeyRef> uses;
        /** What to take for them; empty when keys are to be made. */
        final Map<KeyRef, Key> given;

        boolean done;

        @Nullable
        RuntimeException refusal;

        Request(List<KeyRef> uses, Map<KeyRef, Key> given) {
            this.uses = uses;
            this.given = given;
        }
    }

    List<Key> obtainAll(List<KeyRef> uses) {
        if (uses.size() > MAX_USES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "keys at once");
        }
        try {
            List<KeyRef> missing = new ArrayList<>();
            List<Key> keys = new ArrayList<>(uses.size());
            for (KeyRef use : uses) {
                Optional<Key> key = existing(use);
                key.ifPresentOrElse(keys::add, () -> missing.add(use));
            }
            if (missing.isEmpty()) {
                return keys;
            }
            carryOut(new Request(missing, Map.of()));
            keys.clear();
            for (KeyRef use : uses) {
                keys.add(existing(use).orElseThrow(() -> new ArchiveException(ArchiveError.ERASED, "key")));
            }
            return keys;
        } catch (IOException e) {
            throw FileKeyStore.unreadable(e);
        }
    }

    /** @throws ArchiveException ERASED */
    private Optional<Key> existing(KeyRef use) throws IOException {
        Optional<Key> key = files.key(use);
        if (key.isEmpty() && files.isDestroyed(use)) {
            throw new ArchiveException(ArchiveError.ERASED, "key");
        }
        return key;
    }

    void adopt(Map<KeyRef, Key> keys) {
        if (keys.size() > MAX_USES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "keys at once");
        }
        if (!keys.isEmpty()) {
            carryOut(new Request(List.copyOf(keys.keySet()), Map.copyOf(keys)));
        }
    }

    private void carryOut(Request request) {
        waiting.add(request);
        writeLock.lock();
        try {
            while (!request.done) {
                serve(nextGroup());
            }
        } finally {
            writeLock.unlock();
        }
        if (request.refusal != null) {
            throw new ArchiveException(
                    request.refusal instanceof ArchiveException e ? e.error() : ArchiveError.INTERNAL,
                    request.refusal instanceof ArchiveException e ? e.subject() : "keystore",
                    request.refusal);
        }
    }

    private List<Request> nextGroup() {
        List<Request> group = new ArrayList<>();
        int uses = 0;
        for (Request next = waiting.peek(); next != null; next = waiting.peek()) {
            uses += next.uses.size();
            if (!group.isEmpty() && uses > MAX_USES) {
                break;
            }
            group.add(waiting.remove());
        }
        return group;
    }

    /** Whatever happens, everyone in the group is answered: nobody else would. */
    private void serve(List<Request> group) {
        @Nullable RuntimeException refusal = new ArchiveException(ArchiveError.INTERNAL, "keystore");
        try {
            requireWritable();
            write(group);
            refusal = null;
        } catch (IOException e) {
            refusal = FileKeyStore.unreadable(e);
        } catch (RuntimeException e) {
            refusal = e;
        } finally {
            for (Request request : group) {
                request.done = true;
                if (request.refusal == null) {
                    request.refusal = refusal;
                }
            }
        }
    }

    private void write(List<Request> group) throws IOException {
        Map<KeyRef, Key> fresh = new LinkedHashMap<>();
        for (Request request : group) {
            try {
                if (request.given.isEmpty()) {
                    missing(request.uses).forEach(use -> fresh.computeIfAbsent(use, _ -> newKey()));
                } else {
                    fresh.putAll(unknown(request.given, fresh));
                }
            } catch (ArchiveException e) {
                request.refusal = e;
            }
        }
        if (fresh.isEmpty()) {
            return;
        }
        if (files.active().entries() >= keysPerFile || files.active().endBytes() >= fullFileBytes) {
            startNextFile();
        }
        List<KeyFile.NewEntry> entries = new ArrayList<>(fresh.size());
        fresh.forEach((use, key) -> entries.add(
                new KeyFile.NewEntry(use, key.id(), Optional.of(key.secret().getEncoded()))));
        files.added(entries, List.copyOf(fresh.values()), writeSynced(files.active(), entries));
    }

    private List<KeyRef> missing(List<KeyRef> uses) throws IOException {
        List<KeyRef> missing = new ArrayList<>();
        for (KeyRef use : uses) {
            if (existing(use).isEmpty()) {
                missing.add(use);
            }
        }
        return missing;
    }

    /**
     * @param earlier of the same group, not yet on disk
     * @throws ArchiveException CONFLICTING_STATE
     */
    private Map<KeyRef, Key> unknown(Map<KeyRef, Key> given, Map<KeyRef, Key> earlier) throws IOException {
        Map<KeyRef, Key> unknown = new LinkedHashMap<>();
        for (Map.Entry<KeyRef, Key> one : given.entrySet()) {
            KeyRef use = one.getKey();
            KeyId id = one.getValue().id();
            Optional<KeyId> here = earlier.containsKey(use)
                    ? Optional.of(earlier.get(use).id())
                    : files.key(use).map(Key::id);
            if (here.filter(other -> !other.equals(id)).isPresent()) {
                throw new ArchiveException(ArchiveError.CONFLICTING_STATE, "key of " + use.subject());
            }
            if (here.isEmpty() && !files.isDestroyed(use) && !isDestroyed(id)) {
                unknown.put(use, one.getValue());
            }
        }
        return unknown;
    }

    private boolean isDestroyed(KeyId id) throws IOException {
        return files.find(id).filter(found -> found.entry().destroyed()).isPresent();
    }

    private long[] writeSynced(KeyFile active, List<KeyFile.NewEntry> entries) throws IOException {
        torn = true;
        try {
            long[] offsets = active.write(entries, random);
            active.sync();
            torn = false;
            return offsets;
        } finally {
            if (torn) {
                active.takeBack();
            }
        }
    }

    private Key newKey() {
        byte[] bytes = new byte[Key.LENGTH_BYTES];
        random.nextBytes(bytes);
        return new Key(bytes);
    }

    private void startNextFile() throws IOException {
        KeyFile next = files.create();
        try {
            List<KeyFile> all =
                    new ArrayList<>(files.order().stream().map(files::file).toList());
            all.add(next);
            files.prepare(all);
        } catch (IOException | RuntimeException e) {
            next.close();
            throw e;
        }
        switching(files::publish);
        files.append(next);
    }

    /** A switch of files of which, when it fails, nobody can tell which is on disk: after that nothing is written. */
    void switching(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            throw e;
        }
    }

    /** One step on disk. */
    interface Step {
        void run() throws IOException;
    }

    /** Nothing is written behind what may be torn: first that is dropped, which is tried again each time until it succeeds. */
    void requireWritable() throws IOException {
        Throwable earlier = failure;
        if (earlier != null) {
            throw new ArchiveException(
                    ArchiveError.LOG_UNAVAILABLE, "keystore stopped after a failed switch; restart the node", earlier);
        }
        if (closed) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "keystore");
        }
        if (torn) {
            files.active().dropTail();
            torn = false;
        }
    }

    boolean hasStopped() {
        return failure != null;
    }

    void close() {
        closed = true;
    }
}
