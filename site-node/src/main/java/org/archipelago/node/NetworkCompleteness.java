package org.archipelago.node;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.node.federation.Replication.Former;
import org.archipelago.node.federation.Replication.Standing;
import org.archipelago.node.network.Completeness;
import org.archipelago.node.network.SiteStanding;

/**
 * How current the network view is, from what replication and the index tell.
 *
 * @param unreadable records by site that are here and say nothing; may throw ArchiveException while the index cannot be asked
 */
record NetworkCompleteness(
        Supplier<List<Standing>> standings,
        Supplier<List<Former>> former,
        Supplier<Map<SiteId, Long>> unreadable,
        Clock clock) {
    Completeness now() {
        List<Standing> members = standings.get();
        List<Former> left = former.get();
        Optional<Map<SiteId, Long>> counted = members.isEmpty() && left.isEmpty() ? Optional.of(Map.of()) : counted();
        return new Completeness(Stream.concat(
                        members.stream().map(member -> standing(member, counted)),
                        left.stream()
                                .map(one -> SiteStanding.former(
                                        one.site().site(),
                                        one.site().label(),
                                        one.records(),
                                        unreadable(one.site().site(), counted))))
                .toList());
    }

    private Optional<Map<SiteId, Long>> counted() {
        try {
            return Optional.of(unreadable.get());
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }

    private static OptionalLong unreadable(SiteId site, Optional<Map<SiteId, Long>> counted) {
        return counted.map(all -> OptionalLong.of(all.getOrDefault(site, 0L))).orElse(OptionalLong.empty());
    }

    private SiteStanding standing(Standing member, Optional<Map<SiteId, Long>> counted) {
        SiteId site = member.member().site();
        return new SiteStanding(
                site,
                member.member().label(),
                member.reachable(),
                member.lastContact()
                        .map(at -> OptionalLong.of(Math.max(
                                0, Duration.between(at, clock.instant()).toSeconds())))
                        .orElse(OptionalLong.empty()),
                member.records(),
                member.records() + member.behindRecords(),
                unreadable(site, counted),
                member.problem(),
                member.unsignedRecords());
    }
}
