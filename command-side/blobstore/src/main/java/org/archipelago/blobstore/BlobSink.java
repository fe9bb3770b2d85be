package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.BlobId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the encrypted bytes of one blob: into memory while they are few, with room for a record's header before them, and
 * into a file of their own once they are many.
 */
final class BlobSink implements BufferPool.Holder {
    private static final Logger LOG = LoggerFactory.getLogger(BlobSink.class);
    /** 1 MiB per write of an own file. */
    private static final int OWN_FILE_CHUNKS = 16;

    private static final long SYNC_EVERY_BYTES = 64L << 20;

    private final StoreParts store;
    private final List<ByteBuffer> chunks = new ArrayList<>();
    private long bytes;
    private Disk.@Nullable AppendFile own;
    private @Nullable Path ownPath;
    private long ownBytes;
    private long unsyncedBytes;
    private boolean handedOver;
    /** Held while anything is done here: another writer that needs memory may spill what is idle. */
    private final ReentrantLock busy = new ReentrantLock();

    private volatile int held;
    private @Nullable IOException spillFailure;

    BlobSink(StoreParts store) {
        this.store = store;
        store.pool().register(this);
    }

    void write(ByteBuffer source) throws IOException {
        busy.lock();
        try {
            refuseAfterFailedSpill();
            fill(source);
        } finally {
            held = chunks.size();
            busy.unlock();
        }
    }

    private void refuseAfterFailedSpill() throws IOException {
        if (spillFailure != null) {
            throw spillFailure;
        }
    }

    @Override
    public int chunks() {
        return held;
    }

    @Override
    public boolean spill() {
        if (busy.isHeldByCurrentThread() || !busy.tryLock()) {
            return false;
        }
        try {
            int before = chunks.size();
            if (before > 1) {
                spillOrGiveUp();
            }
            return chunks.size() < before;
        } finally {
            held = chunks.size();
            busy.unlock();
        }
    }

    /** A blob that cannot be moved to a file is lost to its sender, who hears of it with the next bytes. */
    private void spillOrGiveUp() {
        try {
            spillChunks();
        } catch (IOException | RuntimeException e) {
            spillFailure = e instanceof IOException failure ? failure : new IOException("blob could not be spilled", e);
            chunks.forEach(store.pool()::give);
            chunks.clear();
        }
    }

    private void spillChunks() throws IOException {
        if (own == null) {
            startOwnFile();
        } else {
            flushOwn(full());
        }
    }

    private int full() {
        return (int) chunks.stream().filter(chunk -> !chunk.hasRemaining()).count();
    }

