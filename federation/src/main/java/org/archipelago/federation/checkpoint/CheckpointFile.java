package org.archipelago.federation.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;

/** The last checkpoint that a site has signed: the note itself. */
final class CheckpointFile {
    private final Path file;

    CheckpointFile(Path directory) {
        this.file = directory.resolve("checkpoint");
    }

    /** @throws ArchiveException INVALID_REQUEST, REQUEST_TOO_LARGE or NOT_VERIFIED when it is not what this key has signed */
    Optional<SignedCheckpoint> read(VerifierKey key) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        if (Files.size(file) > SignedNote.MAX_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, file.toString());
        }
        return Optional.of(SignedCheckpoint.verify(Files.readAllBytes(file), key));
    }

    /** Durable on return. */
    void write(SignedCheckpoint checkpoint) throws IOException {
        DurableFile.replace(file, checkpoint.note().toBytes());
    }
}
