package org.archipelago.blobstore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.archipelago.contract.Digest;

/** AES-GCM runs below 100 MB/s until the virtual machine has compiled it: let it do so before the first sender comes. */
final class WarmUp implements Runnable {
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final long BYTES = 256L << 20;

    /** What is compiled stays so for the life of the process, whatever store comes next. */
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private volatile boolean stopped;

    @Override
    public void run() {
        if (!STARTED.compareAndSet(false, true)) {
            return;
        }
        byte[] segment = new byte[BlobEncryption.SEGMENT_BYTES];
        BlobKey key = new BlobKey(new byte[BlobKey.LENGTH_BYTES]);
        long endNanos = System.nanoTime() + LONGEST.toNanos();
        try (WritableByteChannel sink = BlobEncryption.with(key)
                .newEncryptingChannel(
                        Channels.newChannel(java.io.OutputStream.nullOutputStream()), BlobEncryption.associated())) {
            for (long done = 0; done < BYTES && System.nanoTime() < endNanos && !stopped; done += segment.length) {
                sink.write(ByteBuffer.wrap(segment));
                Digest.sha256(segment);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key of the right length", e);
        }
    }

    void stop() {
        stopped = true;
    }
}
