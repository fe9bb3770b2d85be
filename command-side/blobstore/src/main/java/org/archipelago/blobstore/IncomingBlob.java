package org.archipelago.blobstore;

import com.google.crypto.tink.subtle.StreamSegmentDecrypter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;

/**
 * A blob of another site on its way in. One thread takes its stored bytes, in order, from whoever gives them; any number read the plain
 * ones meanwhile. What is read was authenticated, segment by segment (64 KiB), before it could be; the last segment can be read only
 * once the whole has the name and the digest that its origin recorded, and is durable. Memory: two segments.
 */
public final class IncomingBlob implements IncomingBytes {
    private final ForeignObject object;
    private final long lengthBytes;
    private final Path path;
    private final FileChannel file;
    private final ForeignBlobs store;
    private final StreamSegmentDecrypter decrypter;
    private final StoredDigest storedDigest = new StoredDigest();
    private final MessageDigest plainDigest = Digest.newSha256();
    private final ByteBuffer segment = ByteBuffer.allocate(BlobEncryption.SEGMENT_BYTES);
    private final ByteBuffer plain = ByteBuffer.allocate(BlobEncryption.SEGMENT_BYTES);
    private long takenBytes;
    private boolean ended;
    private boolean refuted;
    /** Guarded by this, as what follows. */
    private long readableBytes;

    private Optional<ArchiveException> failure = Optional.empty();

    private IncomingBlob(ForeignObject object, long lengthBytes, Path path, FileChannel file, ForeignBlobs store) {
        this.object = object;
        this.lengthBytes = lengthBytes;
        this.path = path;
        this.file = file;
        this.store = store;
        try {
            this.decrypter = BlobEncryption.with(object.key()).newStreamSegmentDecrypter();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key of the right length", e);
        }
    }

    static IncomingBlob open(ForeignObject object, Path path, long lengthBytes, ForeignBlobs store) throws IOException {
        FileChannel file = FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        IncomingBlob blob = new IncomingBlob(object, lengthBytes, path, file, store);
        try {
            blob.takeAgain();
            return blob;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** What was there before a crash need not be what was written: each segment has to prove itself again, and the first that does not ends it. */
    private void takeAgain() throws IOException {
        // The last segment comes again in any case: with it the blob is whole, and judged.
        long lastSegment = (lengthBytes - 1) / segment.capacity() * segment.capacity();
        long there = Math.min(file.size() / segment.capacity() * segment.capacity(), lastSegment);
        while (takenBytes < there) {
            while (segment.hasRemaining() && file.read(segment, takenBytes + segment.position()) >= 0) {
                // until it is full
            }
            if (segment.hasRemaining() || !isAuthentic()) {
                break;
            }
            accept();
        }
        segment.clear();
        file.truncate(takenBytes);
        readableBytes = takenBytes;
    }

    /** Proven ones only. */
    @Override
    public long takenBytes() {
        return takenBytes;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    /**
     * Takes the stored bytes that follow; never more than are missing. On return from the last the blob is whole and durable.
     *
     * @throws ArchiveException PEER_MISBEHAVED when a segment is not what its origin wrote: it and what was given behind it are forgotten,
     *     and others may go on from {@link #takenBytes}; or when the whole is not, and then nothing of it stays
     */
    @Override
    public void take(ByteBuffer stored) throws IOException {
        if (stored.remaining() > lengthBytes - takenBytes - segment.position()) {
            throw new IllegalArgumentException("more bytes than the blob has");
        }
        while (stored.hasRemaining()) {
            int length = Math.min(stored.remaining(), wanted() - segment.position());
            segment.put(stored.slice(stored.position(), length));
            stored.position(stored.position() + length);
            if (segment.position() == wanted()) {
                takeSegment();
            }
        }
    }

    /** Length of the segment that is being taken. */
    private int wanted() {
        return (int) Math.min(segment.capacity(), lengthBytes - takenBytes);
    }

    private void takeSegment() throws IOException {
        if (!isAuthentic()) {
            forget();
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "altered bytes of a blob");
        }
        ByteBuffer bytes = segment.duplicate().flip();
        while (bytes.hasRemaining()) {
            file.write(bytes, takenBytes + bytes.position());
        }
        accept();
        if (takenBytes == lengthBytes) {
            keep();
        }
        synchronized (this) {
            readableBytes = takenBytes;
            notifyAll();
        }
    }

    private boolean isAuthentic() {
        ByteBuffer bytes = segment.duplicate().flip();
        try {
            if (takenBytes == 0) {
                ByteBuffer header = bytes.slice(0, headerBytes());
                bytes.position(headerBytes());
                decrypter.init(header, BlobEncryption.associated());
            }
            boolean isLast = takenBytes + segment.position() == lengthBytes;
            decrypter.decryptSegment(bytes, Math.toIntExact(takenBytes / segment.capacity()), isLast, plain.clear());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private int headerBytes() {
        return BlobEncryption.with(object.key()).getHeaderLength();
    }

    private void accept() {
        plainDigest.update(plain.flip());
        storedDigest.update(segment.flip());
        takenBytes += segment.limit();
        segment.clear();
    }

    private void keep() throws IOException {
        boolean isIt = storedDigest.id().equals(object.blob().id())
                && Digest.of(plainDigest.digest()).equals(object.plainDigest());
        if (!isIt) {
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
        store.keep(object.blob(), lengthBytes);
        ended = true;
    }

    /** Every segment was authentic then: whoever gave it made it so. */
    @Override
    public boolean isRefuted() {
        return refuted;
    }

    @Override
    public void forget() {
        segment.clear();
    }

    /** The plain bytes; a read waits until they have come, and fails as the transfer does. */
    public SeekableByteChannel open() throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            // It has got its name and is being made durable, or it has failed and nothing of it stays.
            await(lengthBytes);
            return store.open(object).orElseThrow(() -> e);
        }
        return BlobEncryption.decrypting(
                new ArrivingChannel(new StoredChannel(channel, 0, lengthBytes), this), object.key());
    }

    /** Returns once the stored bytes before this place can be read. */
    synchronized void await(long end) {
        try {
            while (readableBytes < end && failure.isEmpty()) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "read of a blob that comes in", e);
        }
        if (readableBytes < Math.max(1, end)) {
            failure.ifPresent(why -> {
                throw new ArchiveException(why.error(), why.subject(), why);
            });
        }
    }

    /** Nobody gives more of it: readers that wait are told why. */
    public synchronized void fail(ArchiveException why) {
        failure = Optional.of(why);
        notifyAll();
    }

    /** What has come of a blob that is not whole stays, to be continued. */
    @Override
    public void close() throws IOException {
        if (!ended) {
            ended = true;
            synchronized (this) {
                if (failure.isEmpty()) {
                    fail(new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "transfer of a blob"));
                }
            }
            store.ended(object.blob(), lengthBytes, takenBytes == 0 ? Optional.empty() : Optional.of(takenBytes));
        }
        file.close();
    }
}
