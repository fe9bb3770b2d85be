package org.archipelago.keystore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk that can lose power: what was not synced is then there, not there, or there in part. Every change is a step, and
 * a test says at which step the process dies or the step fails.
 */
final class MemoryDisk implements Disk {
    /** The process is gone; nothing after this happens. */
    static final class Died extends Error {
        private static final long serialVersionUID = 1L;
    }

    private static final class Inode {
        byte[] written = new byte[0];
        byte[] durable = new byte[0];
        /** What the next sync writes: from the first byte that was written since the last one, failed or not. */
        int dirtyFrom = Integer.MAX_VALUE;

        void dirty(long offset) {
            dirtyFrom = (int) Math.min(dirtyFrom, offset);
        }

        void synced() {
            // What was given up by a sync that failed is a hole on the medium.
            int kept = Math.min(dirtyFrom, written.length);
            byte[] next = Arrays.copyOf(Arrays.copyOf(durable, kept), written.length);
            System.arraycopy(written, kept, next, kept, written.length - kept);
            durable = next;
            dirtyFrom = Integer.MAX_VALUE;
        }
    }

    private final Map<Path, Inode> names = new TreeMap<>();
    private final Map<Path, Inode> durableNames = new TreeMap<>();
    /** Every file that ever was: what a deleted one held stays on the medium. */
    private final List<Inode> medium = new ArrayList<>();

    private int steps;
    private int syncs;
    private int dieAtStep = Integer.MAX_VALUE;
    private int failAtStep = Integer.MAX_VALUE;
    private int failingSyncs;
    private int failingWrites;
    private int erringWrites;
    private volatile Runnable beforeWrite = () -> {};
    private boolean dead;

    synchronized void dieAt(int step) {
        dieAtStep = steps + step;
    }

    synchronized void failAt(int step) {
        failAtStep = steps + step;
    }

    synchronized void failNextSync() {
        failingSyncs = 1;
    }

    synchronized void failNextWrite() {
        failingWrites = 1;
    }

    synchronized void errInNextWrite() {
        erringWrites = 1;
    }

    /** Every write waits for this first, outside of the disk's own lock. */
    void beforeWrites(Runnable hook) {
        beforeWrite = hook;
    }

    synchronized int steps() {
        return steps;
    }

    synchronized int syncs() {
        return syncs;
    }

    /** What is on disk after power was lost, as one of the many possibilities. */
    synchronized MemoryDisk afterPowerLoss(Random random) {
        MemoryDisk after = new MemoryDisk();
        Map<Inode, Inode> survivors = new HashMap<>();
        java.util.Set<Path> all = new java.util.TreeSet<>(names.keySet());
        all.addAll(durableNames.keySet());
        for (Path path : all) {
            Inode inode = random.nextBoolean() ? names.get(path) : durableNames.get(path);
            if (inode != null) {
                Inode survivor = survivors.computeIfAbsent(inode, i -> survivor(i, random));
                after.names.put(path, survivor);
                after.durableNames.put(path, survivor);
            }
        }
        return after;
    }

    /** What a process that is killed leaves: everything that it wrote. */
    synchronized MemoryDisk afterKill() {
        MemoryDisk after = new MemoryDisk();
        names.forEach((path, inode) -> {
            Inode copy = new Inode();
            copy.written = inode.written.clone();
            copy.durable = inode.written.clone();
            after.names.put(path, copy);
            after.durableNames.put(path, copy);
        });
        return after;
    }

    private static Inode survivor(Inode inode, Random random) {
        byte[] bytes = switch (random.nextInt(3)) {
            case 0 -> inode.durable.clone();
            case 1 -> inode.written.clone();
            default -> torn(inode, random);
        };
        Inode survivor = new Inode();
        survivor.written = bytes;
        survivor.durable = bytes.clone();
        return survivor;
    }

    private static byte[] torn(Inode inode, Random random) {
        int shared = Math.min(inode.durable.length, inode.written.length);
        if (inode.written.length <= shared) {
            return random.nextBoolean() ? inode.durable.clone() : inode.written.clone();
        }
        int length = shared + random.nextInt(inode.written.length - shared + 1);
        return Arrays.copyOf(inode.written, length);
    }

