package org.archipelago.federation.checkpoint;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.merkle.TreeSize;
import org.archipelago.federation.note.StrictBase64;

/**
 * What an origin states of its log: so many records, and this root of the tree over their headers (C2SP tlog-checkpoint, "Note
 * text").
 *
 * @param origin a line, not empty; for a site's log the name that it signs as
 * @param size in records, at most {@link TreeSize#MAX}
 * @param extensions further lines, none empty; signed like the rest and otherwise without meaning here. This program writes none
 */
public record Checkpoint(String origin, long size, Digest root, List<String> extensions) {
    private static final int FIXED_LINES = 3;

    /** @throws ArchiveException INVALID_REQUEST */
    public Checkpoint {
        extensions = List.copyOf(extensions);
        require(size >= 0 && size <= TreeSize.MAX, "size of a checkpoint");
        require(isLine(origin) && extensions.stream().allMatch(Checkpoint::isLine), "line of a checkpoint");
    }

    public Checkpoint(String origin, long size, Digest root) {
        this(origin, size, root, List.of());
    }

    /**
     * Takes exactly what {@link #text} makes.
     *
     * @throws ArchiveException INVALID_REQUEST
     */
    public static Checkpoint parse(String text) {
        String[] lines = text.split("\n", -1);
        require(lines.length > FIXED_LINES && lines[lines.length - 1].isEmpty(), "checkpoint of too few lines");
        byte[] root = StrictBase64.decode(lines[2], "root of a checkpoint");
        require(root.length == Digest.LENGTH_BYTES, "root of a checkpoint");
        List<String> extensions = Arrays.asList(lines).subList(FIXED_LINES, lines.length - 1);
        return new Checkpoint(lines[0], size(lines[1]), Digest.of(root), extensions);
    }

    private static long size(String text) {
        try {
            long size = Long.parseLong(text);
            require(Long.toString(size).equals(text), "size of a checkpoint");
            return size;
        } catch (NumberFormatException e) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "size of a checkpoint", e);
        }
    }

    /** What is signed, with its last newline. */
    public String text() {
        return origin + "\n" + size + "\n" + StrictBase64.encode(root.toBytes()) + "\n"
                + extensions.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private static boolean isLine(String line) {
        return !line.isEmpty() && line.chars().allMatch(c -> c >= ' ');
    }

    private static void require(boolean condition, String subject) {
        if (!condition) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, subject);
        }
    }
}
