package org.archipelago.blobstore;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;

/**
 * A record on its way into a segment.
 *
 * @param subjects the blob, or those to be deleted
 * @param blocks the whole record in aligned buffers, between position and limit, with room for its header at the start
 * @param durable told where it is once that survives power loss
 */
record LogRecord(
        RecordHeader.Type type,
        BlobId id,
        List<BlobId> subjects,
        long lengthBytes,
        ByteBuffer[] blocks,
        CompletableFuture<Location> durable) {
    static LogRecord blob(BlobId id, long lengthBytes, ByteBuffer[] blocks) {
        return new LogRecord(RecordHeader.Type.BLOB, id, List.of(id), lengthBytes, blocks, new CompletableFuture<>());
    }

    static LogRecord ownFile(BlobId id, long lengthBytes) {
        return new LogRecord(
                RecordHeader.Type.OWN_FILE,
                id,
                List.of(id),
                lengthBytes,
                new ByteBuffer[] {AlignedBuffers.zeroed(RecordHeader.LENGTH_BYTES)},
                new CompletableFuture<>());
    }

    /** @param ids at most {@link #MAX_TOMBSTONES} */
    static LogRecord tombstones(List<BlobId> ids) {
        ByteBuffer list = ByteBuffer.allocate(ids.size() * Digest.LENGTH_BYTES);
        ids.forEach(id -> list.put(BlobIndex.key(id)));
        StoredDigest digest = new StoredDigest();
        digest.update(list.flip());
        ByteBuffer block = AlignedBuffers.zeroed(RecordHeader.LENGTH_BYTES + list.capacity());
        block.put(RecordHeader.LENGTH_BYTES, list.array());
        return new LogRecord(
                RecordHeader.Type.TOMBSTONES,
                digest.id(),
                List.copyOf(ids),
                list.capacity(),
                new ByteBuffer[] {block},
                new CompletableFuture<>());
    }

    static final int MAX_TOMBSTONES = 10_000;

    RecordHeader header(long segment, long group) {
        return new RecordHeader(type, segment, group, lengthBytes, id);
    }
}