    synchronized Map<Path, byte[]> contents() {
        Map<Path, byte[]> contents = new TreeMap<>();
        names.forEach((path, inode) -> contents.put(path, inode.written.clone()));
        return contents;
    }

    /** The durable bytes of all files, deleted ones too. */
    synchronized List<byte[]> mediumBytes() {
        return medium.stream().map(inode -> inode.durable.clone()).toList();
    }

    synchronized void replace(Path path, byte[] bytes) {
        Inode inode = names.get(path);
        inode.written = bytes.clone();
        inode.durable = bytes.clone();
    }

    private void step() throws IOException {
        steps++;
        if (steps >= dieAtStep) {
            dead = true;
        }
        if (dead) {
            throw new Died();
        }
        if (steps == failAtStep) {
            throw new IOException("injected at step " + steps);
        }
    }

    @Override
    public AutoCloseable lock(Path directory) {
        return () -> {};
    }

    @Override
    public synchronized DiskFile create(Path path) throws IOException {
        step();
        if (names.containsKey(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        Inode inode = new Inode();
        medium.add(inode);
        names.put(path, inode);
        return new MemoryFile(inode);
    }

    @Override
    public synchronized DiskFile open(Path path) throws IOException {
        Inode inode = names.get(path);
        if (inode == null) {
            throw new NoSuchFileException(path.toString());
        }
        return new MemoryFile(inode);
    }

    @Override
    public synchronized boolean exists(Path path) {
        return names.containsKey(path);
    }

    @Override
    public synchronized List<String> list(Path directory) {
        return names.keySet().stream()
                .filter(path -> directory.equals(path.getParent()))
                .map(path -> path.getFileName().toString())
                .toList();
    }

    @Override
    public synchronized void rename(Path from, Path to) throws IOException {
        step();
        Inode inode = names.remove(from);
        if (inode == null) {
            throw new NoSuchFileException(from.toString());
        }
        names.put(to, inode);
    }

    @Override
    public synchronized void delete(Path path) throws IOException {
        step();
        names.remove(path);
    }

    @Override
    public synchronized void syncDirectory(Path directory) throws IOException {
        step();
        durableNames.keySet().removeIf(path -> directory.equals(path.getParent()));
        names.forEach((path, inode) -> {
            if (directory.equals(path.getParent())) {
                durableNames.put(path, inode);
            }
        });
    }

    private final class MemoryFile implements DiskFile {
        private final Inode inode;

        MemoryFile(Inode inode) {
            this.inode = inode;
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) {
            synchronized (MemoryDisk.this) {
                int length = (int) Math.max(0, Math.min(target.remaining(), inode.written.length - offsetBytes));
                target.put(inode.written, (int) Math.min(offsetBytes, inode.written.length), length);
                return length;
            }
        }

        @Override
        public void write(ByteBuffer source, long offsetBytes) throws IOException {
            beforeWrite.run();
            synchronized (MemoryDisk.this) {
                if (erringWrites-- > 0) {
                    throw new OutOfMemoryError("injected");
                }
                boolean fails = failingWrites-- > 0;
                byte[] bytes = new byte[fails ? source.remaining() / 2 : source.remaining()];
                source.get(bytes);
                int end = (int) offsetBytes + bytes.length;
                step();
                inode.written = Arrays.copyOf(inode.written, Math.max(inode.written.length, end));
                System.arraycopy(bytes, 0, inode.written, (int) offsetBytes, bytes.length);
                inode.dirty(offsetBytes);
                if (fails) {
                    throw new IOException("No space left on device");
                }
            }
        }

        @Override
        public void truncate(long lengthBytes) throws IOException {
            synchronized (MemoryDisk.this) {
                step();
                inode.written = Arrays.copyOf(inode.written, (int) lengthBytes);
                inode.dirty(lengthBytes);
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (MemoryDisk.this) {
                step();
                if (failingSyncs > 0) {
                    // As Linux does: the error is told once, and the pages count as clean after it.
                    failingSyncs--;
                    inode.dirtyFrom = Integer.MAX_VALUE;
                    throw new IOException("injected sync failure");
                }
                syncs++;
                inode.synced();
            }
        }

        @Override
        public long size() {
            synchronized (MemoryDisk.this) {
                return inode.written.length;
            }
        }

        @Override
        public void close() {}
    }
}
