package org.archipelago.query.header;

import com.github.luben.zstd.Zstd;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.VersionId;

/**
 * One header file: segments of length, nonce and AES-GCM over zstd. Appending merges small segments at the end, so that a
 * series that grows one by one costs n log n and is read in few pieces. Not synced: what is torn is made again.
 */
final class HeaderSegments {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int ZSTD_LEVEL = 3;
    private static final int MAX_SEGMENT_BYTES = 256 << 20;

    private final Path path;
    private final SecretKey key;
    private final byte[] name;
    private final SecureRandom random;

    private record Segment(long offset, Map<VersionId, AttributeSet> headers) {}

    HeaderSegments(Path path, SecretKey key, SecureRandom random) {
        this.path = path;
        this.key = key;
        this.name = path.getFileName().toString().getBytes(StandardCharsets.UTF_8);
        this.random = random;
    }

    /** Whatever can be read from the start; damaged or torn segments and those behind them are left out. */
    Map<VersionId, AttributeSet> read() throws IOException {
        Map<VersionId, AttributeSet> all = new LinkedHashMap<>();
        segments().forEach(segment -> all.putAll(segment.headers()));
        return all;
    }

    void append(Map<VersionId, AttributeSet> headers) throws IOException {
        List<Segment> segments = new ArrayList<>(segments());
        Map<VersionId, AttributeSet> merged = new LinkedHashMap<>(headers);
        while (!segments.isEmpty() && segments.getLast().headers().size() < 2 * merged.size()) {
            Map<VersionId, AttributeSet> joined =
                    new LinkedHashMap<>(segments.removeLast().headers());
            joined.putAll(merged);
            merged = joined;
        }
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = segments.isEmpty() ? 0 : endOf(file, segments.getLast().offset());
            file.truncate(end);
            byte[] sealed = seal(merged, segments.size());
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + sealed.length);
            bytes.putInt(sealed.length).put(sealed).flip();
            for (long at = end; bytes.hasRemaining(); ) {
                at += file.write(bytes, at);
            }
        }
    }

    private static long endOf(FileChannel file, long offset) throws IOException {
        return offset + Integer.BYTES + readFully(file, offset, Integer.BYTES).getInt();
    }

    private List<Segment> segments() throws IOException {
        List<Segment> segments = new ArrayList<>();
        if (!path.toFile().exists()) {
            return segments;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long offset = 0;
            while (offset + Integer.BYTES <= file.size()) {
                int length = readFully(file, offset, Integer.BYTES).getInt();
                if (length < NONCE_BYTES
                        || length > MAX_SEGMENT_BYTES
                        || offset + Integer.BYTES + length > file.size()) {
                    break;
                }
                byte[] sealed = readFully(file, offset + Integer.BYTES, length).array();
                segments.add(new Segment(offset, HeaderCodec.decode(unseal(sealed, segments.size()))));
                offset += Integer.BYTES + length;
            }
        } catch (GeneralSecurityException e) {
            return segments; // damaged from here on: made again
        }
        return segments;
    }

    private static ByteBuffer readFully(FileChannel file, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    private byte[] seal(Map<VersionId, AttributeSet> headers, int number) {
        byte[] plain = HeaderCodec.encode(headers);
        byte[] compressed = Zstd.compress(plain, ZSTD_LEVEL);
        ByteBuffer body = ByteBuffer.allocate(Integer.BYTES + compressed.length);
        body.putInt(plain.length).put(compressed);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, nonce, number).doFinal(body.array());
            return ByteBuffer.allocate(NONCE_BYTES + encrypted.length)
                    .put(nonce)
                    .put(encrypted)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    private byte[] unseal(byte[] sealed, int number) throws GeneralSecurityException, IOException {
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        byte[] body =
                cipher(Cipher.DECRYPT_MODE, nonce, number).doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
        int length = ByteBuffer.wrap(body).getInt();
        byte[] plain = Zstd.decompress(Arrays.copyOfRange(body, Integer.BYTES, body.length), length);
        if (plain.length != length) {
            throw new IOException("header file of another format");
        }
        return plain;
    }

    private Cipher cipher(int mode, byte[] nonce, int number) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name);
        cipher.updateAAD(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
        return cipher;
    }
}
