package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.archipelago.contract.ArchiveException;

/** The stored bytes of another site's blob on their way in, from one thread and in order. */
public sealed interface IncomingBytes extends AutoCloseable permits IncomingBlob, IncomingCopy {
    /** Those that are here: the next to be taken is the one behind them. */
    long takenBytes();

    /** Of the whole blob. */
    long lengthBytes();

    /**
     * Takes the bytes that follow; never more than are missing. On return from the last the blob is whole and durable.
     *
     * @throws ArchiveException PEER_MISBEHAVED when they are not what the blob's origin wrote
     */
    void take(ByteBuffer stored) throws IOException;

    /** Whether the whole was not what its origin recorded. Takes no more. */
    boolean isRefuted();

    /** Takes back what was given and is not counted in {@link #takenBytes}: somebody else goes on from there. */
    void forget();

    /** What has come of a blob that is not whole stays, to be continued. */
    @Override
    void close() throws IOException;
}
