package org.archipelago.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.cli.Progress;
import org.archipelago.query.projection.ProjectionStatus;
import org.archipelago.query.projection.Projections;

/** Builds every index anew and watches how far it is, in events of the log folded into each of them. */
final class IndexRebuild implements Jobs.Work {
    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    private final Projections projections;
    private final Supplier<LocalPosition> head;

    IndexRebuild(Projections projections, Supplier<LocalPosition> head) {
        this.projections = projections;
        this.head = head;
    }

    @Override
    public Object run(Progress progress) {
        if (!projections.isAnswering()) {
            throw new ArchiveException(
                    ArchiveError.SEARCH_UNAVAILABLE,
                    "there is no index in use beside which another could be built; it is built by itself once Elasticsearch answers");
        }
        projections.rebuild();
        long told = 0;
        try {
            while (true) {
                List<ProjectionStatus> all = projections.status();
                long events = head.get().value() + 1;
                long folded = all.stream()
                        .mapToLong(
                                status -> status.rebuilding() ? status.built().value() + 1 : events)
                        .sum();
                progress.total(events * all.size());
                progress.advance(Math.max(0, folded - told));
                told = Math.max(told, folded);
                if (all.stream().noneMatch(ProjectionStatus::rebuilding)) {
                    return all;
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
        } catch (CancellationException e) {
            projections.abandonRebuild();
            throw e;
        }
    }
}
