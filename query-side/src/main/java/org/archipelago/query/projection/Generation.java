package org.archipelago.query.projection;

import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.query.LogPositions;
import org.archipelago.query.cluster.ClusterUnavailableException;
import org.archipelago.query.cluster.SearchCluster;
import org.axonframework.common.transaction.NoTransactionManager;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.EventHandlerInvoker;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.PropagatingErrorHandler;
import org.axonframework.eventhandling.Segment;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventProcessor;
import org.axonframework.eventhandling.TrackingEventProcessorConfiguration;
import org.axonframework.messaging.StreamableMessageSource;

/** One physical set of indexes and the processor that folds the log into it. */
final class Generation {
    private static final int BATCH_EVENTS = 500;
    private static final int IDLE_CHECK_MS = 100;
    private static final int CLAIM_INTERVAL_MS = 500;
    private static final int STOP_TIMEOUT_MS = 20_000;

    private final int number;
    private final Progress progress;
    private final BatchFolding folding;
    private final Rereads rereads = new Rereads();
    private final Patience patience = new Patience();
    private final AtomicBoolean lost = new AtomicBoolean();
    private final AtomicInteger readers = new AtomicInteger();
    private final Supplier<TrackingEventProcessor> processors;
    /** Another one after each pause: started again, one counts its threads wrong while its last worker is still leaving. */
    private volatile TrackingEventProcessor processor;

    Generation(
            int number,
            LocalPosition start,
            Fold fold,
            SearchCluster cluster,
            StreamableMessageSource<TrackedEventMessage<?>> source,
            LogPositions positions,
            DeadLetters letters,
            String owner,
            Clock clock) {
        this.number = number;
        this.progress = new Progress(start);
        IndexNames names = new IndexNames(cluster.indexPrefix(), number);
        List<String> physical = fold.indexes().stream().map(names::physical).toList();
        this.folding = new BatchFolding(fold, number, new Documents(cluster, names, fold), letters, positions);
        TokenDocuments tokens = new TokenDocuments(cluster, physical, owner, clock);
        GenerationTokenStore store =
                new GenerationTokenStore(tokens, folding, rereads, progress, patience, () -> lost.set(true));
        this.processors = () -> TrackingEventProcessor.builder()
                .name("index-" + fold.group() + "-" + number)
                .eventHandlerInvoker(new Enlisting(fold, positions))
                .errorHandler(PropagatingErrorHandler.instance())
                .messageSource(source)
                .tokenStore(store)
                .transactionManager(NoTransactionManager.INSTANCE)
                .trackingEventProcessorConfiguration(TrackingEventProcessorConfiguration.forSingleThreadedProcessing()
                        .andBatchSize(BATCH_EVENTS)
                        .andEventAvailabilityTimeout(IDLE_CHECK_MS, TimeUnit.MILLISECONDS)
                        .andTokenClaimInterval(CLAIM_INTERVAL_MS, TimeUnit.MILLISECONDS)
                        .andWorkerTerminationTimeout(STOP_TIMEOUT_MS, TimeUnit.MILLISECONDS))
                .build();
        this.processor = processors.get();
    }

    int number() {
        return number;
    }

    Progress progress() {
        return progress;
    }

    BatchFolding folding() {
        return folding;
    }

    /** Folds these streams of other sites anew, soon. */
    void reread(Collection<StreamId> streams) {
        rereads.add(streams);
    }

    /** Whether its token is gone: it cannot go on. */
    boolean isLost() {
        return lost.get();
    }

    /** Keeps its indexes until {@link #release}. */
    void acquire() {
        readers.incrementAndGet();
    }

    void release() {
        readers.decrementAndGet();
    }

    boolean isRead() {
        return readers.get() > 0;
    }

    void start() {
        processor.start();
    }

    /** Until {@link #start}; returns when the batch in hand is done. */
    void pause() {
        processor.shutDown();
        processor = processors.get();
    }

    void stop() {
        patience.stop();
        try {
            processor.shutDown();
        } catch (ClusterUnavailableException e) {
            // its claim runs out by itself
        } finally {
            progress.close();
        }
    }

    private record Enlisting(Fold fold, LogPositions positions) implements EventHandlerInvoker {
        @Override
        public boolean canHandle(EventMessage<?> event, Segment segment) {
            return true;
        }

        @Override
        public void handle(EventMessage<?> event, Segment segment) {
            boolean foreign =
                    event instanceof DomainEventMessage<?> domain && !positions.isOwn(domain.getAggregateIdentifier());
            if (!foreign || fold.takesForeign()) {
                GenerationTokenStore.enlist(event);
            }
        }
    }
}
