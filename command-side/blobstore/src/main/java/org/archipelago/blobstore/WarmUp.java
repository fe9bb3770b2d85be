package org.archipelago.blobstore;

import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import com.google.crypto.tink.subtle.StreamSegmentDecrypter;
import com.google.crypto.tink.subtle.StreamSegmentEncrypter;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.archipelago.contract.Digest;

/**
 * AES-GCM and SHA-256 run below 100 MB/s until the virtual machine has compiled them: let it do so before the first
 * sender comes. It counts calls, not bytes, so that many short segments do in a second what long ones do in a minute.
 */
final class WarmUp implements Runnable {
    private static final Duration LONGEST = Duration.ofSeconds(3);
    /** Well beyond the calls after which the virtual machine's second compiler takes a method on. */
    private static final int SEGMENTS = 30_000;

    private static final int SEGMENT_BYTES = 512;

    /** What is compiled stays so for the life of the process, whatever store comes next. */
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private volatile boolean stopped;

    @Override
    public void run() {
        if (!STARTED.compareAndSet(false, true)) {
            return;
        }
        try {
            encryptAndDecrypt();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("constants that Tink accepts", e);
        }
    }

    private void encryptAndDecrypt() throws GeneralSecurityException {
        AesGcmHkdfStreaming encryption = new AesGcmHkdfStreaming(
                new byte[BlobKey.LENGTH_BYTES], "HmacSha256", BlobKey.LENGTH_BYTES, SEGMENT_BYTES, 0);
        StreamSegmentEncrypter encrypter = encryption.newStreamSegmentEncrypter(BlobEncryption.associated());
        StreamSegmentDecrypter decrypter = encryption.newStreamSegmentDecrypter();
        decrypter.init(encrypter.getHeader(), BlobEncryption.associated());
        ByteBuffer plain = ByteBuffer.allocate(SEGMENT_BYTES);
        ByteBuffer cipher = ByteBuffer.allocate(SEGMENT_BYTES);
        MessageDigest digest = Digest.newSha256();
        StoredDigest stored = new StoredDigest();
        int first = encryption.getPlaintextSegmentSize() - encryption.getCiphertextOffset();
        long endNanos = System.nanoTime() + LONGEST.toNanos();
        for (int segment = 0; segment < SEGMENTS && System.nanoTime() < endNanos && !stopped; segment++) {
            int length = segment == 0 ? first : encryption.getPlaintextSegmentSize();
            plain.clear().limit(length);
            digest.update(plain.duplicate());
            if (segment % 2 == 0) {
                encrypter.encryptSegment(plain, false, cipher.clear());
            } else {
                ByteBuffer rest = plain.slice(length / 2, length - length / 2);
                encrypter.encryptSegment(plain.limit(length / 2), rest, false, cipher.clear());
            }
            cipher.flip();
            stored.update(cipher.duplicate());
            decrypter.decryptSegment(cipher, segment, false, plain.clear());
        }
    }

    void stop() {
        stopped = true;
    }
}
