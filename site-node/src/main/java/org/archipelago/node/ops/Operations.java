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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.archipelago.node.ops.HealthCheck.NeededFor;
import org.archipelago.node.web.WebFeature;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusScrapeEndpoint;

/**
 * Health under {@code /actuator/health} (with groups {@code liveness} and {@code readiness}) and metrics under {@code
 * /actuator/prometheus}. Readiness means that objects can be stored and retrieved: it stays up while search is down.
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
        List<Object> beans = new ArrayList<>();
        beans.add(new PrometheusScrapeEndpoint(metrics.getPrometheusRegistry(), new java.util.Properties()));
        beans.add(new HealthChecks(checks));
        return beans;
    }

    @Override
    public List<Filter> filters() {
        return List.of(new RequestMetrics(metrics));
    }

    @Override
    public Map<String, Object> properties() {
        Map<String, Object> p = new LinkedHashMap<>();
        p.put("management.endpoints.access.default", "none");
        p.put("management.endpoint.health.access", "read_only");
        p.put("management.endpoint.prometheus.access", "read_only");
        p.put("management.endpoints.web.exposure.include", "health,prometheus");
        p.put("management.endpoints.web.discovery.enabled", false);
        p.put("management.endpoint.health.show-details", "always");
        p.put("management.endpoint.health.show-components", "always");
        p.put("management.endpoint.health.validate-group-membership", false);
        p.put("management.endpoint.health.group.liveness.include", group(NeededFor.LIVENESS));
        p.put(
                "management.endpoint.health.group.readiness.include",
                group(NeededFor.LIVENESS, NeededFor.INGEST, NeededFor.COMFORT));
        // What is only comfort reports DEGRADED, which never outweighs UP and has no HTTP status of its own.
        p.put("management.endpoint.health.status.order", "DOWN,OUT_OF_SERVICE,UP,DEGRADED,UNKNOWN");
        return p;
    }

    private String group(NeededFor... needed) {
        String names = checks.stream()
                .filter(check -> List.of(needed).contains(check.neededFor()))
                .map(HealthCheck::name)
                .collect(Collectors.joining(","));
        return names.isEmpty() ? HealthChecks.PROCESS : HealthChecks.PROCESS + "," + names;
    }
}
