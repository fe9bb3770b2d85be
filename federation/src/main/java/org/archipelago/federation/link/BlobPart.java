package org.archipelago.federation.link;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Consecutive stored bytes of a blob. What is given proves nothing: who has the key authenticates them.
 *
 * @param blobLengthBytes of the whole blob
 * @param bytes at most {@link LinkBounds#MAX_BLOB_PART_BYTES}. Callers do not change the array
 */
public record BlobPart(long blobLengthBytes, byte[] bytes) {
    public static final int MAX_ENCODED_BYTES = Long.BYTES + LinkBounds.MAX_BLOB_PART_BYTES;

    /** As it is sent: the length of the blob, and the bytes. */
    public byte[] toBytes() {
        return ByteBuffer.allocate(Long.BYTES + bytes.length)
                .putLong(blobLengthBytes)
                .put(bytes)
                .array();
    }

    /**
     * The answer to a call: every byte that was asked for and that the blob has.
     *
     * @throws ArchiveException PEER_MISBEHAVED
     */
    public static BlobPart parse(byte[] encoded, long from, int maxBytes) {
        if (encoded.length >= Long.BYTES) {
            long length = ByteBuffer.wrap(encoded).getLong();
            if (length >= from && encoded.length - Long.BYTES == Math.min(maxBytes, length - from)) {
                return new BlobPart(length, Arrays.copyOfRange(encoded, Long.BYTES, encoded.length));
            }
        }
        throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "part of a blob");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlobPart part
                && blobLengthBytes == part.blobLengthBytes
                && Arrays.equals(bytes, part.bytes);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(blobLengthBytes) * 31 + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return bytes.length + " of " + blobLengthBytes + " bytes";
    }
}
