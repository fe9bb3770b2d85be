package org.archipelago.node.federation.recovery;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.archipelago.blobstore.FilesystemBlobStore;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.blobstore.ForeignObject;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.Sealing;
import org.archipelago.federation.follow.Ending;
import org.archipelago.node.federation.copies.RemoteBlobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the blobs of a site that was destroyed back from those who hold them, in the order of its log: each is proven by its study's key and
 * by what the log says of it, and then is in the site's own store as if it had never been away. Goes on at each start until nothing more
 * is to be had. Thread-safe.
 */
public final class BlobRecovery implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BlobRecovery.class);

    private static final int TRANSFERS = 4;
    /** Between two passes, from the first on; doubles up to the last, since each goes through the whole log. */
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);

    private static final Duration LAST_PAUSE = Duration.ofMinutes(10);
    private static final long READER_PAUSE_MS = 100;
    /** As long as readers come, one more blob is begun only so often. */
    private static final int READER_PAUSES = 50;

    private final Path file;
    private final EventLog log;
    private final Sealing sealing;
    private final long size;
    private final FilesystemBlobStore own;
    private final ForeignBlobs cache;
    private final RemoteBlobs holders;
    private final RecoveredBytes bytes;
    private final Consumer<Standing> ended;
    private final AtomicLong missing = new AtomicLong(-1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("recovered-blobs").unstarted(this::run);
    private volatile boolean failing;
    /** Of the thread that brings blobs: making it reads the whole log. */
    private Optional<NamedObjects> named = Optional.empty();

    private BlobProgress progress;

    /**
     * @param file of the progress
     * @param size of the log that came back; what was recorded since has its blobs here
     * @param ended called before it is on record that nothing more is to be had; a second time after a crash between
     * @param cache where {@code holders} put what they give
     */
    public BlobRecovery(
            Path file,
            EventLog log,
            Sealing sealing,
            long size,
            FilesystemBlobStore own,
            ForeignBlobs cache,
            RemoteBlobs holders,
            RecoveredBytes bytes,
            Consumer<Standing> ended)
            throws IOException {
        this.file = file;
        this.own = own;
        this.cache = cache;
        this.holders = holders;
        this.bytes = bytes;
        this.ended = ended;
        this.progress = BlobProgress.read(file).orElse(BlobProgress.NONE);
        this.log = log;
        this.sealing = sealing;
        this.size = size;
    }

    /**
     * Whether blobs of a site that was destroyed may still come.
     *
     * @param recovered what is there since its log came back
     * @param progress as of the constructor
     */
    public static boolean isUnderWay(Path recovered, Path progress) throws IOException {
        return Files.exists(recovered)
                && !BlobProgress.read(progress).orElse(BlobProgress.NONE).ended();
    }

    /** Does nothing where nothing more is to be had. */
    public void start() {
        if (progress().ended()) {
            missing.set(progress().absent() + progress().closed());
        } else {
            thread.start();
        }
    }

    /** Whatever fails may pass: a full disk, a log that cannot be read at the moment. */
    private void run() {
        Duration pause = FIRST_PAUSE;
        do {
            try {
                boolean ended = passAll();
                failing = false;
                if (ended) {
                    return;
                }
            } catch (RuntimeException e) {
                if (closed.getCount() == 0) {
                    return;
                }
                failing = true;
                LOG.error("blobs are not brought back at the moment; this is tried again", e);
            }
            if (isClosedWithin(pause)) {
                return;
            }
            change(BlobProgress::nextPass);
            pause = pause.multipliedBy(2).compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : pause.multipliedBy(2);
        } while (true);
    }

    /** @return whether nothing more is to be had */
    private boolean passAll() {
        if (missing.get() < 0) {
            missing.set(count());
        }
        pass();
        BlobProgress all = progress();
        if (all.waiting() > 0) {
            return false;
        }
        ended.accept(standing());
        update(all.end());
        LOG.info(
                "{} blobs are back; {} are at no holder, {} cannot be opened by any key that came back",
                all.recovered(),
                all.absent(),
                all.closed());
        return true;
    }

    private NamedObjects named() {
        if (named.isEmpty()) {
            named = Optional.of(new NamedObjects(log, sealing, size));
        }
        return named.get();
    }

    /** Reads all events that name blobs. */
    private long count() {
        AtomicLong lost = new AtomicLong();
        named().from(0, (_, objects) -> {
            requireOpen();
            objects.stream()
                    .filter(one -> !own.contains(one.object().blob().id()))
                    .forEach(_ -> lost.incrementAndGet());
        });
        return lost.get();
    }

    private void requireOpen() {
        if (closed.getCount() == 0) {
            throw new ArchiveException(ArchiveError.SHUTTING_DOWN, "recovery of blobs");
        }
    }

    private void pass() {
        named().from(progress().next(), (next, objects) -> {
            bring(objects);
            requireOpen();
            update(progress().through(next));
        });
    }

    private void bring(List<NamedObjects.Named> objects) {
        Semaphore room = new Semaphore(TRANSFERS);
        for (NamedObjects.Named one : objects) {
            if (own.contains(one.object().blob().id())) {
                continue;
            }
            afterReaders();
            requireOpen();
            room.acquireUninterruptibly();
            Thread.ofVirtual().name("recovered-blob").start(() -> {
                try {
                    bring(one);
                } finally {
                    room.release();
                }
            });
        }
        room.acquireUninterruptibly(TRANSFERS);
    }

    private void afterReaders() {
        for (int i = 0; i < READER_PAUSES && bytes.isReaderHere(); i++) {
            if (isClosedWithin(Duration.ofMillis(READER_PAUSE_MS))) {
                return;
            }
        }
    }

    private void bring(NamedObjects.Named one) {
        try {
            Optional<ForeignObject> lost = bytes.lost(one.owner(), one.object());
            if (lost.isEmpty()) {
                change(BlobProgress::withClosed);
                return;
            }
            holders.bring(lost.get());
            long length = takeBack(lost.get());
            change(all -> all.withRecovered(length));
            missing.decrementAndGet();
        } catch (ArchiveException e) {
            LOG.debug("a blob is not back yet: {}", e.getMessage());
            switch (e.error()) {
                case NOT_FOUND -> change(BlobProgress::withAbsent);
                case CORRUPT -> change(BlobProgress::withClosed);
                default -> change(BlobProgress::withWaiting);
            }
        } catch (IOException | RuntimeException e) {
            LOG.error("a blob could not be brought back; this is tried again", e);
            change(BlobProgress::withWaiting);
        }
    }

    private long takeBack(ForeignObject lost) throws IOException {
        try (SeekableByteChannel stored = cache.openStored(lost.blob())
                .orElseThrow(() -> new ArchiveException(ArchiveError.PEER_UNAVAILABLE, "blob that was let go"))) {
            own.takeBack(lost.blob().id(), stored);
            return stored.size();
        } finally {
            if (own.contains(lost.blob().id())) {
                cache.discard(lost.blob());
            }
        }
    }

    private interface Change {
        BlobProgress of(BlobProgress before);
    }

    private synchronized void change(Change change) {
        progress = change.of(progress);
    }

    private synchronized BlobProgress progress() {
        return progress;
    }

    private void update(BlobProgress next) {
        change(_ -> next);
        try {
            next.write(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean isClosedWithin(Duration time) {
        try {
            return closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            return true;
        }
    }

    /** Whether none are brought at the moment, for a reason that is in the program's log. */
    public boolean isFailing() {
        return failing;
    }

    /** Blobs that the log names and that are not here; -1 while they are being counted. */
    public long missing() {
        return missing.get();
    }

    /**
     * How it stands.
     *
     * @param absent at no member, as far as this pass has come; nobody can give them
     * @param closed whose study's key is lost
     * @param waiting for a member that does not answer, or for room
     */
    public record Standing(
            long recovered, long recoveredBytes, long absent, long closed, long waiting, boolean ended) {}

    public Standing standing() {
        BlobProgress now = progress();
        return new Standing(
                now.recovered(), now.recoveredBytes(), now.absent(), now.closed(), now.waiting(), now.ended());
    }

    /** Waits for what is being taken in. */
    @Override
    public void close() {
        closed.countDown();
        holders.close();
        Ending.await(thread);
    }
}
