package org.archipelago.node.federation.copies;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.eventstore.EventLog;
import org.archipelago.eventstore.StreamHead;

/**
 * When a copy that this site is not to hold any more may go: once each site that is to hold it says that it does, all of it; where
 * nobody is to, some time after its origin said so.
 */
final class ReleaseRule {
    private final EventLog log;
    private final CopyFacts facts;
    private final Duration grace;
    private final Clock clock;

    ReleaseRule(EventLog log, CopyFacts facts, Duration grace, Clock clock) {
        this.log = log;
        this.facts = facts;
        this.grace = grace;
        this.clock = clock;
    }

    /** @param study that is not assigned to this site */
    boolean mayGo(StudyCopyId study) {
        return facts.assignment(study).filter(wish -> isMet(study, wish)).isPresent();
    }

    private boolean isMet(StudyCopyId study, CopyAssigned wish) {
        List<SiteId> holders = wish.holders();
        if (holders.isEmpty()) {
            return !clock.instant().isBefore(wish.assignedAt().plus(grace));
        }
        Optional<Revision> last = log.streamHead(study.stream()).map(StreamHead::revision);
        return last.isPresent() && whole(study, last.get()).containsAll(holders);
    }

    private Set<SiteId> whole(StudyCopyId study, Revision last) {
        return facts.holdings(study).stream()
                .filter(holding -> holding.through().compareTo(last) >= 0)
                .map(CopyFacts.Holding::site)
                .collect(Collectors.toSet());
    }
}
