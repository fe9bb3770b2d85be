package org.archipelago.node.retrieve;

import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StoredObject;

/** Port: the plain bytes of stored objects, wherever they are. Thread-safe. */
public interface ObjectBytes {
    /**
     * The data set exactly as its sender encoded it. What is read was authenticated.
     *
     * @param owner the stream that recorded it, whose pixel key wraps the blob's
     * @throws org.archipelago.contract.ArchiveException from this or a later read: ERASED when the pixel key was destroyed; NOT_FOUND;
     *     CORRUPT; of another site's also NOT_AUTHORIZED while its key is not here, PEER_UNAVAILABLE and PEER_MISBEHAVED when nobody gives it
     */
    SeekableByteChannel open(StreamId owner, StoredObject object);

    /**
     * What is said of it that needs no reading: as far as it is kept here, its key and its bytes are there.
     *
     * @throws org.archipelago.contract.ArchiveException as {@link #open} does
     */
    default void check(StreamId owner, StoredObject object) {}

    /** It will be opened soon: what has to come from elsewhere may set out. Never waits, never fails. */
    default void expect(StreamId owner, StoredObject object) {}
}
