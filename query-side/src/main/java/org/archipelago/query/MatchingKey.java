package org.archipelago.query;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.Vr;

/**
 * One key to match (PS3.4 §C.2.2.2).
 *
 * @param path the tag, or for sequence matching the sequence's tag and then the tag in its items
 * @param value as asked: single value, wild card, range, or several separated by backslash, of which one is enough; empty
 *     is universal matching
 * @param extended the matching besides that its asker and we agreed upon
 */
public record MatchingKey(List<Integer> path, Vr vr, String value, Set<Extended> extended) {
    /** Matching that is done on request only. */
    public enum Extended {
        /** Two quotation marks ask that there be no value (PS3.4 §C.2.2.2.7). */
        EMPTY_VALUE,
        /** Of several values each must be among those of the attribute (PS3.4 §C.2.2.2.8). */
        MULTIPLE_VALUES
    }

    public MatchingKey {
        path = List.copyOf(path);
        extended = Set.copyOf(extended);
    }

    public MatchingKey(List<Integer> path, Vr vr, String value) {
        this(path, vr, value, Set.of());
    }
}
