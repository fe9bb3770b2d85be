package org.archipelago.query.projection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.log.LocalToken;
import org.archipelago.contract.log.StreamId;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventhandling.tokenstore.TokenStore;
import org.axonframework.eventhandling.tokenstore.UnableToClaimTokenException;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Axon's token store for one generation of indexes. The processor stores its token before a handler's own hook could
 * run; so the batch is folded here, documents first, then the token. A token that is gone is never made again: the
 * claim fails, and whoever tends the projection builds a new generation.
 */
final class GenerationTokenStore implements TokenStore {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationTokenStore.class);
    private static final String BATCH = GenerationTokenStore.class.getName();

    /** After a small batch the next one waits this long: most of what a batch costs Elasticsearch is not its documents. */
    private static final Duration GATHERING = Duration.ofMillis(30);

    private static final int FEW_EVENTS = 64;

    /** While there is nothing to fold: a look at every index costs more than a look at what waits. */
    private static final Duration RENEWAL = Duration.ofSeconds(1);

    private static final int REREADS_AT_ONCE = 100;

    private final TokenDocuments tokens;
    private final BatchFolding folding;
    private final Rereads rereads;
    private final Progress progress;
    private final Patience patience;
    private final Runnable lost;
    private @Nullable LocalToken current;
    private long renewedAt = System.nanoTime() - RENEWAL.toNanos();

    GenerationTokenStore(
            TokenDocuments tokens,
            BatchFolding folding,
            Rereads rereads,
            Progress progress,
            Patience patience,
            Runnable lost) {
        this.tokens = tokens;
        this.folding = folding;
        this.rereads = rereads;
        this.progress = progress;
        this.patience = patience;
        this.lost = lost;
    }

    /** Adds to the batch that {@link #storeToken} folds. */
    static void enlist(EventMessage<?> event) {
        batch().add(event);
    }

    private static List<EventMessage<?>> batch() {
        return CurrentUnitOfWork.get().root().getOrComputeResource(BATCH, _ -> new ArrayList<EventMessage<?>>());
    }

    @Override
    public synchronized void storeToken(@Nullable TrackingToken token, String processor, int segment) {
        if (!(token instanceof LocalToken next)) {
            throw new IllegalStateException("the event source does not give local tokens");
        }
        List<EventMessage<?>> events = CurrentUnitOfWork.isStarted() ? List.copyOf(batch()) : List.of();
        Set<String> changed;
        try {
            changed = new HashSet<>(patience.until(() -> folding.fold(events)));
            changed.addAll(reread());
        } catch (IndexLostException e) {
            throw gone(e.getMessage());
        }
        if (!patience.until(() -> tokens.store(next, changed))) {
            throw gone("the token is gone or was taken by another node");
        }
        current = next;
        if (changed.isEmpty()) {
            progress.passed(next.local());
        } else {
            progress.stored(next.local());
            if (events.size() < FEW_EVENTS) {
                progress.gather(GATHERING);
            }
        }
    }

    /** Some of the streams that wait for it. */
    private Set<String> reread() {
        Set<String> changed = new HashSet<>();
        for (int i = 0; i < REREADS_AT_ONCE; i++) {
            Optional<StreamId> stream = rereads.take();
            if (stream.isEmpty()) {
                break;
            }
            try {
                changed.addAll(patience.until(() -> folding.reread(stream.get())));
            } catch (ClusterUnavailableException | IndexLostException e) {
                throw e;
            } catch (RuntimeException e) { // it is found again, and what this site recorded goes on
                LOG.warn("a stream of another site cannot be folded anew", e);
            }
        }
        return changed;
    }

    private UnableToClaimTokenException gone(@Nullable String why) {
        current = null;
        folding.forget();
        lost.run();
        return new UnableToClaimTokenException(why);
    }

    @Override
    public synchronized TrackingToken fetchToken(String processor, int segment) {
        current = patience.until(tokens::claim).orElse(null);
        if (current == null) {
            throw gone("the token is gone or another node has claimed it");
        }
        return current;
    }

    /** Axon calls this at the start of each batch, too: there a look at every index would cost more than the batch. */
    @Override
    public synchronized void extendClaim(String processor, int segment) {
        LocalToken held = current;
        boolean beforeBatch = CurrentUnitOfWork.isStarted();
        if (held != null && !beforeBatch) {
            rereadWhileIdle();
            if (System.nanoTime() - renewedAt < RENEWAL.toNanos()) {
                return;
            }
            renewedAt = System.nanoTime();
        }
        if (held == null || !patience.until(() -> beforeBatch ? tokens.keep(held) : tokens.renew(held))) {
            throw gone("the token is gone or was taken by another node");
        }
    }

    private void rereadWhileIdle() {
        try {
            if (!reread().isEmpty()) {
                progress.touched();
            }
        } catch (IndexLostException e) {
            throw gone(e.getMessage());
        }
    }

    @Override
    public synchronized void releaseClaim(String processor, int segment) {
        if (current != null) {
            tokens.release(current);
            current = null;
        }
    }

    @Override
    public int[] fetchSegments(String processor) {
        return new int[] {0};
    }
}
