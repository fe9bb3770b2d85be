package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.ForeignObject;
import org.archipelago.blobstore.IncomingBlob;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.node.federation.copies.BlobHolders.Holder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects of other sites: from the store of foreign blobs, else from a holder while it comes. One transfer of a blob at a time, however
 * many read it; where one holder fails, the next goes on from the last byte that was proven. Thread-safe.
 */
public final class RemoteBlobs implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteBlobs.class);

    /** Between two looks at what somebody else brings in. */
    private static final long COMES_IN_NANOS = 20_000_000;

    /** The first part is small, so that the first byte leaves soon; each further one is four times as long, up to what a call may have. */
    private static final int FIRST_PART_BYTES = 64 << 10;

    private final ForeignBlobs kept;
    private final ForeignBlobs cache;
    private final BlobHolders holders;
    private final Map<ForeignBlobId, Fetch> fetches = new ConcurrentHashMap<>();
    /** Kept ones that were found damaged, and have not come again. */
    private final Set<ForeignBlobId> rotten = ConcurrentHashMap.newKeySet();

    private final LongAdder fetched = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile boolean closed;

    /**
     * @param kept copies that stay; one of them that has rotted is fetched there again
     * @param cache takes what is fetched otherwise
     */
    public RemoteBlobs(ForeignBlobs kept, ForeignBlobs cache, BlobHolders holders) {
        this.kept = kept;
        this.cache = cache;
        this.holders = holders;
    }

    /** One transfer, from when it is asked for. */
    private final class Fetch {
        private final ForeignObject object;
        private final ForeignBlobs into;
        private final CompletableFuture<IncomingBlob> incoming = new CompletableFuture<>();
        private final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final Thread thread = Thread.ofVirtual().name("fetch").unstarted(this::run);

        private Fetch(ForeignObject object, ForeignBlobs into) {
            this.object = object;
            this.into = into;
        }

        private void run() {
            try (IncomingBlob blob = into.receive(object)) {
                incoming.complete(blob);
                fillOrFail(blob);
            } catch (IOException e) {
                LOG.error("a blob of another site could not be kept", e);
                failed(new ArchiveException(ArchiveError.INTERNAL, "store of foreign blobs", e));
            } catch (RuntimeException e) {
                failed(e);
            } finally {
                fetches.remove(object.blob(), this);
                ended.complete(null);
            }
        }

        private void failed(RuntimeException why) {
            incoming.completeExceptionally(why);
            ended.completeExceptionally(why);
        }

        private void fillOrFail(IncomingBlob blob) {
            try {
                fill(object.blob(), blob)
                        .ifPresent(absent ->
                                ended.completeExceptionally(new ArchiveException(absent, "blob at its holders")));
            } catch (ArchiveException e) {
                failed(blob, e);
            } catch (IOException | RuntimeException e) {
                LOG.error("a blob of another site could not be taken in", e);
                failed(blob, new ArchiveException(ArchiveError.INTERNAL, "store of foreign blobs", e));
            }
        }

        private void failed(IncomingBlob blob, ArchiveException why) {
            blob.fail(why);
            ended.completeExceptionally(why);
        }
    }

    /**
     * The plain bytes. Reads wait for what has not come yet.
     *
     * @throws ArchiveException from this or a later read: PEER_UNAVAILABLE, PEER_MISBEHAVED when no holder gives it; BLOB_STORE_FULL
     */
    public SeekableByteChannel open(ForeignObject object) {
        return new ReadThroughChannel(this, object);
    }

    /** Whether somebody waits for what is on its way. */
    public boolean isBusy() {
        return !fetches.isEmpty();
    }

    /** Sets out for it, if it is not here; waits for nothing. */
    public void expect(ForeignObject object) {
        if (!closed && !kept.contains(object.blob()) && !cache.contains(object.blob())) {
            fetch(object);
        }
    }

    /**
     * Returns once it is here, whole and durable.
     *
     * @throws ArchiveException NOT_FOUND when every member answers and none has it; else as a read of it
     */
    public void bring(ForeignObject object) {
        while (!kept.contains(object.blob()) && !cache.contains(object.blob())) {
            if (closed) {
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "blobs of other sites");
            }
            try {
                fetch(object).ended.join();
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof ArchiveException why)) {
                    throw e;
                }
                if (why.error() != ArchiveError.CONFLICTING_STATE) {
                    throw new ArchiveException(why.error(), why.subject(), why);
                }
                LockSupport.parkNanos(COMES_IN_NANOS); // as in channel
            }
        }
    }

    private Fetch fetch(ForeignObject object) {
        Fetch mine = new Fetch(object, rotten.contains(object.blob()) ? kept : cache);
        Fetch first = fetches.putIfAbsent(object.blob(), mine);
        if (first != null) {
            return first;
        }
        mine.thread.start();
        return mine;
    }

    /** A channel on what is here, or comes. */
    SeekableByteChannel channel(ForeignObject object) throws IOException {
        while (true) {
            if (closed) {
                throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "blobs of other sites");
            }
            Optional<SeekableByteChannel> here = kept.open(object);
            if (here.isPresent()) {
                rotten.remove(object.blob());
            } else {
                here = cache.open(object);
            }
            if (here.isPresent()) {
                return here.get();
            }
            try {
                return fetch(object).incoming.join().open();
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof ArchiveException why)) {
                    throw e;
                }
                if (why.error() != ArchiveError.CONFLICTING_STATE) {
                    throw new ArchiveException(why.error(), why.subject(), why);
                }
                // The transfer before this one is ending: now it is here, or can be begun.
                LockSupport.parkNanos(COMES_IN_NANOS);
            }
        }
    }

    /** What was read of it was damaged. By now another copy may be there, which stays if it is what its name says. */
    void discard(ForeignObject object) throws IOException {
        ForeignBlobId blob = object.blob();
        if (kept.contains(blob) && !kept.isSound(blob)) {
            LOG.warn("a copy of another site's blob is damaged, and is fetched anew: {}", blob);
            rotten.add(blob);
            kept.discard(blob);
        }
        if (cache.contains(blob)) {
            LOG.warn("a fetched blob of another site is damaged, and is fetched anew: {}", blob);
            cache.discard(blob);
        }
    }

    /** @return why it did not come: NOT_FOUND when all have answered that they do not have it */
    private Optional<ArchiveError> fill(ForeignBlobId id, IncomingBlob blob) throws IOException {
        ArchiveException why = new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "every holder of a blob");
        int answered = 0;
        int asked = 0;
        for (Holder holder : holders.of(id.origin())) {
            asked++;
            try {
                fill(id, blob, holder);
                fetched.increment();
                rotten.remove(id);
                return Optional.empty();
            } catch (ArchiveException e) {
                answered += e.error() == ArchiveError.NOT_FOUND ? 1 : 0;
                blob.forget();
                holder.failed(e.error());
                if (e.error() == ArchiveError.PEER_MISBEHAVED) {
                    refused.increment();
                    LOG.warn("{} gave what is not blob {}: {}", holder.site(), id, e.getMessage());
                }
                why = e.error() == ArchiveError.NOT_FOUND ? why : e;
                if (blob.isRefuted() || closed) {
                    break;
                }
            }
        }
        blob.fail(why);
        return Optional.of(asked > 0 && answered == asked ? ArchiveError.NOT_FOUND : why.error());
    }

    private static void fill(ForeignBlobId id, IncomingBlob blob, Holder holder) throws IOException {
        int wanted = FIRST_PART_BYTES;
        while (blob.takenBytes() < blob.lengthBytes()) {
            BlobPart part = holder.blob(id.origin(), id.id(), blob.takenBytes(), wanted);
            if (part.blobLengthBytes() != blob.lengthBytes()) {
                throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "blob of another length than recorded");
            }
            blob.take(ByteBuffer.wrap(part.bytes()));
            wanted = Math.min(4 * wanted, LinkBounds.MAX_BLOB_PART_BYTES);
        }
    }

    /** Blobs that came whole, since the start. */
    public long fetched() {
        return fetched.sum();
    }

    /** Answers that were not believed, since the start. */
    public long refused() {
        return refused.sum();
    }

    public ForeignBlobs.Status status() {
        return cache.status();
    }

    /** Lets go of what is kept where space is short. */
    public void giveBack() {
        try {
            cache.giveBack();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Transfers end where they are; what has come is continued later. */
    @Override
    public void close() {
        closed = true;
        holders.close();
        fetches.values().forEach(fetch -> fetch.thread.interrupt());
    }
}
