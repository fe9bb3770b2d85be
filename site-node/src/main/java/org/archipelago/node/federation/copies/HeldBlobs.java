package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.link.BlobPart;
import org.archipelago.federation.link.BlobService;

/** Gives members the stored bytes of what is here: this site's own, and what it has taken in of others. Without the key they tell nothing. */
public final class HeldBlobs implements BlobService {
    private final SiteId site;
    private final BlobStore own;
    private final ForeignBlobs kept;
    private final ForeignBlobs cache;

    /**
     * @param kept of other sites, as copies that stay
     * @param cache of other sites, as long as there is room
     */
    public HeldBlobs(SiteId site, BlobStore own, ForeignBlobs kept, ForeignBlobs cache) {
        this.site = site;
        this.own = own;
        this.kept = kept;
        this.cache = cache;
    }

    @Override
    public BlobPart blob(SiteId caller, SiteId origin, BlobId blob, long from, int maxBytes) {
        try (SeekableByteChannel stored = open(origin, blob)) {
            long length = stored.size();
            if (from > length) {
                throw new ArchiveException(ArchiveError.INVALID_REQUEST, "place behind the end of a blob");
            }
            ByteBuffer part = ByteBuffer.allocate((int) Math.min(maxBytes, length - from));
            stored.position(from);
            while (part.hasRemaining()) {
                if (stored.read(part) < 0) {
                    throw new ArchiveException(ArchiveError.CORRUPT, "blob that is cut short");
                }
            }
            return new BlobPart(length, part.array());
        } catch (IOException e) {
            throw new ArchiveException(ArchiveError.CORRUPT, "blob that cannot be read", e);
        }
    }

    private SeekableByteChannel open(SiteId origin, BlobId blob) throws IOException {
        if (origin.equals(site)) {
            return own.openStored(blob);
        }
        ForeignBlobId id = new ForeignBlobId(origin, blob);
        Optional<SeekableByteChannel> there = kept.openStored(id);
        return (there.isPresent() ? there : cache.openStored(id))
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_FOUND, "blob of another site"));
    }
}
