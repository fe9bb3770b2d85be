package org.archipelago.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.RecordId;
import org.archipelago.eventstore.EventLog;

/**
 * Kept beside the blobs: how far the log was whose records name them. A log that does not recognise it is another one, or
 * an older state of this one, and what it does not name may still be named by records that are not in it.
 *
 * <pre>incarnation, local position, record id: one line of text</pre>
 */
final class LogWitness {
    static final String FILE_NAME = "log-token";

    private final Path blobs;
    private Optional<LocalToken> written = Optional.empty();

    LogWitness(Path blobs) {
        this.blobs = blobs;
    }

    /** Whether there is one, of whatever log. An operator who makes the empty file says: there are no blobs any more. */
    static boolean isIn(Path blobs) {
        return Files.exists(blobs.resolve(FILE_NAME));
    }

    /** Whether a log is the one that the blobs belong to, and not an older state of it. None is written: any is. */
    boolean recognisedBy(EventLog log) throws IOException {
        Optional<LocalToken> token = read();
        return token.isEmpty() || log.recognises(token.get());
    }

    /** How far the log was when it was written. */
    LocalPosition position() throws IOException {
        return read().map(LocalToken::local).orElse(EventLog.BEFORE_FIRST);
    }

    private Optional<LocalToken> read() throws IOException {
        try {
            String[] words = Files.readString(blobs.resolve(FILE_NAME)).strip().split(" ", -1);
            return words.length == 1 && words[0].isEmpty()
                    ? Optional.empty()
                    : Optional.of(new LocalToken(
                            Incarnation.parse(words[0]),
                            new LocalPosition(Long.parseLong(words[1])),
                            RecordId.parse(words[2])));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (RuntimeException e) {
            throw new IOException(blobs.resolve(FILE_NAME) + " does not hold a token", e);
        }
    }

    /** Durable on return. */
    void write(LocalToken token) throws IOException {
        if (written.equals(Optional.of(token))) {
            return;
        }
        Path draft = blobs.resolve(FILE_NAME + ".new");
        Files.writeString(draft, token.incarnation() + " " + token.local().value() + " " + token.record() + "\n");
        sync(draft, StandardOpenOption.WRITE);
        Files.move(draft, blobs.resolve(FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
        sync(blobs, StandardOpenOption.READ);
        written = Optional.of(token);
    }

    private static void sync(Path path, StandardOpenOption how) throws IOException {
        try (FileChannel channel = FileChannel.open(path, how)) {
            channel.force(true);
        }
    }
}
