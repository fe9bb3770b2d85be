package org.archipelago.federation.link;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;

/**
 * What a node asks of one peer. Calls block, end in bounded time whatever the peer does, and take no more than {@link LinkBounds}
 * say; an interrupt ends them early. Who answers is known by its TLS key; nothing that it says is: the caller verifies every note and
 * record by the origin's key. May be used by several threads.
 *
 * <p>Every method throws {@link ArchiveException} PEER_UNAVAILABLE when nobody answers in time, or the peer says that it cannot now;
 * NOT_FOUND for an origin that the peer knows nothing of; NOT_AUTHORIZED when the peer refuses this site; PEER_MISBEHAVED when
 * the answer breaks the protocol or a bound. After any of them the same call may be made again.
 */
public interface PeerLink extends AutoCloseable {
    /** The site at the other end. */
    SiteId peer();

    /** The largest checkpoint of each origin that the peer has seen, also of those whose records it does not have. */
    List<OriginHead> heads();

    /** Records that the peer has not signed, as it said when {@link #heads} were last given; 0 where it does not say. Never throws. */
    default long unsignedRecords() {
        return 0;
    }

    /** The largest checkpoint of an origin up to which the peer can serve records; empty while there is none. */
    Optional<SignedNote> checkpoint(SiteId origin);

    /**
     * Records of an origin from a position on, in order, none beyond the checkpoint that comes with them.
     *
     * @param maxBytes of headers and bodies together, at most {@link LinkBounds#MAX_BATCH_BYTES}; a first record is given whatever its
     *     size
     * @param wait how long the peer waits for a checkpoint beyond {@code from} while it has none, at most {@link LinkBounds#MAX_WAIT}
     */
    RecordBatch records(SiteId origin, OriginPosition from, int maxBytes, Duration wait);

    /** That the origin's tree of {@code second} leaves begins with its tree of {@code first}; not verified. */
    ConsistencyProof consistency(SiteId origin, long first, long second);

    /**
     * The key by which this site reads what the peer grants it; with a study of the peer's, that study's pixel key, too. Sealed to this
     * site, and not verified.
     *
     * @throws ArchiveException NOT_FOUND when the peer has no such study; NOT_AUTHORIZED, too, when it does not release the key
     */
    HandedKeys keys(Optional<StreamId> study);

    /**
     * This site's own keys of the streams that begin in these records of it, as far as it had granted them to the peer; sealed to this
     * site, and not verified.
     *
     * @param through the last record that is asked about
     */
    ReturnedKeys returned(OriginPosition from, OriginPosition through);

    @Override
    void close();
}
