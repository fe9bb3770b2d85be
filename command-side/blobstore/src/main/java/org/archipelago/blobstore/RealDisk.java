package org.archipelago.blobstore;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The operating system's file system. */
final class RealDisk implements Disk {
    private volatile boolean direct;
    /** Of the one directory that is asked about: finding it reads the table of mounts. */
    private volatile @Nullable FileStore volume;

    RealDisk(boolean direct) {
        this.direct = direct;
    }

    @Override
    public AppendFile create(Path path) throws IOException {
        if (direct) {
            try {
                return create(
                        path,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT));
            } catch (FileAlreadyExistsException e) {
                throw e;
            } catch (UnsupportedOperationException | IOException e) {
                // Some file systems refuse O_DIRECT, after they made the name. If that was not why, this fails as well.
                Files.deleteIfExists(path);
                AppendFile file = create(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
                direct = false;
                return file;
            }
        }
        return create(path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    private static AppendFile create(Path path, Set<OpenOption> options) throws IOException {
        return new ChannelFile(FileChannel.open(
                path, options, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
    }

    @Override
    public FileChannel open(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.READ);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        Files.createDirectory(directory);
        if (parent != null) {
            syncDirectory(parent);
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long freeBytes(Path directory) throws IOException {
        FileStore known = volume;
        if (known == null) {
            known = Files.getFileStore(directory);
            volume = known;
        }
        return known.getUsableSpace();
    }

    private record ChannelFile(FileChannel channel) implements AppendFile {
        @Override
        public void append(ByteBuffer[] blocks) throws IOException {
            int first = 0;
            while (first < blocks.length) {
                if (!blocks[first].hasRemaining()) {
                    first++;
                } else {
                    channel.write(blocks, first, blocks.length - first);
                }
            }
        }

        @Override
        public void truncate(long lengthBytes) throws IOException {
            channel.truncate(lengthBytes);
        }

        @Override
        public void sync() throws IOException {
            channel.force(false);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
