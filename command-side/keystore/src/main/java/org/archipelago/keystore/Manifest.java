package org.archipelago.keystore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.jspecify.annotations.Nullable;

/**
 * Which files the keystore consists of. Replacing it is the one step that switches a generation. Sealed under the master
 * key, so that a wrong one shows at once.
 *
 * @param nextNumber never used for a file yet
 * @param numbers of files, oldest first; the last is the one that grows
 */
record Manifest(long nextNumber, List<Long> numbers) {
    private static final long MAGIC = 0x4152_4B4D_414E_0001L;
    private static final int CLEAR_BYTES = 3 * Long.BYTES;

    Manifest {
        numbers = List.copyOf(numbers);
    }

    static Path path(Path directory) {
        return directory.resolve("manifest");
    }

    static Manifest read(Disk disk, Path directory, SealingKey master) throws IOException {
        try (Disk.DiskFile file = disk.open(path(directory))) {
            long size = file.size();
            if (size < CLEAR_BYTES || size > (1 << KeyIndex.SLOT_BITS) * (long) Long.BYTES + 256) {
                throw altered(null);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            file.read(bytes, 0);
            byte[] sealed = new byte[(int) size - CLEAR_BYTES];
            bytes.get(CLEAR_BYTES, sealed);
            if (bytes.getLong(0) != MAGIC || sealed.length < SealingKey.NONCE_BYTES + SealingKey.TAG_BYTES) {
                throw altered(null);
            }
            ByteBuffer plain = ByteBuffer.wrap(master.unseal(sealed, bytes.slice(0, CLEAR_BYTES)));
            List<Long> numbers = new ArrayList<>();
            while (plain.hasRemaining()) {
                numbers.add(plain.getLong());
            }
            return new Manifest(bytes.getLong(8), numbers);
        } catch (GeneralSecurityException e) {
            throw altered(e);
        }
    }

    private static ArchiveException altered(@Nullable Throwable cause) {
        String subject = "keystore: the manifest was altered or has another master key";
        return cause == null
                ? new ArchiveException(ArchiveError.CORRUPT, subject)
                : new ArchiveException(ArchiveError.CORRUPT, subject, cause);
    }

    /** Writes the replacement and syncs it; nothing has switched yet. */
    void prepare(Disk disk, Path directory, SealingKey master, SecureRandom random) throws IOException {
        ByteBuffer plain = ByteBuffer.allocate(numbers.size() * Long.BYTES);
        numbers.forEach(plain::putLong);
        ByteBuffer clear = ByteBuffer.allocate(CLEAR_BYTES)
                .putLong(MAGIC)
                .putLong(nextNumber)
                .putLong(numbers.size());
        byte[] sealed = master.seal(plain.array(), clear.flip(), random);
        Path prepared = directory.resolve("manifest.new");
        disk.delete(prepared);
        try (Disk.DiskFile file = disk.create(prepared)) {
            file.write(
                    ByteBuffer.allocate(CLEAR_BYTES + sealed.length)
                            .put(clear.rewind())
                            .put(sealed)
                            .flip(),
                    0);
            file.sync();
        }
        disk.syncDirectory(directory);
    }

    /** Switches; durable on return. */
    static void publish(Disk disk, Path directory) throws IOException {
        disk.rename(directory.resolve("manifest.new"), path(directory));
        disk.syncDirectory(directory);
    }
}
