package org.archipelago.node.federation.recovery;

import java.nio.channels.SeekableByteChannel;
import java.time.Duration;
import java.util.Optional;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.blobstore.ForeignObject;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.keystore.KeyStore;
import org.archipelago.node.federation.copies.ForeignBytes;
import org.archipelago.node.federation.copies.RemoteBlobs;
import org.archipelago.node.retrieve.ObjectBytes;

/** This site's own objects: from here, else from whoever holds them, while they come back. Thread-safe. */
public final class RecoveredBytes implements ObjectBytes {
    private static final Duration READER_IS_HERE = Duration.ofSeconds(1);

    private final BlobStore own;
    private final ObjectBytes here;
    private final KeyStore keys;
    private final RemoteBlobs holders;
    private volatile long lastReadNanos = System.nanoTime() - READER_IS_HERE.toNanos();

    /** @param here opens what is in {@code own} */
    public RecoveredBytes(BlobStore own, ObjectBytes here, KeyStore keys, RemoteBlobs holders) {
        this.own = own;
        this.here = here;
        this.keys = keys;
        this.holders = holders;
    }

    @Override
    public SeekableByteChannel open(StreamId owner, StoredObject object) {
        if (own.contains(object.blob().id())) {
            return here.open(owner, object);
        }
        Optional<ForeignObject> lost = lost(owner, object);
        if (lost.isEmpty()) {
            return here.open(owner, object); // which says why it cannot be opened
        }
        lastReadNanos = System.nanoTime();
        return holders.open(lost.get());
    }

    @Override
    public void check(StreamId owner, StoredObject object) {
        if (own.contains(object.blob().id()) || lost(owner, object).isEmpty()) {
            here.check(owner, object);
        }
    }

    /**
     * What proves an object of this site that is given by others; empty while the key of its study is not here.
     *
     * @throws ArchiveException CORRUPT when that key is not the one that wraps the object's own
     */
    Optional<ForeignObject> lost(StreamId owner, StoredObject object) {
        return keys.find(new KeyRef(KeyClass.PIXEL, owner)).map(key -> ForeignBytes.described(owner, object, key));
    }

    /** Whether somebody has just asked for what is not here yet. */
    boolean isReaderHere() {
        return System.nanoTime() - lastReadNanos < READER_IS_HERE.toNanos();
    }
}
