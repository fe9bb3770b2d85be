package org.archipelago.node.ops;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** Times requests by interface, method and class of status: few series, no identifiers. */
final class RequestMetrics extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final int STATUS_CLASS = 100;

    private final transient MeterRegistry metrics;
    private final AtomicInteger active = new AtomicInteger();

    RequestMetrics(MeterRegistry metrics) {
        this.metrics = metrics;
        metrics.gauge("archipelago.http.active", active);
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        Timer.Sample sample = Timer.start(metrics);
        active.incrementAndGet();
        boolean answered = false;
        try {
            chain.doFilter(request, response);
            answered = true;
        } finally {
            active.decrementAndGet();
            String status = answered ? response.getStatus() / STATUS_CLASS + "xx" : "broken";
            sample.stop(Timer.builder("archipelago.http.requests")
                    .tag("interface", face(request.getRequestURI()))
                    .tag("method", method(request.getMethod()))
                    .tag("status", status)
                    .register(metrics));
        }
    }

    private static String face(String path) {
        if (path.startsWith("/dicom-web") || path.startsWith("/network/dicom-web")) {
            return "dicom-web";
        }
        if (path.startsWith("/api")) {
            return "api";
        }
        if (path.startsWith("/viewer")) {
            return "viewer";
        }
        return path.startsWith("/actuator") ? "actuator" : "portal";
    }

    private static String method(String method) {
        return switch (method) {
            case "GET", "HEAD", "POST", "OPTIONS" -> method;
            default -> "other";
        };
    }
}
