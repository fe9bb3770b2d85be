package org.archipelago.query.header;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.study.VersionId;

/**
 * One header file: a format, then segments, each of an index (which versions are in it) and their headers, both sealed
 * by AES-GCM over zstd. A segment is small, so that one header costs little to read. Appending merges small segments at
 * the end, so that a series that grows one by one costs n log n and is read in few pieces. Not synced: what is torn,
 * damaged or of another format is made again.
 */
final class HeaderSegments {
    /** Of the file, and of {@link HeaderCodec} within. */
    static final int FORMAT = 0x41484602;

    /** No more in one segment, neither in number nor in bytes of heap, unless it is a single header. */
    static final int MAX_SEGMENT_HEADERS = 64;

    static final long MAX_SEGMENT_BYTES = 4 << 20;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int ZSTD_LEVEL = 3;
    private static final int MAX_SEALED_BYTES = 256 << 20;
    private static final byte INDEX = 0;
    private static final byte HEADERS = 1;

    private final Path path;
    private final SecretKey key;
    private final byte[] name;
    private final SecureRandom random;

    /** @param sizeBytes of its headers on the heap */
    record Segment(int number, long offset, long bodyOffset, long end, Set<VersionId> versions, long sizeBytes) {}

    HeaderSegments(Path path, SecretKey key, SecureRandom random) {
        this.path = path;
        this.key = key;
        this.name = path.getFileName().toString().getBytes(StandardCharsets.UTF_8);
        this.random = random;
    }

    /** What is there from the start; what is damaged or torn, and all behind it, is left out. */
    List<Segment> index() throws IOException {
        List<Segment> segments = new ArrayList<>();
        if (!Files.exists(path)) {
            return segments;
        }
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            long offset = Integer.BYTES;
            if (file.size() < offset || readFully(file, 0, Integer.BYTES).getInt() != FORMAT) {
                return segments;
            }
            while (offset < file.size()) {
                byte[] index = sealed(file, offset);
                long bodyOffset = offset + Integer.BYTES + index.length;
                long end = bodyOffset + Integer.BYTES + sealedLength(file, bodyOffset);
                segments.add(segment(segments.size(), offset, bodyOffset, end, index));
                offset = end;
            }
        } catch (EOFException | GeneralSecurityException damaged) {
            return segments; // made again from here on
        }
        return segments;
    }

    private Segment segment(int number, long offset, long bodyOffset, long end, byte[] index)
            throws IOException, GeneralSecurityException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(unseal(index, number, INDEX)));
        long sizeBytes = in.readLong();
        Set<VersionId> versions = new LinkedHashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            versions.add(new VersionId(in.readUTF()));
        }
        return new Segment(number, offset, bodyOffset, end, versions, sizeBytes);
    }

    /**
     * @param wanted others are stepped over
     * @return those that were found; none when the segment is damaged or no more where it was
     */
    Map<VersionId, AttributeSet> read(Segment segment, Set<VersionId> wanted) {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            return HeaderCodec.decode(unseal(sealed(file, segment.bodyOffset), segment.number, HEADERS), wanted);
        } catch (IOException | GeneralSecurityException damaged) {
            return Map.of();
        }
    }

    /** Forgets this segment and all behind it. */
    void truncate(Segment from) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
            file.truncate(from.offset);
        }
    }

    /** What cannot be read is overwritten. */
    void append(Map<VersionId, AttributeSet> headers) throws IOException {
        List<Segment> segments = new ArrayList<>(index());
        Map<VersionId, AttributeSet> merged = new LinkedHashMap<>(headers);
        long size = sizeBytes(merged);
        while (!segments.isEmpty() && merges(segments.getLast(), merged.size(), size)) {
            Segment last = segments.removeLast();
            Map<VersionId, AttributeSet> joined = new LinkedHashMap<>(read(last, last.versions));
            joined.putAll(merged);
            merged = joined;
            size = sizeBytes(merged);
        }
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long end = segments.isEmpty() ? 0 : segments.getLast().end;
            file.truncate(end);
            write(file, end, encoded(merged, size, segments.size()));
        }
    }

    private static boolean merges(Segment last, int count, long sizeBytes) {
        return last.versions.size() < 2 * count
                && last.versions.size() + count <= MAX_SEGMENT_HEADERS
                && last.sizeBytes + sizeBytes <= MAX_SEGMENT_BYTES;
    }

    private static long sizeBytes(Map<VersionId, AttributeSet> headers) {
        return headers.values().stream().mapToLong(HeaderCache::sizeBytes).sum();
    }

    private byte[] encoded(Map<VersionId, AttributeSet> headers, long sizeBytes, int number) throws IOException {
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(index)) {
            out.writeLong(sizeBytes);
            out.writeInt(headers.size());
            for (VersionId version : headers.keySet()) {
                out.writeUTF(version.value());
            }
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(all)) {
            if (number == 0) {
                out.writeInt(FORMAT);
            }
            byte[] sealedIndex = seal(index.toByteArray(), number, INDEX);
            out.writeInt(sealedIndex.length);
            out.write(sealedIndex);
            byte[] sealedHeaders = seal(HeaderCodec.encode(headers), number, HEADERS);
            out.writeInt(sealedHeaders.length);
            out.write(sealedHeaders);
        }
        return all.toByteArray();
    }

    private static void write(FileChannel file, long offset, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        for (long at = offset; buffer.hasRemaining(); ) {
            at += file.write(buffer, at);
        }
    }

    private static byte[] sealed(FileChannel file, long offset) throws IOException {
        return readFully(file, offset + Integer.BYTES, sealedLength(file, offset))
                .array();
    }

    private static int sealedLength(FileChannel file, long offset) throws IOException {
        int length = readFully(file, offset, Integer.BYTES).getInt();
        if (length < NONCE_BYTES || length > MAX_SEALED_BYTES || offset + Integer.BYTES + length > file.size()) {
            throw new EOFException();
        }
        return length;
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

    private byte[] seal(byte[] plain, int number, byte part) {
        byte[] compressed = Zstd.compress(plain, ZSTD_LEVEL);
        ByteBuffer body = ByteBuffer.allocate(Integer.BYTES + compressed.length);
        body.putInt(plain.length).put(compressed);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, nonce, number, part).doFinal(body.array());
            return ByteBuffer.allocate(NONCE_BYTES + encrypted.length)
                    .put(nonce)
                    .put(encrypted)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES-GCM", e);
        }
    }

    private byte[] unseal(byte[] sealed, int number, byte part) throws GeneralSecurityException, IOException {
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        byte[] body = cipher(Cipher.DECRYPT_MODE, nonce, number, part)
                .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
        int length = ByteBuffer.wrap(body).getInt();
        try {
            byte[] plain = Zstd.decompress(Arrays.copyOfRange(body, Integer.BYTES, body.length), length);
            if (plain.length == length) {
                return plain;
            }
        } catch (ZstdException e) {
            throw new IOException("no header", e);
        }
        throw new IOException("no header");
    }

    private Cipher cipher(int mode, byte[] nonce, int number, byte part) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name);
        cipher.updateAAD(
                ByteBuffer.allocate(Integer.BYTES + 1).putInt(number).put(part).array());
        return cipher;
    }
}
