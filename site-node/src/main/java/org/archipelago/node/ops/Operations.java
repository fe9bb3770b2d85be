package org.archipelago.node.ops;

import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.Filter;
import java.util.List;
import org.archipelago.node.web.WebFeature;

/**
 * Health under {@code /actuator/health}, {@code .../liveness} and {@code .../readiness}, and metrics under {@code
 * /actuator/prometheus}: the addresses and forms of Spring Boot's actuator, without its machinery, which cost a second
 * of every start.
 */
public final class Operations implements WebFeature {
    private final PrometheusMeterRegistry metrics;
    private final List<HealthCheck> checks;

    /** Adds the JVM's own metrics to the registry. */
    public Operations(PrometheusMeterRegistry metrics, List<HealthCheck> checks) {
        this.metrics = metrics;
        this.checks = List.copyOf(checks);
        new JvmMemoryMetrics().bindTo(metrics);
        garbageCollection(metrics);
        new JvmThreadMetrics().bindTo(metrics);
        new ClassLoaderMetrics().bindTo(metrics);
        new ProcessorMetrics().bindTo(metrics);
        new FileDescriptorMetrics().bindTo(metrics);
        new UptimeMetrics().bindTo(metrics);
    }

    /** Listens for as long as the process runs: there is one registry in it. */
    @SuppressWarnings("resource")
    private static void garbageCollection(PrometheusMeterRegistry metrics) {
        new JvmGcMetrics().bindTo(metrics);
    }

    @Override
    public List<Object> beans() {
        return List.of(new HealthController(checks), new MetricsController(metrics));
    }

    @Override
    public List<Filter> filters() {
        return List.of(new RequestMetrics(metrics));
    }
}