    private void fill(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            ByteBuffer chunk = room();
            int length = Math.min(chunk.remaining(), source.remaining());
            chunk.put(source.slice(source.position(), length));
            source.position(source.position() + length);
            bytes += length;
        }
    }

    private ByteBuffer room() throws IOException {
        if (!chunks.isEmpty() && chunks.getLast().hasRemaining()) {
            return chunks.getLast();
        }
        if (own == null && bytes >= store.options().smallBlobBytes()) {
            startOwnFile();
            if (!chunks.isEmpty()) {
                return chunks.getLast();
            }
        }
        if (own != null && chunks.size() >= OWN_FILE_CHUNKS) {
            store.space().check();
            flushOwn(chunks.size());
        }
        ByteBuffer chunk = takeOrSpill();
        if (!chunks.isEmpty() && chunk == chunks.getLast()) {
            return chunk;
        }
        if (chunks.isEmpty() && own == null) {
            chunk.position(RecordHeader.LENGTH_BYTES);
        }
        chunks.add(chunk);
        return chunk;
    }

    /** Nobody waits for memory with more than one chunk of it in hand. May be the last chunk, with room again. */
    private ByteBuffer takeOrSpill() throws IOException {
        Optional<ByteBuffer> chunk = store.pool().takeNow();
        if (chunk.isPresent()) {
            return chunk.get();
        }
        if (chunks.size() > 1) {
            spillChunks();
            if (!chunks.isEmpty() && chunks.getLast().hasRemaining()) {
                return chunks.getLast();
            }
        }
        return store.pool().take();
    }

    private void startOwnFile() throws IOException {
        store.space().check();
        Path path = store.ownFiles().newIncoming(store.random());
        ownPath = path;
        own = store.disk().create(path);
        // An own file has no record header: what is in memory moves up over the room that was left for it.
        ByteBuffer previous = null;
        for (ByteBuffer chunk : chunks) {
            chunk.flip();
            if (previous == null) {
                chunk.position(RecordHeader.LENGTH_BYTES);
            } else {
                ByteBuffer head = chunk.slice(0, Math.min(RecordHeader.LENGTH_BYTES, chunk.limit()));
                previous.limit(previous.capacity()).put(head);
                chunk.position(head.limit());
            }
            chunk.compact();
            previous = chunk;
        }
        if (previous != null && previous.position() == 0) {
            store.pool().give(chunks.removeLast());
        }
        flushOwn(full());
    }

    /** Writes full chunks; one that is not full may follow them and becomes the first. */
    private void flushOwn(int full) throws IOException {
        Disk.AppendFile file = own;
        if (file == null || full == 0) {
            return;
        }
        ByteBuffer[] blocks = new ByteBuffer[full];
        long length = 0;
        for (int i = 0; i < full; i++) {
            blocks[i] = chunks.get(i).flip();
            length += blocks[i].remaining();
        }
        file.append(blocks);
        for (int i = 0; i < full; i++) {
            store.pool().give(chunks.removeFirst());
        }
        ownBytes += length;
        unsyncedBytes += length;
        if (unsyncedBytes >= SYNC_EVERY_BYTES) {
            unsyncedBytes = 0;
            file.sync();
        }
    }

    /** The answer completes when the blob is durable, or fails when nothing of it was kept. */
    CompletableFuture<Location> submit(BlobId id, long storedBytes) throws IOException {
        busy.lock();
        try {
            refuseAfterFailedSpill();
            return keep(id, storedBytes);
        } finally {
            held = chunks.size();
            busy.unlock();
        }
    }

    private CompletableFuture<Location> keep(BlobId id, long storedBytes) throws IOException {
        store.space().check();
        if (own == null && bytes > store.options().smallBlobBytes()) {
            startOwnFile();
        }
        return own != null
                ? CompletableFuture.completedFuture(commitOwnFile(id, storedBytes))
                : submitSmall(id, storedBytes);
    }

    /** The memory is the log's until the record is written. */
    private CompletableFuture<Location> submitSmall(BlobId id, long storedBytes) {
        padLast();
        ByteBuffer[] blocks = chunks.stream().map(ByteBuffer::flip).toArray(ByteBuffer[]::new);
        LogRecord record = LogRecord.blob(id, storedBytes, blocks);
        CompletableFuture<Location> released = record.durable().whenComplete((_, _) -> {
            for (ByteBuffer block : blocks) {
                store.pool().give(block);
            }
        });
        store.log().submit(record);
        chunks.clear();
        return released;
    }

    private void padLast() {
        ByteBuffer last = chunks.getLast();
        while (last.position() % Disk.BLOCK_BYTES != 0) {
            last.put((byte) 0);
        }
    }

    private Location commitOwnFile(BlobId id, long storedBytes) throws IOException {
        Disk.AppendFile file = own;
        Path path = ownPath;
        if (file == null || path == null) {
            throw new IllegalStateException("no own file");
        }
        if (!chunks.isEmpty()) {
            padLast();
            flushOwn(chunks.size());
        }
        if (ownBytes != storedBytes) {
            file.truncate(storedBytes);
        }
        ownPath = store.ownFiles().name(path, id);
        store.ownFiles().sync(file);
        file.close();
        Location at = store.log().append(LogRecord.ownFile(id, storedBytes));
        handedOver = true;
        store.ownFiles().keep(id);
        store.listener().ownFileStored(storedBytes);
        return at;
    }

    static ArchiveException refusal(IOException e) {
        String message = e.getMessage();
        boolean full = message != null && (message.contains("No space left") || message.contains("quota exceeded"));
        return new ArchiveException(
                full ? ArchiveError.BLOB_STORE_FULL : ArchiveError.INTERNAL, "blob could not be written", e);
    }

    /** Gives back memory and, unless it was committed, the file. */
    void close() {
        store.pool().forget(this);
        busy.lock();
        try {
            end();
        } finally {
            busy.unlock();
        }
    }

    private void end() {
        chunks.forEach(store.pool()::give);
        chunks.clear();
        held = 0;
        Disk.AppendFile file = own;
        Path path = ownPath;
        own = null;
        ownPath = null;
        if (file == null || path == null) {
            return;
        }
        try (file) {
            if (!handedOver) {
                store.disk().delete(path);
            }
        } catch (IOException e) {
            LOG.warn("An unfinished blob file could not be removed; the next start does it", e);
        }
    }
}
