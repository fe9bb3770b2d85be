package org.archipelago.node.federation.copies;

import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.blobstore.BlobKey;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignObject;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.archipelago.node.retrieve.ObjectBytes;

/** Opens the plain bytes of objects that another site recorded, once the pixel key of their study is here. Thread-safe. */
public final class ForeignBytes implements ObjectBytes {
    private final RemoteBlobs blobs;
    private final KeyStore keys;
    private final PixelKeys pixelKeys;

    /** Port: where a key comes from that is not here. */
    public interface PixelKeys {
        /**
         * Asks the site that made a study for its pixel key, which is in the keystore on return.
         *
         * @throws ArchiveException NOT_AUTHORIZED when it does not give it; PEER_UNAVAILABLE, NOT_FOUND, PEER_MISBEHAVED
         */
        void obtain(StreamId study);
    }

    public ForeignBytes(RemoteBlobs blobs, KeyStore keys, PixelKeys pixelKeys) {
        this.blobs = blobs;
        this.keys = keys;
        this.pixelKeys = pixelKeys;
    }

    @Override
    public SeekableByteChannel open(StreamId owner, StoredObject object) {
        KeyRef use = new KeyRef(KeyClass.PIXEL, owner);
        Optional<Key> here = keys.find(use);
        if (here.isEmpty()) {
            if (keys.isDestroyed(use)) {
                throw new ArchiveException(ArchiveError.ERASED, "pixel key");
            }
            pixelKeys.obtain(owner);
        }
        Key pixelKey = here.or(() -> keys.find(use))
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_AUTHORIZED, "pixels of " + owner.origin()));
        return blobs.open(described(owner, object, pixelKey));
    }

    /** @throws ArchiveException CORRUPT when the key is not the one that wraps the object's own */
    public static ForeignObject described(StreamId owner, StoredObject object, Key pixelKey) {
        return new ForeignObject(
                new ForeignBlobId(owner.origin(), object.blob().id()),
                BlobKey.unwrap(object.blob().wrappedKey(), pixelKey.secret()),
                object.digest(),
                object.lengthBytes());
    }

    @Override
    public void expect(StreamId owner, StoredObject object) {
        Optional<Key> pixelKey = keys.find(new KeyRef(KeyClass.PIXEL, owner));
        if (pixelKey.isPresent()) {
            try {
                blobs.expect(described(owner, object, pixelKey.get()));
            } catch (ArchiveException _) {
                // Whoever opens it is told.
            }
        }
    }
}
