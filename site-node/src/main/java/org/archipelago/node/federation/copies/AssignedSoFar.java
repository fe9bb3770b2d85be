package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.archipelago.contract.Digest;
import org.archipelago.federation.disk.DurableFile;

/** How far the own log was gone through for studies to assign, and by which rule. A file that is lost or of another form costs time only. */
public final class AssignedSoFar {
    private static final String VERSION = "archipelago assigned 1";
    private static final int LINES = 3;
    private static final int MAX_LENGTH_BYTES = 1024;
    private static final int UNSAVED_RECORDS = 4096;

    private final Path file;
    private volatile String rule = "";
    private long next;
    private long savedNext;

    public AssignedSoFar(Path file) throws IOException {
        this.file = file;
        if (Files.exists(file) && Files.size(file) <= MAX_LENGTH_BYTES) {
            read(Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList());
        }
    }

    private void read(List<String> lines) {
        if (lines.size() == LINES && lines.getFirst().equals(VERSION)) {
            try {
                next = Math.max(0, Long.parseLong(lines.get(2)));
                rule = lines.get(1);
            } catch (NumberFormatException _) {
                next = 0;
            }
        }
        savedNext = next;
    }

    /** The next position to look at: the first one again under a rule that is new, also if the earlier one comes back. */
    long next(Digest by) {
        if (!rule.equals(by.toString())) {
            rule = by.toString();
            next = 0;
            write();
        }
        return next;
    }

    long position() {
        return next;
    }

    boolean isBy(Digest other) {
        return rule.equals(other.toString());
    }

    void advance(long position) {
        next = position;
        if (next - savedNext >= UNSAVED_RECORDS) {
            write();
        }
    }

    void save() {
        if (next != savedNext) {
            write();
        }
    }

    private void write() {
        try {
            DurableFile.createDirectories(Objects.requireNonNull(file.getParent()));
            DurableFile.replace(file, (VERSION + "\n" + rule + "\n" + next + "\n").getBytes(StandardCharsets.US_ASCII));
            savedNext = next;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
