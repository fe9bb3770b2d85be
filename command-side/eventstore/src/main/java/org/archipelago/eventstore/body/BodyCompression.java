package org.archipelago.eventstore.body;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdDictCompress;
import com.github.luben.zstd.ZstdDictDecompress;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Zstandard (RFC 8878) with the frozen dictionary of an encoding number; frames without magic number and dictionary id,
 * since the header's suite says both. Contexts are pooled, not kept per
 * thread: threads are virtual and many. Thread-safe.
 */
final class BodyCompression {
    /** Bounds what a record of 512 KiB may unfold to. */
    static final int MAX_PLAIN_LENGTH_BYTES = 8 * 1024 * 1024;

    /** Of the levels, 9 takes four times as long for 6 % less of an event of one instance: half the time of sealing it. */
    private static final int LEVEL = 3;

    private static final int POOLED_CONTEXTS = 32;

    private final ZstdDictCompress compressDictionary;
    private final ZstdDictDecompress decompressDictionary;
    private final ConcurrentLinkedQueue<ZstdCompressCtx> compressors = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<ZstdDecompressCtx> decompressors = new ConcurrentLinkedQueue<>();

    BodyCompression(byte[] dictionary) {
        compressDictionary = new ZstdDictCompress(dictionary, LEVEL);
        decompressDictionary = new ZstdDictDecompress(dictionary);
    }

    /** The dictionary of this number, as committed. Its bytes never change. */
    static BodyCompression numbered(int encoding) {
        String resource = "dictionary-" + encoding + ".b64";
        try (InputStream in = BodyCompression.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing from the program");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return new BodyCompression(Base64.getMimeDecoder().decode(text));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws ArchiveException REQUEST_TOO_LARGE beyond {@link #MAX_PLAIN_LENGTH_BYTES} */
    byte[] compress(byte[] plain) {
        if (plain.length > MAX_PLAIN_LENGTH_BYTES) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "event of more than 8 MiB");
        }
        ZstdCompressCtx context = compressors.poll();
        if (context == null) {
            context = newCompressor();
        }
        byte[] target = new byte[(int) Zstd.compressBound(plain.length)];
        int length = context.compressByteArray(target, 0, target.length, plain, 0, plain.length);
        if (compressors.size() < POOLED_CONTEXTS) {
            compressors.offer(context);
        } else {
            context.close();
        }
        return Arrays.copyOf(target, length);
    }

    /** @throws ArchiveException CORRUPT unless the bytes are one frame of at most {@link #MAX_PLAIN_LENGTH_BYTES} */
    byte[] decompress(byte[] compressed) {
        ZstdDecompressCtx context = decompressors.poll();
        if (context == null) {
            context = newDecompressor();
        }
        try {
            long length = Zstd.getFrameContentSize(compressed, 0, compressed.length, true);
            if (length < 0 || length > MAX_PLAIN_LENGTH_BYTES) {
                throw new ArchiveException(ArchiveError.CORRUPT, "length of a record's content");
            }
            byte[] plain = new byte[(int) length];
            int written = context.decompressByteArray(plain, 0, plain.length, compressed, 0, compressed.length);
            if (written != plain.length) {
                throw new ArchiveException(ArchiveError.CORRUPT, "length of a record's content");
            }
            return plain;
        } catch (ZstdException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "compression of a record's content", e);
        } finally {
            if (decompressors.size() < POOLED_CONTEXTS) {
                decompressors.offer(context);
            } else {
                context.close();
            }
        }
    }

    private ZstdCompressCtx newCompressor() {
        return new ZstdCompressCtx()
                .setLevel(LEVEL)
                .setMagicless(true)
                .setDictID(false)
                .setChecksum(false)
                .setContentSize(true)
                .loadDict(compressDictionary);
    }

    private ZstdDecompressCtx newDecompressor() {
        return new ZstdDecompressCtx().setMagicless(true).loadDict(decompressDictionary);
    }
}
