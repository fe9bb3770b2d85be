package org.archipelago.federation.replica;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.federation.disk.DurableFile;
import org.archipelago.federation.note.SignedNote;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last refusals, in memory and as files {@code refusal-0} to {@code refusal-63}, the oldest overwritten; all are counted. A peer that
 * lies without end fills neither: at most one a second is written down. Thread-safe.
 */
public final class RefusalJournal {
    private static final Logger LOGGER = LoggerFactory.getLogger(RefusalJournal.class);
    private static final int MAX_KEPT = 64;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Path directory;
    private final Clock clock;
    private final ArrayDeque<Refusal> last = new ArrayDeque<>();
    private long count;
    private long written;
    private Instant quietUntil = Instant.MIN;

    public RefusalJournal(Path directory, Clock clock) throws IOException {
        DurableFile.createDirectories(directory);
        this.directory = directory;
        this.clock = clock;
    }

    public synchronized Refusal record(SiteId peer, SiteId origin, long from, String what, Optional<SignedNote> note) {
        Refusal refusal = new Refusal(clock.instant(), peer, origin, from, what, note);
        count++;
        last.addLast(refusal);
        if (last.size() > MAX_KEPT) {
            last.removeFirst();
        }
        // A clock that was set back must not silence it.
        boolean quiet = refusal.at().isBefore(quietUntil)
                && Duration.between(refusal.at(), quietUntil).compareTo(PAUSE) <= 0;
        if (!quiet) {
            quietUntil = refusal.at().plus(PAUSE);
            write(refusal);
        }
        return refusal;
    }

    private void write(Refusal refusal) {
        LOGGER.warn(
                "Site {} gave what does not verify of {} from {} on: {}",
                refusal.peer(),
                refusal.origin(),
                refusal.from(),
                refusal.what());
        try {
            Path file = directory.resolve("refusal-" + written++ % MAX_KEPT);
            DurableFile.replace(file, refusal.text().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            LOGGER.warn("Evidence of it could not be kept", e);
        }
    }

    public synchronized long count() {
        return count;
    }

    /** The oldest first. */
    public synchronized List<Refusal> last() {
        return new ArrayList<>(last);
    }
}
