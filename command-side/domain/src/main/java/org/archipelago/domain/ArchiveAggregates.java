package org.archipelago.domain;

import java.time.Clock;
import java.util.concurrent.Executor;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.study.ContentComparison;
import org.archipelago.contract.study.StudyPolicy;
import org.archipelago.domain.access.AccessSession;
import org.archipelago.domain.copy.CopyAssignment;
import org.archipelago.domain.copy.DeclaredCapacity;
import org.archipelago.domain.copy.HeldCopy;
import org.archipelago.domain.federation.Membership;
import org.archipelago.domain.grant.KeyGrants;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.patient.PatientRecord;
import org.archipelago.domain.quarantine.QuarantinedObject;
import org.archipelago.domain.recovery.ReturnedKeys;
import org.archipelago.domain.replica.ReplicaProgress;
import org.archipelago.domain.site.SiteNode;
import org.archipelago.domain.study.Study;
import org.archipelago.domain.study.StudySizes;
import org.axonframework.common.caching.Cache;
import org.axonframework.config.AggregateConfigurer;
import org.axonframework.config.Configurer;
import org.axonframework.eventsourcing.Snapshotter;

/** Makes an Axon configuration handle every command of the contract. The event store is the caller's to configure. */
public final class ArchiveAggregates {
    /**
     * A member's grants are many events, to be read once; each takes some 1 KB. Each pixel key that is released takes a place, too, so there
     * are many more than members: a member's stream is used at every batch of new studies, and is among the last.
     */
    private static final int CACHED_GRANTS = 8192;

    private ArchiveAggregates() {}

    /**
     * @param cachedStudies study copies kept in memory
     * @param cachedInstances and of all of these together, as {@link StudySizes} counts them; some 450 bytes each
     * @param snapshots where snapshots of study copies are made
     */
    public record Settings(
            Clock clock,
            StudyPolicy policy,
            ContentComparison comparison,
            int cachedStudies,
            long cachedInstances,
            Executor snapshots) {}

    public static Configurer configure(Configurer configurer, Settings settings) {
        StudySizes sizes = new StudySizes();
        BoundedCache studies =
                new BoundedCache(settings.cachedStudies(), settings.cachedInstances(), (study, _) -> sizes.of(study));
        studies.onGone(sizes::forget);
        configurer.registerComponent(Clock.class, _ -> settings.clock());
        configurer.registerComponent(StudyPolicy.class, _ -> settings.policy());
        configurer.registerComponent(StudySizes.class, _ -> sizes);
        configurer.registerComponent(ContentComparison.class, _ -> settings.comparison());
        configurer.registerComponent(PatientMerges.class, c -> new PatientReader(c.eventStore()));
        configurer.registerComponent(
                Snapshotter.class,
                c -> StateSnapshotter.of(
                        Study.class, c.eventStore(), c.parameterResolverFactory(), settings.snapshots()));
        configurer.configureAggregate(AggregateConfigurer.defaultConfiguration(Study.class)
                .configureCache(_ -> studies)
                .configureSnapshotTrigger(c -> new GrowingSnapshotTrigger(c.snapshotter())));
        configurer.configureAggregate(PatientRecord.class);
        configurer.configureAggregate(AccessSession.class);
        configurer.configureAggregate(QuarantinedObject.class);
        configurer.configureAggregate(SiteNode.class);
        configurer.configureAggregate(ReplicaProgress.class);
        configurer.configureAggregate(Membership.class);
        configurer.configureAggregate(DeclaredCapacity.class);
        configurer.configureAggregate(CopyAssignment.class);
        configurer.configureAggregate(HeldCopy.class);
        configurer.configureAggregate(ReturnedKeys.class);
        Cache grants = new BoundedCache(CACHED_GRANTS);
        configurer.configureAggregate(
                AggregateConfigurer.defaultConfiguration(KeyGrants.class).configureCache(_ -> grants));
        configurer.onInitialize(
                c -> c.onStart(() -> c.commandBus().registerHandlerInterceptor(new MissingAggregates())));
        return configurer;
    }
}
