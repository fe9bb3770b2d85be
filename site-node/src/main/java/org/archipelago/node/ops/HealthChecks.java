package org.archipelago.node.ops;

import java.util.List;
import java.util.Map;
import org.archipelago.node.ops.HealthCheck.NeededFor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.registry.HealthContributorRegistry;

/** Hands the checks to Spring's registry; what is not needed for ingest is DEGRADED, not DOWN. */
final class HealthChecks implements InitializingBean {
    /** Always up: that it answers is what it says. */
    static final String PROCESS = "process";

    private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);

    private final List<HealthCheck> checks;

    @Autowired
    private @Nullable HealthContributorRegistry registry;

    HealthChecks(List<HealthCheck> checks) {
        this.checks = checks;
    }

    @Override
    public void afterPropertiesSet() {
        HealthContributorRegistry known = java.util.Objects.requireNonNull(registry, "registry");
        known.registerContributor(PROCESS, (HealthIndicator) () -> Health.up().build());
        for (HealthCheck check : checks) {
            known.registerContributor(check.name(), (HealthIndicator) () -> health(check));
        }
    }

    private static Health health(HealthCheck check) {
        HealthCheck.State state;
        try {
            state = check.state().get();
        } catch (RuntimeException e) {
            LOG.warn("health check {} failed", check.name(), e);
            state = new HealthCheck.State(false, Map.of("error", e.getClass().getSimpleName()));
        }
        Health.Builder health = new Health.Builder();
        if (state.up()) {
            health.up();
        } else if (check.neededFor() == NeededFor.COMFORT) {
            health.status("DEGRADED");
        } else {
            health.down();
        }
        return health.withDetails(state.details()).build();
    }
}
