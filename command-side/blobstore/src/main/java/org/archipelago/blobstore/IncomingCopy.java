package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * A blob of another site on its way in, without the key that opens it: only its name proves it, and only once it is whole. The name finds
 * damage and not a forger, so this takes what comes from the blob's origin, and nobody else's. Memory: one buffer.
 */
public final class IncomingCopy implements IncomingBytes {
    private static final int BUFFER_BYTES = 64 << 10;

    private final ForeignBlobId blob;
    private final long lengthBytes;
    private final FileChannel file;
    private final ForeignBlobs store;
    private final StoredDigest digest = new StoredDigest();
    private long takenBytes;
    private boolean ended;
    private boolean refuted;

    private IncomingCopy(ForeignBlobId blob, long lengthBytes, FileChannel file, ForeignBlobs store) {
        this.blob = blob;
        this.lengthBytes = lengthBytes;
        this.file = file;
        this.store = store;
    }

    static IncomingCopy open(ForeignBlobId blob, Path path, long lengthBytes, ForeignBlobs store) throws IOException {
        FileChannel file = FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        IncomingCopy copy = new IncomingCopy(blob, lengthBytes, file, store);
        try {
            copy.takeAgain();
            return copy;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** What was there before a crash need not be what was written; that it is not, the end tells. The last byte comes again: with it the blob is judged. */
    private void takeAgain() throws IOException {
        long there = Math.min(file.size(), lengthBytes - 1);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (takenBytes < there) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), there - takenBytes));
            int read = file.read(buffer, takenBytes);
            if (read <= 0) {
                break;
            }
            digest.update(buffer.flip());
            takenBytes += read;
        }
        file.truncate(takenBytes);
    }

    @Override
    public long takenBytes() {
        return takenBytes;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    /** When the whole is not what its origin named, nothing of it stays. */
    @Override
    public void take(ByteBuffer stored) throws IOException {
        if (stored.remaining() > lengthBytes - takenBytes) {
            throw new IllegalArgumentException("more bytes than the blob has");
        }
        digest.update(stored.duplicate());
        while (stored.hasRemaining()) {
            takenBytes += file.write(stored, takenBytes);
        }
        if (takenBytes == lengthBytes) {
            keep();
        }
    }

    private void keep() throws IOException {
        if (!digest.id().equals(blob.id())) {
            refuted = true;
            takenBytes = 0;
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "blob that is not the one recorded");
        }
        try {
            file.force(true);
        } catch (IOException e) {
            takenBytes = 0; // what is not durable now may never be: a later sync would not tell
            throw e;
        }
        store.keep(blob, lengthBytes);
        ended = true;
    }

    @Override
    public boolean isRefuted() {
        return refuted;
    }

    @Override
    public void forget() {
        // All that was given is counted.
    }

    @Override
    public void close() throws IOException {
        file.close();
        if (!ended) {
            ended = true;
            store.ended(blob, lengthBytes, takenBytes == 0 ? Optional.empty() : Optional.of(takenBytes));
        }
    }
}
