package org.archipelago.node.ingest;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.study.StudyCopyId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles a study when nothing has arrived for the quiet time of the AE that sent last. Thread-safe. */
public final class Settling {
    private static final Logger LOG = LoggerFactory.getLogger(Settling.class);

    private final Map<StudyCopyId, Instant> due = new ConcurrentHashMap<>();
    private final Consumer<StudyCopyId> settle;
    private final Clock clock;

    /** @param settle records that the study settled; does nothing when it has */
    public Settling(Consumer<StudyCopyId> settle, Clock clock) {
        this.settle = settle;
        this.clock = clock;
    }

    public void arrived(StudyCopyId study, Duration quietTime) {
        due.put(study, clock.instant().plus(quietTime));
    }

    /** How many studies wait to settle. */
    public int waiting() {
        return due.size();
    }

    /** Settles what is due. A study that cannot be settled now is tried again at the next call, unless it is refused for good. To be called now and then. */
    public void settleDue() {
        Instant now = clock.instant();
        List<Map.Entry<StudyCopyId, Instant>> ready = new ArrayList<>();
        due.forEach((study, at) -> {
            if (!at.isAfter(now)) {
                ready.add(Map.entry(study, at));
            }
        });
        for (Map.Entry<StudyCopyId, Instant> entry : ready) {
            try {
                settle.accept(entry.getKey());
                due.remove(entry.getKey(), entry.getValue());
            } catch (ArchiveException e) {
                boolean forGood = e.error().retry() == ArchiveError.Retry.USELESS;
                if (forGood) {
                    due.remove(entry.getKey(), entry.getValue());
                }
                LOG.warn("a study could not be settled and {}", forGood ? "is given up" : "is tried again", e);
            } catch (RuntimeException e) {
                LOG.warn("a study could not be settled and is tried again", e);
            }
        }
    }
}
