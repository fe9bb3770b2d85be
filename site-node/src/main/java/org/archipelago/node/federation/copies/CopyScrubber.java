package org.archipelago.node.federation.copies;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.archipelago.blobstore.ForeignBlobId;
import org.archipelago.blobstore.ForeignBlobs;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.follow.Ending;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads again and again, slowly, all that is kept for other sites: what nobody reads must not rot unseen. What is other than its name
 * says is put aside, to be brought anew; what cannot be read stays, since it may be readable when the disk is.
 */
public final class CopyScrubber implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CopyScrubber.class);
    /** From the end of one pass to the next. */
    private static final long PAUSE_SECONDS = 3600;

    private final ForeignBlobs kept;
    private final LinkRate rate;
    private final Consumer<SiteId> lost;
    private final LongAdder seen = new LongAdder();
    private final LongAdder damaged = new LongAdder();
    private final LongAdder unreadable = new LongAdder();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private final Set<SiteId> origins = new HashSet<>();
    private long toldAtNanos = System.nanoTime() - TimeUnit.SECONDS.toNanos(PAUSE_SECONDS);

    /**
     * @param bytesPerSecond more than 0
     * @param lost told of whose copies some had to go
     */
    public CopyScrubber(ForeignBlobs kept, long bytesPerSecond, Consumer<SiteId> lost) {
        this.kept = kept;
        this.rate = new LinkRate(bytesPerSecond, System::nanoTime);
        this.lost = lost;
        this.thread = Thread.ofPlatform().name("copy-scrubber").daemon(true).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            do {
                pass();
                tellAll();
            } while (!closed.await(PAUSE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** In another order each time: one that is cut short has not read always the same. */
    private void pass() {
        List<ForeignBlobId> names = new ArrayList<>(kept.names());
        Collections.shuffle(names);
        for (ForeignBlobId blob : names) {
            if (closed.getCount() == 0) {
                return;
            }
            try {
                see(blob);
            } catch (IOException | RuntimeException e) {
                if (closed.getCount() > 0) {
                    unreadable.increment();
                    LOG.error("kept blob {} could not be read", blob, e);
                }
            }
        }
    }

    /** One is damaged only if it is so twice: memory and controllers err, too. */
    private void see(ForeignBlobId blob) throws IOException {
        if (!kept.contains(blob)) {
            return; // it was let go meanwhile
        }
        boolean sound = kept.isSound(blob, this::pace);
        if (!sound) {
            sound = kept.isSound(blob, this::pace);
        }
        seen.increment();
        if (!sound) {
            LOG.error("kept blob {} is damaged or gone, and is brought anew", blob);
            damaged.increment();
            kept.setAside(blob);
            tell(blob.origin());
        }
    }

    /** Seldom: what follows costs as much for one blob as for many. */
    private void tell(SiteId origin) {
        origins.add(origin);
        long now = System.nanoTime();
        if (now - toldAtNanos >= TimeUnit.SECONDS.toNanos(PAUSE_SECONDS)) {
            tellAll();
            toldAtNanos = now;
        }
    }

    /** Whose could not be looked at again is told of again. */
    private void tellAll() {
        for (SiteId origin : List.copyOf(origins)) {
            try {
                lost.accept(origin);
                origins.remove(origin);
            } catch (RuntimeException e) {
                LOG.error("what is to be brought anew of site {} could not be told; this is tried again", origin, e);
            }
        }
    }

    private void pace(int bytes) {
        try {
            if (closed.await(rate.take(bytes), TimeUnit.NANOSECONDS)) {
                throw new IllegalStateException("the node stops");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the node stops", e);
        }
    }

    /** Blobs that were read, since the start; each again as often. */
    public long seen() {
        return seen.sum();
    }

    public long damaged() {
        return damaged.sum();
    }

    public long unreadable() {
        return unreadable.sum();
    }

    @Override
    public void close() {
        closed.countDown();
        Ending.await(thread);
    }
}
