package org.archipelago.federation.recovery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.federation.disk.DurableFile;

/**
 * What came back of a site's log.
 *
 * @param size records; all of them are under {@code root}, which this site had signed
 * @param seenSize of the largest checkpoint of this site that any peer that answered knew of; what it has more than {@code size} is lost
 * @param closed how many records nobody can open, by kind of stream
 */
public record RecoveredLog(
        long size, Digest root, long seenSize, Digest seenRoot, Instant recoveredAt, Map<String, Long> closed) {
    private static final String VERSION = "archipelago recovered log 1";
    private static final int FIXED_LINES = 6;

    public RecoveredLog {
        closed = Map.copyOf(closed);
    }

    /** Durable on return. */
    public void write(Path file) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                VERSION,
                "size " + size,
                "root " + root,
                "seen " + seenSize,
                "seen-root " + seenRoot,
                "at " + recoveredAt));
        new TreeMap<>(closed).forEach((kind, records) -> lines.add("closed " + kind + " " + records));
        DurableFile.createDirectories(
                Objects.requireNonNull(file.toAbsolutePath().getParent()));
        DurableFile.replace(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** @throws ArchiveException CORRUPT when it is not of this form */
    public static RecoveredLog read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
        try {
            if (!lines.getFirst().equals(VERSION)) {
                throw new IllegalArgumentException("another form");
            }
            Map<String, Long> closed = new TreeMap<>();
            for (String line : lines.subList(FIXED_LINES, lines.size())) {
                closed.put(line.split(" ", -1)[1], Long.parseLong(line.split(" ", -1)[2]));
            }
            return new RecoveredLog(
                    Long.parseLong(value(lines, 1)),
                    Digest.parse(value(lines, 2)),
                    Long.parseLong(value(lines, 3)),
                    Digest.parse(value(lines, 4)),
                    Instant.parse(value(lines, 5)),
                    closed);
        } catch (RuntimeException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, file.toString(), e);
        }
    }

    private static String value(List<String> lines, int at) {
        return lines.get(at).substring(lines.get(at).indexOf(' ') + 1);
    }
}
