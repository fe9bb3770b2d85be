package org.archipelago.federation.grant;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.keystore.KeyStore;

/**
 * How far one origin's log was gone through for grants: the next position, what the last key that was taken in is for, the stream of what
 * it grants this site, and who read. If that last key is not here, the keystore is older than this file, and all is gone through again; so
 * it is for another reader, who may open what this one had to pass, and when the file is not of this form.
 */
final class GrantProgress {
    private static final String VERSION = "archipelago grants 2";
    private static final String NONE = "-";
    private static final int LINES = 5;
    private static final int MAX_LENGTH_BYTES = 1024;
    private static final int UNSAVED_RECORDS = 4096;

    private final Path file;
    private final String reader;
    private long next;
    private Optional<KeyRef> last;
    private Optional<StreamId> grants;
    private String saved = "";
    private long savedNext;

    private GrantProgress(Path file, String reader, long next, Optional<KeyRef> last, Optional<StreamId> grants) {
        this.file = file;
        this.reader = reader;
        this.next = next;
        this.last = last;
        this.grants = grants;
        this.savedNext = next;
    }

    /** @param reader what decides which grants can be read, in a line */
    static GrantProgress open(Path file, String reader, KeyStore keys) throws IOException {
        GrantProgress read =
                read(file).orElseGet(() -> new GrantProgress(file, reader, 0, Optional.empty(), Optional.empty()));
        boolean goesOn = read.reader.equals(reader)
                && read.last
                        .filter(use -> keys.find(use).isEmpty() && !keys.isDestroyed(use))
                        .isEmpty();
        return goesOn ? read : new GrantProgress(file, reader, 0, Optional.empty(), read.grants);
    }

    private static Optional<GrantProgress> read(Path file) throws IOException {
        if (!Files.exists(file) || Files.size(file) > MAX_LENGTH_BYTES) {
            return Optional.empty();
        }
        List<String> lines =
                Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        if (lines.size() != LINES || !lines.getFirst().equals(VERSION)) {
            return Optional.empty();
        }
        try {
            long next = Long.parseLong(lines.get(1));
            Optional<StreamId> grants =
                    Optional.of(lines.get(3)).filter(line -> !line.equals(NONE)).map(StreamId::new);
            GrantProgress read = new GrantProgress(file, lines.get(4), next, use(lines.get(2)), grants);
            read.saved = read.text();
            return next < 0 ? Optional.empty() : Optional.of(read);
        } catch (IllegalArgumentException | ArchiveException _) {
            return Optional.empty();
        }
    }

    private static Optional<KeyRef> use(String line) {
        if (line.equals(NONE)) {
            return Optional.empty();
        }
        String[] words = line.split(" ", 2);
        return Optional.of(new KeyRef(KeyClass.valueOf(words[0]), new StreamId(words[words.length - 1])));
    }

    long next() {
        return next;
    }

    void advance(long position) {
        next = position;
    }

    void last(KeyRef use) {
        last = Optional.of(use);
    }

    /** Subject of the key of what the origin grants this site; empty while it has not handed that over. */
    Optional<StreamId> grants() {
        return grants;
    }

    /** Durable on return. */
    void grants(StreamId stream) {
        grants = Optional.of(stream);
        save();
    }

    /** On return all is to be gone through again, also after power loss. */
    void restart() {
        next = 0;
        last = Optional.empty();
        save();
    }

    /** Each costs two syncs, and to go through this many records again costs less. */
    void saveNowAndThen() {
        if (next - savedNext >= UNSAVED_RECORDS) {
            save();
        }
    }

    void save() {
        String text = text();
        if (text.equals(saved)) {
            return;
        }
        try {
            DurableFile.createDirectories(Objects.requireNonNull(file.getParent()));
            DurableFile.replace(file, text.getBytes(StandardCharsets.US_ASCII));
            saved = text;
            savedNext = next;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String text() {
        return VERSION + "\n" + next + "\n"
                + last.map(use -> use.keyClass() + " " + use.subject()).orElse(NONE) + "\n"
                + grants.map(StreamId::toString).orElse(NONE) + "\n" + reader + "\n";
    }
}
