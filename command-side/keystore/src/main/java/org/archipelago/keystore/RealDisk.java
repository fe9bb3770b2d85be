package org.archipelago.keystore;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The operating system's file system. POSIX only: modes of files, and directories that can be synced. */
final class RealDisk implements Disk {
    @Override
    public AutoCloseable lock(Path directory) throws IOException {
        createDirectories(directory);
        FileChannel channel = FileChannel.open(
                directory.resolve("LOCK"),
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException("another process has opened " + directory);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException("this process has opened " + directory + " already", e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return channel;
    }

    /** Each new directory is synced into its parent. */
    static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        Files.createDirectory(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        if (parent != null) {
            sync(parent);
        }
    }

    @Override
    public DiskFile create(Path path) throws IOException {
        FileChannel.open(
                        path,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                .close();
        return new SharedFile(path);
    }

    @Override
    public DiskFile open(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        return new SharedFile(path);
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        sync(directory);
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Used by many threads. An interrupt closes a {@link FileChannel} under whoever else uses it, so reading opens it anew, and
     * writing goes by a file that knows no interrupts.
     */
    private static final class SharedFile implements DiskFile {
        private final Path path;
        private final RandomAccessFile writing;
        private volatile FileChannel reading;
        private boolean closed;

        SharedFile(Path path) throws IOException {
            this.path = path;
            this.writing = new RandomAccessFile(path.toFile(), "rw");
            this.reading = FileChannel.open(path, StandardOpenOption.READ);
        }

        @Override
        public int read(ByteBuffer target, long offsetBytes) throws IOException {
            int start = target.position();
            boolean interrupted = false;
            try {
                while (true) {
                    FileChannel channel = reading;
                    try {
                        return read(channel, target.position(start), offsetBytes);
                    } catch (ClosedChannelException e) {
                        interrupted |= Thread.interrupted();
                        reopen(channel, e);
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private static int read(FileChannel channel, ByteBuffer target, long offsetBytes) throws IOException {
            int total = 0;
            while (target.hasRemaining()) {
                int read = channel.read(target, offsetBytes + total);
                if (read < 0) {
                    break;
                }
                total += read;
            }
            return total;
        }

        private synchronized void reopen(FileChannel interrupted, ClosedChannelException because) throws IOException {
            if (closed) {
                throw because;
            }
            if (reading == interrupted) {
                reading = FileChannel.open(path, StandardOpenOption.READ);
            }
        }

        @Override
        public synchronized void write(ByteBuffer source, long offsetBytes) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.get(bytes);
            writing.seek(offsetBytes);
            writing.write(bytes);
        }

        @Override
        public synchronized void truncate(long lengthBytes) throws IOException {
            if (writing.length() > lengthBytes) {
                writing.setLength(lengthBytes);
            }
        }

        @Override
        public void sync() throws IOException {
            writing.getFD().sync();
        }

        @Override
        public long size() throws IOException {
            return writing.length();
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            try (writing) {
                reading.close();
            }
        }
    }
}
