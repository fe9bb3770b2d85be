package org.archipelago.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.archipelago.blobstore.BlobKey;
import org.archipelago.blobstore.BlobStore;
import org.archipelago.blobstore.BlobStoreStatus;
import org.archipelago.blobstore.BlobWriter;
import org.archipelago.blobstore.PendingBlob;
import org.archipelago.blobstore.StoredBlob;
import org.archipelago.contract.BlobId;

/** A blob store whose blobs become durable only when, or never if, its test says so. */
final class LateBlobs implements BlobStore {
    final AtomicInteger awaited = new AtomicInteger();
    private final BlobStore store;
    private final Runnable sync;

    LateBlobs(BlobStore store, Runnable sync) {
        this.store = store;
        this.sync = sync;
    }

    @Override
    public BlobWriter begin() {
        BlobWriter writer = store.begin();
        return new BlobWriter() {
            @Override
            public PendingBlob submit() {
                PendingBlob blob = writer.submit();
                return new PendingBlob() {
                    @Override
                    public StoredBlob blob() {
                        return blob.blob();
                    }

                    @Override
                    public StoredBlob await() {
                        awaited.incrementAndGet();
                        sync.run();
                        return blob.await();
                    }

                    @Override
                    public void close() {
                        blob.close();
                    }
                };
            }

            @Override
            public int write(ByteBuffer source) throws IOException {
                return writer.write(source);
            }

            @Override
            public boolean isOpen() {
                return writer.isOpen();
            }

            @Override
            public void close() {
                writer.close();
            }
        };
    }

    @Override
    public SeekableByteChannel open(BlobId id, BlobKey key) {
        return store.open(id, key);
    }

    @Override
    public SeekableByteChannel openStored(BlobId id) {
        return store.openStored(id);
    }

    @Override
    public boolean contains(BlobId id) {
        return store.contains(id);
    }

    @Override
    public boolean isIntact(BlobId id) {
        return store.isIntact(id);
    }

    @Override
    public void delete(BlobId id) {
        store.delete(id);
    }

    @Override
    public long reclaimOrphans(Predicate<BlobId> referenced) {
        return store.reclaimOrphans(referenced);
    }

    @Override
    public void adopt(Iterable<BlobId> ids) {
        store.adopt(ids);
    }

    @Override
    public void verify(VerifyListener listener) throws IOException {
        store.verify(listener);
    }

    @Override
    public BlobStoreStatus status() {
        return store.status();
    }

    @Override
    public void close() {
        store.close();
    }
}
