package org.archipelago.federation.replica;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.federation.replica.ReplicaState.Following;
import org.archipelago.federation.replica.ReplicaState.Forked;
import org.archipelago.federation.replica.ReplicaState.Malformed;

/**
 * What is kept of a replica besides its records: the notes {@code accepted}, {@code smaller} and {@code complete}, and, for good, why it stopped:
 * {@code fork} with the notes {@code fork-accepted} and {@code fork-other}, or {@code malformed}. Everything written here is durable
 * on return.
 */
final class ReplicaFiles {
    private static final String FORK = "fork";
    private static final String FORK_ACCEPTED = "fork-accepted";
    private static final String FORK_OTHER = "fork-other";
    private static final String MALFORMED = "malformed";
    private static final int MAX_TEXT_BYTES = 4096;

    private final Path directory;

    ReplicaFiles(Path directory) throws IOException {
        DurableFile.createDirectories(directory);
        this.directory = directory;
    }

    Path tree() {
        return directory.resolve("tree");
    }

    /** Empty when there is none, or none that this key has signed: the records say what was taken in. */
    Optional<SignedCheckpoint> checkpoint(String name, VerifierKey key) throws IOException {
        Optional<byte[]> bytes = read(name, SignedNote.MAX_LENGTH_BYTES);
        try {
            return bytes.map(note -> SignedCheckpoint.verify(note, key));
        } catch (ArchiveException _) {
            return Optional.empty();
        }
    }

    void write(String name, SignedCheckpoint checkpoint) throws IOException {
        DurableFile.replace(directory.resolve(name), checkpoint.note().toBytes());
    }

    /** The notes first: without them the reason is none. */
    void writeFork(ForkEvidence evidence) throws IOException {
        DurableFile.replace(
                directory.resolve(FORK_ACCEPTED), evidence.accepted().toBytes());
        DurableFile.replace(directory.resolve(FORK_OTHER), evidence.other().toBytes());
        write(FORK, evidence.shownBy());
    }

    void writeMalformed(Malformed malformed) throws IOException {
        write(MALFORMED, malformed.at() + "\n" + malformed.what());
    }

    private void write(String name, String text) throws IOException {
        DurableFile.replace(directory.resolve(name), (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** @throws ArchiveException CORRUPT when it has stopped, and nobody can read why */
    ReplicaState state() throws IOException {
        try {
            Optional<byte[]> fork = read(FORK, MAX_TEXT_BYTES);
            if (fork.isPresent()) {
                return new Forked(new ForkEvidence(
                        SignedNote.parse(
                                read(FORK_ACCEPTED, SignedNote.MAX_LENGTH_BYTES).orElseThrow()),
                        SignedNote.parse(
                                read(FORK_OTHER, SignedNote.MAX_LENGTH_BYTES).orElseThrow()),
                        text(fork.get()).strip()));
            }
            Optional<byte[]> malformed = read(MALFORMED, MAX_TEXT_BYTES);
            if (malformed.isPresent()) {
                String[] lines = text(malformed.get()).split("\n", 2);
                return new Malformed(Long.parseLong(lines[0]), lines[1].strip());
            }
            return new Following();
        } catch (ArchiveException
                | IllegalArgumentException
                | java.util.NoSuchElementException
                | ArrayIndexOutOfBoundsException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "why the replica in " + directory + " has stopped", e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private Optional<byte[]> read(String name, int maxBytes) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (Files.size(file) > maxBytes) {
            throw new ArchiveException(ArchiveError.CORRUPT, file.toString());
        }
        return Optional.of(Files.readAllBytes(file));
    }
}
