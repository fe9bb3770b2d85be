package org.archipelago.node;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.archipelago.eventstore.LogListener;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;

/** What a node counts; names are stable. */
final class NodeMetrics implements LogListener, AssociationMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Ingested.Outcome, Counter> ingested = new EnumMap<>(Ingested.Outcome.class);
    private final DistributionSummary commitRecords = DistributionSummary.builder("archipelago.log.commit.records")
            .description("Records of one synced write")
            .register(registry);
    private final DistributionSummary commitAppends = DistributionSummary.builder("archipelago.log.commit.appends")
            .description("Appends that shared one synced write")
            .register(registry);
    private final Timer commitTime = Timer.builder("archipelago.log.commit")
            .description("Time of one synced write of the log")
            .publishPercentileHistogram()
            .register(registry);
    private final Counter logBytes = counter("archipelago.log.bytes", "Bytes of records written");
    private final Counter logRefused = counter("archipelago.log.refused", "Appends refused by a rule");
    private final Counter logStops = counter("archipelago.log.stops", "Failed writes or syncs of the log");
    private final Counter associationsOpened = counter("archipelago.associations.opened", "Associations accepted");
    private final Counter associationsRejected = counter("archipelago.associations.rejected", "Associations rejected");
    private final Counter associationsLost =
            counter("archipelago.associations.lost", "Associations that ended otherwise than by a release");
    private final Counter objectsReceived =
            counter("archipelago.dimse.objects.received", "Objects received by C-STORE");
    private final Counter bytesReceived = counter("archipelago.dimse.bytes.received", "Bytes received by C-STORE");
    private final Counter objectsRefused = counter("archipelago.dimse.objects.refused", "Objects refused by C-STORE");
    private final Counter objectsSent = counter("archipelago.dimse.objects.sent", "Objects sent by C-STORE");
    private final Counter bytesSent = counter("archipelago.dimse.bytes.sent", "Bytes sent by C-STORE");
    private final AtomicInteger associations = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();

    NodeMetrics() {
        for (Ingested.Outcome outcome : Ingested.Outcome.values()) {
            ingested.put(
                    outcome,
                    Counter.builder("archipelago.ingested.objects")
                            .description("Objects acknowledged, by what became of them")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        gauge("archipelago.associations.open", "Associations open now", associations::get);
        gauge("archipelago.connections.open", "DICOM connections open now", connections::get);
    }

    PrometheusMeterRegistry registry() {
        return registry;
    }

    void gauge(String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    void gauge(String name, String description, Map.Entry<String, String> tag, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .tag(tag.getKey(), tag.getValue())
                .strongReference(true)
                .register(registry);
    }

    /** Counts what is taken in through a channel, by objects and bytes of data sets, and by what became of them. */
    ObjectIngest counted(String channel, ObjectIngest ingest) {
        Counter objects = taken("archipelago.taken.objects", "Objects acknowledged", channel);
        Counter bytes = taken("archipelago.taken.bytes", "Bytes of the data sets of objects acknowledged", channel);
        return (dataset, arrival) -> {
            Ingested done = ingest.ingest(dataset, arrival);
            objects.increment();
            bytes.increment(done.lengthBytes());
            ingested(done.outcome());
            return done;
        };
    }

    private Counter taken(String name, String description, String channel) {
        return Counter.builder(name)
                .description(description)
                .tag("channel", channel)
                .register(registry);
    }

    private void ingested(Ingested.Outcome outcome) {
        Counter counter = ingested.get(outcome);
        if (counter != null) {
            counter.increment();
        }
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    @Override
    public void committed(int appends, int records, long bytes, long durationNanos) {
        commitAppends.record(appends);
        commitRecords.record(records);
        logBytes.increment(bytes);
        commitTime.record(Duration.ofNanos(durationNanos));
    }

    @Override
    public void refused() {
        logRefused.increment();
    }

    @Override
    public void stopped(Throwable cause) {
        logStops.increment();
    }

    @Override
    public void connectionOpened() {
        connections.incrementAndGet();
    }

    @Override
    public void connectionClosed() {
        connections.decrementAndGet();
    }

    @Override
    public void associationOpened() {
        associations.incrementAndGet();
        associationsOpened.increment();
    }

    @Override
    public void associationClosed() {
        associations.decrementAndGet();
    }

    @Override
    public void associationRejected() {
        associationsRejected.increment();
    }

    @Override
    public void associationLost() {
        associationsLost.increment();
    }

    @Override
    public void objectReceived(long bytes) {
        objectsReceived.increment();
        bytesReceived.increment(bytes);
    }

    @Override
    public void objectRefused() {
        objectsRefused.increment();
    }

    @Override
    public void objectSent(long bytes) {
        objectsSent.increment();
        bytesSent.increment(bytes);
    }
}
