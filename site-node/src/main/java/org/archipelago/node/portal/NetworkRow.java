package org.archipelago.node.portal;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.query.Availability;
import org.archipelago.query.HolderAttributes;

/**
 * What the network view says of a study beside what any list says.
 *
 * @param availability how soon its objects can be had here
 * @param holders nothing where one site answers for itself
 */
public record NetworkRow(Opens opens, Availability availability, List<HolderRow> holders) {
    /** Where it is opened. */
    public enum Opens {
        /** On the page of this site's own study. */
        HERE,
        /** On the page of what other sites hold. */
        NETWORK,
        /** On none here: sites hold different patients' objects under its UID. */
        NOWHERE
    }

    public NetworkRow {
        holders = List.copyOf(holders);
    }

    /** @param site this one; empty where it answers for itself */
    static NetworkRow of(AttributeSet row, Optional<SiteId> site) {
        List<HolderAttributes.Holder> holders = HolderAttributes.read(row);
        Availability availability =
                row.text(Tags.INSTANCE_AVAILABILITY).map(Availability::valueOf).orElse(Availability.ONLINE);
        boolean isHere = holders.isEmpty()
                || (availability == Availability.ONLINE
                        && holders.stream()
                                .anyMatch(holder ->
                                        site.filter(holder.site()::equals).isPresent()));
        Opens opens = isHere
                ? Opens.HERE
                : holders.stream().anyMatch(HolderAttributes.Holder::otherPatient) ? Opens.NOWHERE : Opens.NETWORK;
        return new NetworkRow(
                opens, availability, holders.stream().map(HolderRow::of).toList());
    }

    public boolean isHere() {
        return opens == Opens.HERE;
    }

    public boolean isUnavailable() {
        return availability == Availability.UNAVAILABLE;
    }

    /** Of another site, and kept at this one. */
    public boolean isKeptHere() {
        return opens == Opens.NETWORK && availability == Availability.ONLINE;
    }
}
