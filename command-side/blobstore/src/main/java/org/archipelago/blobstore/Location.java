package org.archipelago.blobstore;

import java.nio.ByteBuffer;

/**
 * Where a blob is.
 *
 * @param own whether the bytes have a file of their own; the record in the segment then only says so
 * @param segment number of the segment that holds the record
 * @param offsetBytes of the record's header
 * @param lengthBytes of the stored blob
 */
record Location(boolean own, long segment, long offsetBytes, long lengthBytes) {
    byte[] toBytes() {
        return ByteBuffer.allocate(1 + 3 * Long.BYTES)
                .put((byte) (own ? 1 : 0))
                .putLong(segment)
                .putLong(offsetBytes)
                .putLong(lengthBytes)
                .array();
    }

    static Location of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new Location(buffer.get() == 1, buffer.getLong(), buffer.getLong(), buffer.getLong());
    }

    /** What the record takes in its segment. */
    long recordBytes() {
        return RecordHeader.recordBytes(own ? 0 : lengthBytes);
    }
}
