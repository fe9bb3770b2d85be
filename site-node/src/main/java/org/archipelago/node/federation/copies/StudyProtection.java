package org.archipelago.node.federation.copies;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.SiteId;

/**
 * How protected a study of this site is.
 *
 * @param wanted sites that are to hold it, this one among them
 * @param here whether this site has all of it: one that was destroyed may not have its blobs back yet
 * @param copies at members: those that are to hold it, and those that say that they do. Who says to hold more than there is holds another
 *     history, and so nothing
 */
public record StudyProtection(int wanted, boolean here, List<Copy> copies) {
    public StudyProtection {
        copies = List.copyOf(copies);
    }

    /**
     * @param assigned whether the site is to hold it
     * @param behindRecords of the study for which the site does not vouch yet; empty when it holds nothing
     * @param bytes as they are stored there
     */
    public record Copy(SiteId site, boolean assigned, Optional<Long> behindRecords, long bytes) {
        public boolean isWhole() {
            return behindRecords.filter(behind -> behind == 0).isPresent();
        }
    }

    /** Sites that hold all of it, this one among them if it does. */
    public long whole() {
        return (here ? 1 : 0) + copies.stream().filter(Copy::isWhole).count();
    }
}
