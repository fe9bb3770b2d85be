package org.archipelago.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.archipelago.eventstore.LogListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Space that is kept for the event log and the keys when the disk is full otherwise: reads, which must be recorded, go on from
 * what this file gives back. It is given back when less than half of its size is free, or when the log could not be written.
 * Ingest does not get it: what is missing of it counts as not free ({@link #missingBytes}), so it is there again before ingest
 * goes on.
 */
final class LogReserve implements LogListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogReserve.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    /** Whoever is waiting for the node to start has the disk first. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(30);

    private static final long PAUSE_PER_CHUNK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path file;
    private final long bytes;
    private final long lowWaterBytes;
    private final LogListener next;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("log-reserve").factory());
    private volatile long heldBytes;
    private volatile boolean needed;

    /**
     * Gives back at once what an earlier run left on a disk that is full by now, so that the rest can open.
     *
     * @param bytes 0 for no reserve
     * @param next hears of the log what this one hears
     */
    LogReserve(Path file, long bytes, long lowWaterBytes, LogListener next) throws IOException {
        this.file = file;
        this.bytes = bytes;
        this.lowWaterBytes = lowWaterBytes;
        this.next = next;
        this.heldBytes = lengthBytes();
        if (heldBytes != bytes) {
            // A part of one, or one of another size, is none.
            Files.deleteIfExists(file);
            heldBytes = 0;
        }
        giveBackWhenFull();
    }

    private long lengthBytes() throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException _) {
            return 0;
        }
    }

    void start() {
        thread.scheduleWithFixedDelay(
                this::tryLook, FIRST_LOOK.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tryLook() {
        try {
            look();
        } catch (IOException | RuntimeException e) {
            if (!thread.isShutdown()) {
                LOG.warn("The reserve of the event log could not be looked after", e);
            }
        }
    }

    /** Takes or gives back, as the free space is now. */
    synchronized void look() throws IOException {
        giveBackWhenFull();
        if (missingBytes() > 0 && freeBytes() > lowWaterBytes + bytes) {
            take();
        }
    }

    private void giveBackWhenFull() throws IOException {
        if (heldBytes > 0 && freeBytes() < bytes / 2) {
            giveBack();
        }
    }

    private long freeBytes() throws IOException {
        return Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
    }

    long heldBytes() {
        return heldBytes;
    }

    /** What ingest must leave free besides the low-water mark. */
    long missingBytes() {
        return bytes - heldBytes;
    }

    /** Whether other sites may fill more of the disk: this one's own ingest, and the records of its reads, come first. */
    boolean leavesRoomForOthers() {
        try {
            return freeBytes() >= 2 * lowWaterBytes + missingBytes();
        } catch (IOException e) {
            LOG.warn("How much space is free is not known, so nothing of other sites is taken in", e);
            return false;
        }
    }

    /** Of noise, since some file systems keep zeros as nothing. */
    private void take() throws IOException {
        needed = false;
        SplittableRandom noise = new SplittableRandom();
        byte[] chunk = new byte[CHUNK_BYTES];
        boolean whole = false;
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (channel.position() < bytes && !needed) {
                noise.nextBytes(chunk);
                channel.write(ByteBuffer.wrap(chunk, 0, (int) Math.min(bytes - channel.position(), CHUNK_BYTES)));
                heldBytes = channel.position();
                LockSupport.parkNanos(PAUSE_PER_CHUNK_NANOS);
            }
            channel.force(true);
            whole = !needed;
        } finally {
            if (!whole) {
                heldBytes = 0;
                Files.deleteIfExists(file);
            }
        }
    }

    private synchronized void giveBack() {
        try {
            // First: whoever asks in between is to find too little rather than too much.
            heldBytes = 0;
            if (Files.deleteIfExists(file)) {
                LOG.error(
                        "Space is short: the reserve of the event log was given back. Make room on the disk of {}",
                        file.toAbsolutePath().getParent());
            }
        } catch (IOException e) {
            LOG.error("The reserve of the event log could not be given back", e);
        }
    }

    @Override
    public void committed(int appends, int records, long committedBytes, long durationNanos) {
        next.committed(appends, records, committedBytes, durationNanos);
    }

    @Override
    public void refused() {
        next.refused();
    }

    /** Before the log is opened again, so that it then has room. */
    @Override
    public void stopped(Throwable cause) {
        needed = true;
        giveBack();
        next.stopped(cause);
    }

    @Override
    public void reopened(int attempt) {
        next.reopened(attempt);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
