package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The real disk, and a memory of what of it would be there if the power failed: of a file what was synced, and of what was
 * written since any pages; of a directory the names that were synced, and of what was changed since any changes.
 */
final class PowerLossDisk implements Disk {
    private static final int PAGE_BYTES = 4096;

    private final Path root;
    private final Disk disk = new RealDisk(false);
    private final Random random;
    private final Runnable beforeEachStep;
    private final Map<Path, Inode> names = new TreeMap<>();
    private final Map<Path, Map<Path, Inode>> durableNames = new HashMap<>();
    private final List<Path> directories = new ArrayList<>();

    /** What a file holds, and what of it is durable. */
    private static final class Inode {
        private byte[] now = new byte[0];
        private byte[] synced = new byte[0];
    }

    PowerLossDisk(Path root, Random random, Runnable beforeEachStep) {
        this.root = root;
        this.random = random;
        this.beforeEachStep = beforeEachStep;
    }

    /** Makes a directory as it may be found after the power has failed now. */
    synchronized void image(Path target) throws IOException {
        Files.createDirectories(target);
        for (Path directory : directories) {
            Files.createDirectories(target.resolve(root.relativize(directory)));
        }
        for (Path directory : directories) {
            Map<Path, Inode> durable = durableNames.getOrDefault(directory, Map.of());
            Map<Path, Inode> found = new HashMap<>(durable);
            // The changes of a directory reach the medium together or not at all.
            if (random.nextBoolean()) {
                found.clear();
                names.forEach((name, inode) -> {
                    if (directory.equals(name.getParent())) {
                        found.put(name, inode);
                    }
                });
            }
            for (Map.Entry<Path, Inode> file : found.entrySet()) {
                Files.write(target.resolve(root.relativize(file.getKey())), content(file.getValue()));
            }
        }
    }

    /** The synced bytes; of those written since, pages are there or read as zeros, if the length grew at all. */
    private byte[] content(Inode inode) {
        if (random.nextBoolean() && inode.now.length >= inode.synced.length) {
            byte[] torn = Arrays.copyOf(inode.synced, inode.now.length);
            for (int page = 0; page < torn.length; page += PAGE_BYTES) {
                int end = Math.min(torn.length, page + PAGE_BYTES);
                if (end > inode.synced.length && random.nextBoolean()) {
                    System.arraycopy(inode.now, page, torn, page, end - page);
                }
            }
            return torn;
        }
        return inode.synced;
    }

    private void step() {
        beforeEachStep.run();
    }

    @Override
    public FileChannel open(Path path) throws IOException {
        return disk.open(path);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
        synchronized (this) {
            directories.add(directory);
        }
    }

    @Override
    public AppendFile create(Path path) throws IOException {
        step();
        AppendFile file = disk.create(path);
        Inode inode = new Inode();
        synchronized (this) {
            names.put(path, inode);
        }
        return new RememberedFile(file, inode);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step();
        disk.rename(from, to);
        synchronized (this) {
            names.put(to, names.remove(from));
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        step();
        disk.delete(path);
        synchronized (this) {
            names.remove(path);
        }
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        step();
        disk.syncDirectory(directory);
        synchronized (this) {
            Map<Path, Inode> durable = new HashMap<>();
            names.forEach((name, inode) -> {
                if (directory.equals(name.getParent())) {
                    durable.put(name, inode);
                }
            });
            durableNames.put(directory, durable);
        }
    }

    @Override
    public long freeBytes(Path directory) {
        return Long.MAX_VALUE;
    }

    private final class RememberedFile implements AppendFile {
        private final AppendFile file;
        private final Inode inode;

        RememberedFile(AppendFile file, Inode inode) {
            this.file = file;
            this.inode = inode;
        }

        @Override
        public void append(ByteBuffer[] blocks) throws IOException {
            step();
            synchronized (PowerLossDisk.this) {
                for (ByteBuffer block : blocks) {
                    int before = inode.now.length;
                    inode.now = Arrays.copyOf(inode.now, before + block.remaining());
                    block.duplicate().get(inode.now, before, block.remaining());
                }
            }
            step();
            file.append(blocks);
        }

        @Override
        public void truncate(long lengthBytes) throws IOException {
            step();
            file.truncate(lengthBytes);
            synchronized (PowerLossDisk.this) {
                inode.now = Arrays.copyOf(inode.now, (int) lengthBytes);
            }
        }

        @Override
        public void sync() throws IOException {
            step();
            file.sync();
            synchronized (PowerLossDisk.this) {
                inode.synced = inode.now;
            }
            step();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
