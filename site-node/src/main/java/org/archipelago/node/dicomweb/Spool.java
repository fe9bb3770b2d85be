package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Value;

/**
 * Bytes of one request that wait on disk for the rest of it: first all are appended, then, after {@link #seal}, any are
 * read. What reaches the disk is encrypted under a key that is in memory alone, in a file without a name, so that nothing of
 * it is left when the request or the process ends. Not thread-safe.
 */
public final class Spool implements AutoCloseable {
    /**
     * Where spools are.
     *
     * @param lowWaterBytes free space of the file system that none of them takes
     */
    public record Place(Path directory, long lowWaterBytes) {}

    static final int CHUNK_BYTES = 64 << 10;
    private static final int TAG_BYTES = 16;
    private static final int NONCE_BYTES = 12;
    private static final int KEY_BYTES = 32;
    private static final int CHUNKS_PER_SPACE_CHECK = 64;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final FileChannel file;
    private final FileStore store;
    private final long lowWaterBytes;
    private final SecretKeySpec key;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private int chunkLength;
    private long chunks;
    private boolean sealed;

    private Spool(FileChannel file, FileStore store, long lowWaterBytes) {
        this.file = file;
        this.store = store;
        this.lowWaterBytes = lowWaterBytes;
        byte[] secret = new byte[KEY_BYTES];
        RANDOM.nextBytes(secret);
        this.key = new SecretKeySpec(secret, "AES");
    }

    /** @throws ArchiveException BLOB_STORE_FULL */
    static Spool in(Place place) {
        try {
            Path path = Files.createTempFile(place.directory(), "incoming", "");
            FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileStore store = Files.getFileStore(place.directory());
            Files.delete(path);
            return new Spool(file, store, place.lowWaterBytes());
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "no file for what a request brings", e);
        }
    }

    /**
     * @return where it is now
     * @throws ArchiveException BLOB_STORE_FULL
     * @throws IOException the sender's stream broke
     */
    Value.Bulk append(InputStream in) throws IOException {
        if (sealed) {
            throw new IllegalStateException("a sealed spool takes nothing");
        }
        long start = position();
        int n;
        while ((n = in.read(chunk, chunkLength, CHUNK_BYTES - chunkLength)) >= 0) {
            chunkLength += n;
            if (chunkLength == CHUNK_BYTES) {
                flush();
            }
        }
        return new Value.Bulk(start, position() - start);
    }

    private long position() {
        return chunks * CHUNK_BYTES + chunkLength;
    }

    void seal() {
        if (!sealed && chunkLength > 0) {
            flush();
        }
        sealed = true;
    }

    /** Each chunk's number is used once with the key: a nonce never comes twice. */
    private void flush() {
        try {
            if (chunks % CHUNKS_PER_SPACE_CHECK == 0 && store.getUsableSpace() < lowWaterBytes) {
                throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "space for what a request brings");
            }
            ByteBuffer encrypted =
                    ByteBuffer.wrap(cipher(Cipher.ENCRYPT_MODE, chunks).doFinal(chunk, 0, chunkLength));
            long offset = chunks * (CHUNK_BYTES + TAG_BYTES);
            while (encrypted.hasRemaining()) {
                offset += file.write(encrypted, offset);
            }
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.BLOB_STORE_FULL, "space for what a request brings", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        chunks++;
        chunkLength = 0;
    }

    private Cipher cipher(int mode, long number) throws GeneralSecurityException {
        byte[] nonce =
                ByteBuffer.allocate(NONCE_BYTES).putInt(0).putLong(number).array();
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        return cipher;
    }

    /** @throws UncheckedIOException while reading: the disk gave back something else */
    InputStream open(Value.Bulk part) {
        if (!sealed) {
            throw new IllegalStateException("a spool is read once it is sealed");
        }
        return new Reading(part.offsetBytes(), part.lengthBytes());
    }

    private byte[] read(long number) {
        try {
            long offset = number * (CHUNK_BYTES + TAG_BYTES);
            int length = (int) Math.min(CHUNK_BYTES + TAG_BYTES, file.size() - offset);
            ByteBuffer encrypted = ByteBuffer.allocate(length);
            while (encrypted.hasRemaining() && file.read(encrypted, offset + encrypted.position()) >= 0) {
                // until it is whole
            }
            return cipher(Cipher.DECRYPT_MODE, number).doFinal(encrypted.array());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new UncheckedIOException(new IOException("what waited on disk was changed there", e));
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private final class Reading extends InputStream {
        private long position;
        private final long end;
        private long number = -1;
        private byte[] plain = {};

        Reading(long start, long length) {
            this.position = start;
            this.end = start + length;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (position == end) {
                return -1;
            }
            if (position / CHUNK_BYTES != number) {
                number = position / CHUNK_BYTES;
                plain = Spool.this.read(number);
            }
            int at = (int) (position % CHUNK_BYTES);
            int n = (int) Math.min(Math.min(length, plain.length - at), end - position);
            System.arraycopy(plain, at, target, offset, n);
            position += n;
            return n;
        }
    }
}
