package org.archipelago.federation.tree;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.archipelago.contract.Digest;
import org.jspecify.annotations.Nullable;

/**
 * Hashes of one level, 32 bytes each, one behind the other. The file is made with its first hash. Thread-safe, and not a
 * channel: an interrupt of one reader would close it under all.
 */
final class LevelFile implements AutoCloseable {
    private final Path path;
    private @Nullable RandomAccessFile file;
    private boolean dirty;

    LevelFile(Path path) {
        this.path = path;
    }

    /** How many whole hashes there are. */
    synchronized long hashes() throws IOException {
        return Files.exists(path) ? file().length() / Digest.LENGTH_BYTES : 0;
    }

    /** @throws EOFException when they are not all there */
    synchronized byte[] read(long from, int count) throws IOException {
        byte[] bytes = new byte[count * Digest.LENGTH_BYTES];
        file().seek(from * Digest.LENGTH_BYTES);
        file().readFully(bytes);
        return bytes;
    }

    synchronized void write(long from, byte[] hashes) throws IOException {
        dirty = true;
        file().seek(from * Digest.LENGTH_BYTES);
        file().write(hashes);
    }

    /** Leaves this many hashes at most, and no part of another. */
    synchronized void cutTo(long count) throws IOException {
        if (Files.exists(path) && file().length() > count * Digest.LENGTH_BYTES) {
            dirty = true;
            file().setLength(count * Digest.LENGTH_BYTES);
        }
    }

    /** On return all that was written survives power loss. */
    synchronized void sync() throws IOException {
        if (dirty) {
            file().getFD().sync();
            dirty = false;
        }
    }

    private RandomAccessFile file() throws IOException {
        if (file == null) {
            file = new RandomAccessFile(path.toFile(), "rw");
        }
        return file;
    }

    @Override
    public synchronized void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
