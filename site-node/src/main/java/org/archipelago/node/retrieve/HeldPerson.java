package org.archipelago.node.retrieve;

import java.util.Set;
import org.archipelago.contract.dicom.SeriesInstanceUid;

/**
 * Somebody whose objects a study has.
 *
 * @param instance a current one, of those who say a name where any does
 * @param series all that have a current instance of this person
 */
public record HeldPerson(HeldInstance instance, Set<SeriesInstanceUid> series) {
    public HeldPerson {
        series = Set.copyOf(series);
    }
}
