package org.archipelago.node.ops;

import jakarta.servlet.http.HttpServletResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.node.ops.HealthCheck.NeededFor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Readiness means that objects can be stored and retrieved: it stays up while search is down, which is then {@code
 * DEGRADED} among its components. 503 when not up.
 */
@RestController
class HealthController {
    private static final Logger LOG = LoggerFactory.getLogger(HealthController.class);
    private static final String UP = "UP";
    private static final String DOWN = "DOWN";
    private static final String DEGRADED = "DEGRADED";

    private final List<HealthCheck> checks;

    HealthController(List<HealthCheck> checks) {
        this.checks = checks;
    }

    record Component(String status, Map<String, String> details) {}

    record Health(String status, Map<String, Component> components) {}

    @GetMapping({"/actuator/health", "/actuator/health/readiness"})
    Health readiness(HttpServletResponse response) {
        return answer(EnumSet.allOf(NeededFor.class), response);
    }

    @GetMapping("/actuator/health/liveness")
    Health liveness(HttpServletResponse response) {
        return answer(EnumSet.of(NeededFor.LIVENESS), response);
    }

    private Health answer(Set<NeededFor> wanted, HttpServletResponse response) {
        Map<String, Component> components = new TreeMap<>();
        for (HealthCheck check : checks) {
            if (wanted.contains(check.neededFor())) {
                components.put(check.name(), component(check));
            }
        }
        boolean up = components.values().stream().noneMatch(c -> c.status().equals(DOWN));
        response.setStatus(up ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE);
        response.setHeader("Cache-Control", "no-store");
        return new Health(up ? UP : DOWN, components);
    }

    private static Component component(HealthCheck check) {
        HealthCheck.State state;
        try {
            state = check.state().get();
        } catch (RuntimeException e) {
            LOG.warn("health check {} failed", check.name(), e);
            state = new HealthCheck.State(false, Map.of("error", e.getClass().getSimpleName()));
        }
        String down = check.neededFor() == NeededFor.COMFORT ? DEGRADED : DOWN;
        return new Component(state.up() ? UP : down, new TreeMap<>(state.details()));
    }
}
