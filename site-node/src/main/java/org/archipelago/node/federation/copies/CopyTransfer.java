package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.IncomingBytes;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.link.LinkBounds;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.archipelago.node.federation.copies.BlobHolders.Holder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one blob at a time to stay: from what was fetched before, else from its origin or who else holds it; without the key that proves
 * it, from its origin alone. Gives way to who waits for an image.
 */
public final class CopyTransfer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyTransfer.class);

    private static final int PART_BYTES = LinkBounds.MAX_BLOB_PART_BYTES;
    /** At one go. */
    private static final Duration MOST_OF_A_BLOB = Duration.ofMinutes(2);

    private static final long GIVE_WAY_MS = 50;
    /** Of waiting before each part: what is wanted all the time must not keep copies away for ever. */
    private static final long MOST_WAITED_MS = 5_000;

    private final KeyStore keys;
    private final ForeignBlobs kept;
    private final ForeignBlobs cache;
    private final BlobHolders holders;
    private final CopyFacts facts;
    private final BooleanSupplier wantedByOthers;
    private final LongAdder brought = new LongAdder();
    private volatile boolean closed;

    /** @param wantedByOthers whether somebody waits for an object that is on its way */
    public CopyTransfer(
            KeyStore keys,
            ForeignBlobs kept,
            ForeignBlobs cache,
            BlobHolders holders,
            CopyFacts facts,
            BooleanSupplier wantedByOthers) {
        this.keys = keys;
        this.kept = kept;
        this.cache = cache;
        this.holders = holders;
        this.facts = facts;
        this.wantedByOthers = wantedByOthers;
    }

    /**
     * On return with true it is here, verified by its name, and durable.
     *
     * @return false when nobody gives it now; what has come is continued
     * @throws ArchiveException BLOB_STORE_FULL; DATASET_LIMIT
     */
    boolean bring(StudyCopyId study, StoredObject object) throws IOException {
        ForeignBlobId blob =
                new ForeignBlobId(study.stream().origin(), object.blob().id());
        Optional<Key> pixelKey = keys.find(new KeyRef(KeyClass.PIXEL, study.stream()));
        try (IncomingBytes copy = pixelKey.isPresent()
                ? kept.receive(ForeignBytes.described(study.stream(), object, pixelKey.get()))
                : kept.receive(blob, object.lengthBytes())) {
            long end = System.nanoTime() + MOST_OF_A_BLOB.toNanos();
            if (takeFromCache(blob, copy)) {
                return true;
            }
            for (Holder holder : inOrder(blob, study)) {
                if (pixelKey.isEmpty() && !holder.site().equals(blob.origin())) {
                    continue;
                }
                if (closed || copy.isRefuted()) {
                    return false;
                }
                if (takeFrom(holder, blob, copy, end)) {
                    brought.increment();
                    return true;
                }
            }
            return false;
        }
    }

    /** The origin and those who say that they hold it before the others. */
    private List<Holder> inOrder(ForeignBlobId blob, StudyCopyId study) {
        Set<SiteId> holding =
                facts.holdings(study).stream().map(CopyFacts.Holding::site).collect(Collectors.toSet());
        return holders.of(blob.origin(), holding);
    }

    private boolean takeFromCache(ForeignBlobId blob, IncomingBytes copy) throws IOException {
        Optional<SeekableByteChannel> there = cache.openStored(blob);
        if (there.isEmpty()) {
            return false;
        }
        try (SeekableByteChannel stored = there.get()) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
            stored.position(copy.takenBytes());
            while (copy.takenBytes() < copy.lengthBytes() && stored.read(buffer.clear()) > 0) {
                buffer.flip();
                buffer.limit((int) Math.min(buffer.limit(), copy.lengthBytes() - copy.takenBytes()));
                copy.take(buffer);
            }
            return copy.takenBytes() == copy.lengthBytes();
        } catch (ArchiveException e) {
            copy.forget();
            LOG.warn("a kept blob of another site is damaged, and is fetched anew: {}", blob);
            return false;
        }
    }

    private boolean takeFrom(Holder holder, ForeignBlobId blob, IncomingBytes copy, long end) throws IOException {
        try {
            while (copy.takenBytes() < copy.lengthBytes()) {
                if (System.nanoTime() - end > 0) {
                    return false; // others wait; it goes on later from here
                }
                giveWay();
                BlobPart part = holder.blob(blob.origin(), blob.id(), copy.takenBytes(), PART_BYTES);
                if (part.blobLengthBytes() != copy.lengthBytes() || part.bytes().length == 0) {
                    throw new ArchiveException(ArchiveError.PEER_MISBEHAVED, "blob of another length than recorded");
                }
                copy.take(ByteBuffer.wrap(part.bytes()));
            }
            return true;
        } catch (ArchiveException e) {
            copy.forget();
            holder.failed(e.error());
            LOG.info("{} did not give blob {}: {}", holder.site(), blob, e.getMessage());
            return false;
        }
    }

    private void giveWay() {
        try {
            for (long waited = 0; waited < MOST_WAITED_MS && wantedByOthers.getAsBoolean(); waited += GIVE_WAY_MS) {
                TimeUnit.MILLISECONDS.sleep(GIVE_WAY_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "transfer of a copy", e);
        }
        if (closed) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "transfer of a copy");
        }
    }

    /** Blobs that came from other sites, since the start. */
    public long brought() {
        return brought.sum();
    }

    /** What is under way ends with the part that is on its way. */
    @Override
    public void close() {
        closed = true;
        holders.close();
    }
}
