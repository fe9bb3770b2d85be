package org.archipelago.keystore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** The master key: 64 hexadecimal digits in a file of mode 0600, so that it can be typed from paper. */
final class MasterKeyFile {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final int MAX_LENGTH_BYTES = 128;

    private MasterKeyFile() {}

    /**
     * @throws ArchiveException NOT_FOUND; NOT_AUTHORIZED when group or others may read or write it; CORRUPT when it is no
     *     key
     */
    static SealingKey read(Path file) throws IOException {
        requireThere(file);
        Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
        if (granted.stream().anyMatch(permission -> !permission.name().startsWith("OWNER_"))) {
            throw new ArchiveException(
                    ArchiveError.NOT_AUTHORIZED,
                    "master key file " + file + " is open to others (" + PosixFilePermissions.toString(granted)
                            + "); run: chmod 600 " + file);
        }
        return key(file);
    }

    /** As {@link #read}, whatever its mode is: not every medium of a backup knows modes, and who brings it guards it. */
    static SealingKey readExported(Path file) throws IOException {
        requireThere(file);
        return key(file);
    }

    private static void requireThere(Path file) {
        if (!Files.exists(file)) {
            throw new ArchiveException(
                    ArchiveError.NOT_FOUND, "master key file " + file + ": bring it back from where its copy is kept");
        }
    }

    private static SealingKey key(Path file) throws IOException {
        if (Files.size(file) > MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.CORRUPT, "master key file " + file + " is not 64 hex digits");
        }
        try {
            byte[] bytes = HexFormat.of().parseHex(Files.readString(file).strip());
            if (bytes.length == SealingKey.LENGTH_BYTES) {
                return new SealingKey(bytes);
            }
        } catch (IllegalArgumentException | java.nio.charset.CharacterCodingException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "master key file " + file + " is not 64 hex digits", e);
        }
        throw new ArchiveException(ArchiveError.CORRUPT, "master key file " + file + " is not 64 hex digits");
    }

    /** Makes it; durable on return. */
    static SealingKey create(Path file, SecureRandom random) throws IOException {
        byte[] bytes = new byte[SealingKey.LENGTH_BYTES];
        random.nextBytes(bytes);
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        if (directory == null) {
            throw new IOException("no directory: " + file);
        }
        RealDisk.createDirectories(directory);
        Path unfinished = directory.resolve(absolute.getFileName() + ".new");
        Files.deleteIfExists(unfinished);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            ByteBuffer text = ByteBuffer.wrap((HexFormat.of().formatHex(bytes) + "\n").getBytes());
            while (text.hasRemaining()) {
                channel.write(text);
            }
            channel.force(true);
        }
        Files.move(unfinished, absolute, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
        return new SealingKey(bytes);
    }
}
