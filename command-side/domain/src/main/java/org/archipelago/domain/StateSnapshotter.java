package org.archipelago.domain;

import java.util.concurrent.Executor;
import org.axonframework.eventhandling.DomainEventMessage;
import org.axonframework.eventhandling.GenericDomainEventMessage;
import org.axonframework.eventsourcing.AggregateSnapshotter;
import org.axonframework.eventsourcing.GenericAggregateFactory;
import org.axonframework.eventsourcing.eventstore.DomainEventStream;
import org.axonframework.eventsourcing.eventstore.EventStore;
import org.axonframework.messaging.annotation.ClasspathHandlerDefinition;
import org.axonframework.messaging.annotation.ParameterResolverFactory;
import org.axonframework.modelling.command.inspection.AggregateModel;
import org.axonframework.modelling.command.inspection.AnnotatedAggregateMetaModelFactory;
import org.jspecify.annotations.Nullable;

/** Stores an aggregate's {@link SnapshottedAggregate#snapshot} record, never the aggregate: any mapper of events can write it. */
final class StateSnapshotter extends AggregateSnapshotter {
    private StateSnapshotter(Builder builder) {
        super(builder);
    }

    /** @param executor where snapshots are made, after the commit that called for them; a failure there only costs reading time */
    static <T extends SnapshottedAggregate> StateSnapshotter of(
            Class<T> type, EventStore eventStore, ParameterResolverFactory parameters, Executor executor) {
        AggregateModel<T> model = new AnnotatedAggregateMetaModelFactory(parameters).createModel(type);
        Builder builder = AggregateSnapshotter.builder();
        builder.eventStore(eventStore);
        builder.executor(executor);
        builder.aggregateFactories(new GenericAggregateFactory<>(model));
        builder.parameterResolverFactory(parameters);
        builder.handlerDefinition(ClasspathHandlerDefinition.forClass(type));
        return new StateSnapshotter(builder);
    }

    @Override
    @SuppressWarnings({"rawtypes", "NullAway"}) // Axon's contract: null for "no snapshot"
    protected @Nullable DomainEventMessage createSnapshot(
            Class<?> aggregateType, String aggregateIdentifier, DomainEventStream eventStream) {
        DomainEventMessage<?> whole = super.createSnapshot(aggregateType, aggregateIdentifier, eventStream);
        if (whole == null || !(whole.getPayload() instanceof SnapshottedAggregate aggregate)) {
            return null;
        }
        return aggregate
                .snapshot()
                .map(state -> new GenericDomainEventMessage<>(
                        whole.getType(), whole.getAggregateIdentifier(), whole.getSequenceNumber(), state))
                .orElse(null);
    }
}
