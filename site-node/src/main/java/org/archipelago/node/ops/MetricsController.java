package org.archipelago.node.ops;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Metrics as Prometheus reads them: OpenMetrics when it asks for that, else its text format 0.0.4. */
@RestController
class MetricsController {
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusMeterRegistry metrics;

    MetricsController(PrometheusMeterRegistry metrics) {
        this.metrics = metrics;
    }

    @GetMapping("/actuator/prometheus")
    void scrape(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String accept = request.getHeader("Accept");
        String type = accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
        response.setContentType(type);
        metrics.scrape(response.getOutputStream(), type);
    }
}
