package org.archipelago.node.federation.link;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.link.LinkCodec;

/** One zstd frame that states its length. Headers of one stream are much alike; bodies are sealed and do not shrink. */
final class BatchCompression {
    /** The fastest that gains: what is sent waits for it. */
    private static final int LEVEL = 1;

    static final int MAX_COMPRESSED_BYTES = Math.toIntExact(Zstd.compressBound(LinkCodec.MAX_BATCH_ENCODED_BYTES));

    private BatchCompression() {}

    static byte[] compress(byte[] batch) {
        return Zstd.compress(batch, LEVEL);
    }

    /** @throws ArchiveException PEER_MISBEHAVED when it is no such frame, or of more than a batch can have */
    static byte[] decompress(byte[] frame) {
        long length = frame.length == 0 ? 0 : Zstd.getFrameContentSize(frame);
        if (length <= 0 || length > LinkCodec.MAX_BATCH_ENCODED_BYTES) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "length of a batch of records");
        }
        try {
            byte[] batch = Zstd.decompress(frame, (int) length);
            if (batch.length == length) {
                return batch;
            }
        } catch (ZstdException e) {
            throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "compression of a batch of records", e);
        }
        throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "length of a batch of records");
    }
}
