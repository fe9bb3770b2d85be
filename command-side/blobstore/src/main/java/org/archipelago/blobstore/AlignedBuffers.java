package org.archipelago.blobstore;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/** Buffers that direct writes accept, outside the pool: few and small. */
final class AlignedBuffers {
    private AlignedBuffers() {}

    /** Whole blocks of zeros. */
    static ByteBuffer zeroed(long bytes) {
        return Arena.ofAuto()
                .allocate(RecordHeader.blocks(bytes), Disk.BLOCK_BYTES)
                .asByteBuffer();
    }
}
