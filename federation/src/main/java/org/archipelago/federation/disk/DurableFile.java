package org.archipelago.federation.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/** Small files that are written as one and that only their owner may read (mode 0600). POSIX only. */
public final class DurableFile {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private DurableFile() {}

    /**
     * Puts a file in the place of an earlier one, or where there was none. On return it survives power loss; before that, the
     * earlier one is whole, or none is there.
     */
    public static void replace(Path file, byte[] bytes) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path draft = absolute.resolveSibling(absolute.getFileName() + ".new");
        Files.deleteIfExists(draft);
        write(draft, bytes, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        Files.move(draft, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncDirectory(draft.resolveSibling("."));
    }

    /**
     * Puts a file where there is none. On return it survives power loss; it is whole whenever it is there.
     *
     * @throws FileAlreadyExistsException also when another process puts one there at the same time
     */
    public static void create(Path file, byte[] bytes) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path draft = Files.createTempFile(
                Objects.requireNonNull(absolute.getParent()), absolute.getFileName() + ".", ".new", OWNER_ONLY);
        try {
            write(draft, bytes, Set.of(StandardOpenOption.WRITE));
            Files.createLink(absolute, draft); // unlike a move, never over another
        } finally {
            Files.deleteIfExists(draft);
        }
        syncDirectory(draft.resolveSibling("."));
    }

    /** A file or directory, to where there is none, in the same directory. On return that survives power loss. */
    public static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        syncDirectory(to.resolveSibling("."));
    }

    /** If it is there. On return that survives power loss. */
    public static void delete(Path file) throws IOException {
        if (Files.deleteIfExists(file)) {
            syncDirectory(file.toAbsolutePath().resolveSibling("."));
        }
    }

    private static void write(Path file, byte[] bytes, Set<StandardOpenOption> options) throws IOException {
        try (FileChannel channel = FileChannel.open(file, options, OWNER_ONLY)) {
            ByteBuffer content = ByteBuffer.wrap(bytes);
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
    }

    /** For the owner only; each new directory is synced into its parent. */
    public static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        if (parent != null) {
            createDirectories(parent);
        }
        Files.createDirectory(directory, OWNER_ONLY_DIRECTORY);
        if (parent != null) {
            syncDirectory(parent);
        }
    }

    private static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
