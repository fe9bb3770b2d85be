package org.archipelago.node.retrieve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.blobstore.BlobKey;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;

/** Opens the plain bytes of objects that are stored here. Thread-safe. */
public final class StoredBytes implements ObjectBytes {
    private final BlobStore blobs;
    private final KeyStore keys;

    public StoredBytes(BlobStore blobs, KeyStore keys) {
        this.blobs = blobs;
        this.keys = keys;
    }

    @Override
    public SeekableByteChannel open(StreamId owner, StoredObject object) {
        return open(owner, object.blob());
    }

    @Override
    public void check(StreamId owner, StoredObject object) {
        try {
            open(owner, object.blob()).close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The data set exactly as its sender encoded it.
     *
     * @param owner the study copy's or quarantined object's stream, whose pixel key wraps the blob's
     * @throws ArchiveException ERASED when the pixel key was destroyed; KEY_LOST; NOT_FOUND; CORRUPT, also when the key is missing, and
     *     from later reads
     */
    public SeekableByteChannel open(StreamId owner, BlobRef blob) {
        KeyRef use = new KeyRef(KeyClass.PIXEL, owner);
        Key pixelKey = keys.find(use).orElseThrow(() -> missing(use));
        return blobs.open(blob.id(), BlobKey.unwrap(blob.wrappedKey(), pixelKey.secret()));
    }

    private ArchiveException missing(KeyRef use) {
        if (keys.isLost(use)) {
            return new ArchiveException(ArchiveError.KEY_LOST, "pixel key");
        }
        return keys.isDestroyed(use)
                ? new ArchiveException(ArchiveError.ERASED, "pixel key")
                : new ArchiveException(ArchiveError.CORRUPT, "pixel key is missing");
    }
}
