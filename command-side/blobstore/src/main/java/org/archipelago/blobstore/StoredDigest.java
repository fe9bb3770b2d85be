package org.archipelago.blobstore;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;

/**
 * Names stored bytes as they pass: SHA-256 over, for each 64 KiB of them and the rest, its CRC-32C (u32) and its last 16
 * bytes, which are the tag of the cipher segment that ends there. So the name binds every segment by its tag, changes with
 * any damage, needs no key, and costs a small part of what SHA-256 of the bytes would.
 */
public final class StoredDigest {
    private static final int BLOCK_BYTES = BlobEncryption.SEGMENT_BYTES;
    private static final int TAG_BYTES = 16;

    private final MessageDigest blocks = Digest.newSha256();
    private final CRC32C crc = new CRC32C();
    private final byte[] last = new byte[TAG_BYTES];
    private final ByteBuffer entry = ByteBuffer.allocate(Integer.BYTES);
    private int inBlock;

    /** Any number of bytes, all of the buffer's. */
    public void update(ByteBuffer source) {
        while (source.hasRemaining()) {
            int length = Math.min(source.remaining(), BLOCK_BYTES - inBlock);
            ByteBuffer part = source.slice(source.position(), length);
            source.position(source.position() + length);
            keepLast(part);
            crc.update(part);
            inBlock += length;
            if (inBlock == BLOCK_BYTES) {
                endBlock();
            }
        }
    }

    private void keepLast(ByteBuffer part) {
        int fresh = Math.min(part.remaining(), TAG_BYTES);
        System.arraycopy(last, fresh, last, 0, TAG_BYTES - fresh);
        part.get(part.limit() - fresh, last, TAG_BYTES - fresh, fresh);
    }

    private void endBlock() {
        blocks.update(entry.clear().putInt((int) crc.getValue()).flip());
        blocks.update(last);
        crc.reset();
        Arrays.fill(last, (byte) 0);
        inBlock = 0;
    }

    /** Of all bytes so far; nothing may follow. */
    public BlobId id() {
        if (inBlock > 0) {
            endBlock();
        }
        return new BlobId(Digest.of(blocks.digest()));
    }
}
