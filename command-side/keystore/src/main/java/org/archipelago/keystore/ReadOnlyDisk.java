package org.archipelago.keystore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/** A medium that is only read, whether or not it could be written. For one thread, which no interrupt may meet. */
final class ReadOnlyDisk implements Disk {
    @Override
    public DiskFile open(Path path) throws IOException {
        return new ReadOnlyFile(FileChannel.open(path, StandardOpenOption.READ));
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
    public AutoCloseable lock(Path directory) {
        throw new ReadOnlyFileSystemException();
    }

    @Override
    public DiskFile create(Path path) {
        throw new ReadOnlyFileSystemException();
    }

    @Override
    public void rename(Path from, Path to) {
        throw new ReadOnlyFileSystemException();
    }

    @Override
    public void delete(Path path) {
        throw new ReadOnlyFileSystemException();
    }

    @Override
    public void syncDirectory(Path directory) {
        throw new ReadOnlyFileSystemException();
    }

    private record ReadOnlyFile(FileChannel channel) implements DiskFile {
        @Override
        public int read(ByteBuffer target, long offsetBytes) throws IOException {
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

        @Override
        public void write(ByteBuffer source, long offsetBytes) {
            throw new ReadOnlyFileSystemException();
        }

        @Override
        public void truncate(long lengthBytes) {
            throw new ReadOnlyFileSystemException();
        }

        @Override
        public void sync() {
            throw new ReadOnlyFileSystemException();
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
