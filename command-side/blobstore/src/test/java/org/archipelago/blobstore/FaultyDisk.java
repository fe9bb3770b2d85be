package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The real disk, with faults at wish. */
final class FaultyDisk implements Disk {
    final AtomicInteger failingSyncs = new AtomicInteger();
    final AtomicInteger failingAppends = new AtomicInteger();
    final AtomicInteger erringAppends = new AtomicInteger();
    final AtomicInteger failingCreates = new AtomicInteger();
    /** Offsets of blocks that cannot be read, by the name of their file. */
    final Map<String, Set<Long>> unreadable = new ConcurrentHashMap<>();
    /** Which kinds of step came, in order. */
    final List<String> steps = new CopyOnWriteArrayList<>();

    volatile String message = "injected: Input/output error";
    volatile long freeBytes = Long.MAX_VALUE;
    private final Disk disk = new RealDisk(true);

    private static boolean strikes(AtomicInteger counter) {
        return counter.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    }

    @Override
    public AppendFile create(Path path) throws IOException {
        if (strikes(failingCreates)) {
            throw new IOException(message);
        }
        steps.add("create " + path.getParent().getFileName());
        return new FaultyFile(disk.create(path));
    }

    @Override
    public FileChannel open(Path path) throws IOException {
        Set<Long> blocks = unreadable.getOrDefault(path.getFileName().toString(), Set.of());
        return blocks.isEmpty() ? disk.open(path) : new UnreadableChannel(disk.open(path), blocks);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        steps.add("rename");
        disk.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        disk.syncDirectory(directory);
        steps.add("syncDirectory");
    }

    @Override
    public long freeBytes(Path directory) throws IOException {
        return Math.min(freeBytes, disk.freeBytes(directory));
    }

    private final class FaultyFile implements AppendFile {
        private final AppendFile file;

        FaultyFile(AppendFile file) {
            this.file = file;
        }

        @Override
        public void append(ByteBuffer[] blocks) throws IOException {
            if (strikes(failingAppends)) {
                // Part of it went out before the disk was full.
                file.append(new ByteBuffer[] {blocks[0].duplicate().limit(Disk.BLOCK_BYTES)});
                throw new IOException(message);
            }
            if (strikes(erringAppends)) {
                file.append(new ByteBuffer[] {blocks[0].duplicate().limit(Disk.BLOCK_BYTES)});
                throw new OutOfMemoryError("injected");
            }
            file.append(blocks);
            steps.add("append");
        }

        @Override
        public void truncate(long lengthBytes) throws IOException {
            steps.add("truncate");
            file.truncate(lengthBytes);
        }

        @Override
        public void sync() throws IOException {
            if (strikes(failingSyncs)) {
                throw new IOException(message);
            }
            file.sync();
            steps.add("sync");
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
