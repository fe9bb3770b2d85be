package org.archipelago.blobstore;

import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import com.google.crypto.tink.subtle.StreamSegmentEncrypter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;

/** Encrypts as bytes come. Memory: one segment of plain bytes, one of cipher text, and what the sink holds. */
final class EncryptingWriter implements BlobWriter {
    private final BlobSink sink;
    private final BufferPool pool;
    private final BlobKey key;
    private final Set<BlobId> underWay;
    private final StreamSegmentEncrypter encrypter;
    private final MessageDigest plainDigest = Digest.newSha256();
    private final StoredDigest storedDigest = new StoredDigest();
    private final byte[] plainBytes;
    private final byte[] cipherBytes;
    private final ByteBuffer plain;
    private final ByteBuffer cipher;
    private final int fullPlainBytes;
    private long plainLengthBytes;
    private long storedLengthBytes;
    private boolean open = true;

    /** @param underWay gets the blob's id from submit until its close */
    EncryptingWriter(
            BlobSink sink, BufferPool pool, BlobKey key, Set<BlobId> underWay, byte[] plainBytes, byte[] cipherBytes)
            throws IOException {
        this.sink = sink;
        this.pool = pool;
        this.key = key;
        this.underWay = underWay;
        this.plainBytes = plainBytes;
        this.cipherBytes = cipherBytes;
        this.plain = ByteBuffer.wrap(plainBytes);
        this.cipher = ByteBuffer.wrap(cipherBytes, 0, BlobEncryption.SEGMENT_BYTES);
        AesGcmHkdfStreaming encryption = BlobEncryption.with(key);
        try {
            this.encrypter = encryption.newStreamSegmentEncrypter(BlobEncryption.associated());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key of the right length", e);
        }
        this.fullPlainBytes = encryption.getPlaintextSegmentSize();
        plain.limit(fullPlainBytes - encryption.getCiphertextOffset());
        cipher.clear().put(encrypter.getHeader());
        emit();
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        if (!open) {
            throw new ClosedChannelException();
        }
        int length = source.remaining();
        plainDigest.update(source.duplicate());
        try {
            // A full segment is kept back: only the next byte, or commit, tells whether it is the last.
            while (source.remaining() > plain.remaining()) {
                ByteBuffer rest = source.slice(source.position(), plain.remaining());
                source.position(source.position() + rest.remaining());
                encrypt(rest, false);
                plain.clear().limit(fullPlainBytes);
            }
            plain.put(source);
        } catch (IOException e) {
            close();
            throw BlobSink.refusal(e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        plainLengthBytes += length;
        return length;
    }

    private void encrypt(ByteBuffer rest, boolean last) throws IOException {
        plain.flip();
        cipher.clear();
        try {
            if (!plain.hasRemaining()) {
                encrypter.encryptSegment(rest, last, cipher);
            } else if (!rest.hasRemaining()) {
                encrypter.encryptSegment(plain, last, cipher);
            } else {
                encrypter.encryptSegment(plain, rest, last, cipher);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("a blob of more than 2^32 segments", e);
        }
        emit();
    }

    private void emit() throws IOException {
        cipher.flip();
        storedLengthBytes += cipher.limit();
        storedDigest.update(cipher.duplicate());
        sink.write(cipher);
    }

    @Override
    public PendingBlob submit() {
        if (!open) {
            throw new IllegalStateException("the blob is submitted or closed");
        }
        try {
            encrypt(ByteBuffer.allocate(0), true);
            StoredBlob blob = new StoredBlob(
                    storedDigest.id(), key, Digest.of(plainDigest.digest()), plainLengthBytes, storedLengthBytes);
            underWay.add(blob.id());
            boolean submitted = false;
            try {
                PendingBlob pending = new SubmittedBlob(blob, sink.submit(blob.id(), storedLengthBytes), underWay);
                submitted = true;
                return pending;
            } finally {
                if (!submitted) {
                    underWay.remove(blob.id());
                }
            }
        } catch (IOException e) {
            throw BlobSink.refusal(e);
        } finally {
            close();
        }
    }

    private record SubmittedBlob(StoredBlob blob, CompletableFuture<Location> durable, Set<BlobId> underWay)
            implements PendingBlob {
        @Override
        public void close() {
            underWay.remove(blob.id());
        }

        @Override
        public StoredBlob await() {
            BlobLog.await(durable);
            return blob;
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            sink.close();
            pool.giveHeap(plainBytes);
            pool.giveHeap(cipherBytes);
        }
    }
}
