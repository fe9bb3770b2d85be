package org.archipelago.federation.tree;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.Digest;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.merkle.TreeSize;

/**
 * How much of a tree's files is on disk, and the root that it has.
 *
 * <pre>
 * archipelago tree 1
 * size in leaves, decimal
 * root, 64 hexadecimal digits
 * </pre>
 */
record TreeHead(long size, Digest root) {
    static final String FILE_NAME = "head";

    private static final String VERSION = "archipelago tree 1";
    private static final int MAX_LENGTH_BYTES = 256;

    /** Empty when there is none, or none that this program can read: the tree is made anew then. */
    static Optional<TreeHead> read(Path directory) throws IOException {
        Path file = directory.resolve(FILE_NAME);
        if (!Files.exists(file) || Files.size(file) > MAX_LENGTH_BYTES) {
            return Optional.empty();
        }
        try {
            List<String> lines = Files.readAllLines(file);
            long size = Long.parseLong(lines.get(1));
            boolean known = lines.get(0).equals(VERSION) && size >= 0 && size <= TreeSize.MAX;
            return known ? Optional.of(new TreeHead(size, Digest.parse(lines.get(2)))) : Optional.empty();
        } catch (IllegalArgumentException | IndexOutOfBoundsException | java.nio.charset.CharacterCodingException _) {
            return Optional.empty();
        }
    }

    /** Durable on return, in place of an earlier one. */
    void write(Path directory) throws IOException {
        String text = VERSION + "\n" + size + "\n" + root + "\n";
        DurableFile.replace(directory.resolve(FILE_NAME), text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }
}
