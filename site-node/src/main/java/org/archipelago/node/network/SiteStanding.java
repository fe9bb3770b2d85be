package org.archipelago.node.network;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.archipelago.contract.SiteId;

/**
 * How current this site's knowledge of another one is.
 *
 * @param reachable whether its node answered last time
 * @param contactAgeSeconds since it last did; empty when not since this node's start
 * @param records of its log that are here
 * @param knownRecords that it is known to have signed
 * @param unreadableRecords of studies and patients among those here that say nothing here; empty while nobody can tell
 * @param problem why no more of it is taken in; empty when nothing is wrong
 * @param unsignedRecords that it has and has not signed for longer than it should take, so that they are not here
 * @param member false for one that is no member any more; of it nothing is missing
 */
public record SiteStanding(
        SiteId site,
        String label,
        boolean reachable,
        OptionalLong contactAgeSeconds,
        long records,
        long knownRecords,
        OptionalLong unreadableRecords,
        String problem,
        long unsignedRecords,
        boolean member) {
    /** Of a member. */
    public SiteStanding(
            SiteId site,
            String label,
            boolean reachable,
            OptionalLong contactAgeSeconds,
            long records,
            long knownRecords,
            OptionalLong unreadableRecords,
            String problem,
            long unsignedRecords) {
        this(
                site,
                label,
                reachable,
                contactAgeSeconds,
                records,
                knownRecords,
                unreadableRecords,
                problem,
                unsignedRecords,
                true);
    }

    /** Of a site that is no member any more: what is here of it is all that is to be here. */
    public static SiteStanding former(SiteId site, String label, long records, OptionalLong unreadableRecords) {
        return new SiteStanding(
                site, label, false, OptionalLong.empty(), records, records, unreadableRecords, "", 0, false);
    }

    /** Why something of this site may be missing, in few words; nothing when nothing is known to be. */
    public List<String> gaps() {
        if (!member) {
            return List.of();
        }
        List<String> gaps = new ArrayList<>();
        if (!problem.isEmpty()) {
            gaps.add(problem);
        }
        if (!reachable) {
            gaps.add(
                    contactAgeSeconds.isPresent()
                            ? "last reached " + contactAgeSeconds.getAsLong() + " s ago"
                            : "not reached");
        }
        if (knownRecords > records) {
            gaps.add(knownRecords - records + " records behind");
        }
        if (unsignedRecords > 0) {
            gaps.add(unsignedRecords + " records not signed yet");
        }
        if (unreadableRecords.orElse(0) > 0) {
            gaps.add(unreadableRecords.getAsLong() + " records unreadable here");
        }
        return gaps;
    }
}
