package org.archipelago.node.cli.transfer;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * Which files an import has seen acknowledged, by the SHA-256 of their identity, and under which issuer, by the same: names of
 * files may name patients. A lost last line only means that a file is sent again, which is harmless. A line without an issuer, as
 * earlier builds wrote it, is of an unknown one.
 */
public final class ImportJournal implements AutoCloseable {
    private static final char ISSUER_FOLLOWS = ' ';

    private final Set<String> done = new HashSet<>();
    private final Set<String> underAnyIssuer = new HashSet<>();
    private final String archive;
    private final String issuer;
    private final BufferedWriter writer;

    /**
     * @param archive what it was acknowledged by: an entry of another archive counts for nothing in this one
     * @param issuer of Patient IDs that name none: what was sent under another is to be sent again
     */
    public ImportJournal(Path file, String archive, String issuer) throws IOException {
        this.archive = archive;
        this.issuer = digest(issuer);
        if (file.toAbsolutePath().getParent() instanceof Path parent) {
            Files.createDirectories(parent);
        }
        if (Files.exists(file)) {
            done.addAll(Files.readAllLines(file, StandardCharsets.US_ASCII));
            done.forEach(line -> underAnyIssuer.add(fileOf(line)));
        }
        writer = Files.newBufferedWriter(
                file, StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (!done.isEmpty()) {
            writer.newLine();
        }
    }

    public boolean isDone(SourceFile file) {
        return done.contains(entry(file));
    }

    /** Whether it was acknowledged under whatever issuer. */
    public boolean wasTaken(SourceFile file) {
        return underAnyIssuer.contains(fileOf(entry(file)));
    }

    public void done(SourceFile file) throws IOException {
        String entry = entry(file);
        if (done.add(entry)) {
            writer.write(entry);
            writer.newLine();
            writer.flush();
        }
    }

    private String entry(SourceFile file) {
        return digest(archive + "\n" + file.identity()) + ISSUER_FOLLOWS + issuer;
    }

    private static String fileOf(String line) {
        int end = line.indexOf(ISSUER_FOLLOWS);
        return end < 0 ? line : line.substring(0, end);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    public static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
