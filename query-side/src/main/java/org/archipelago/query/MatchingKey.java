package org.archipelago.query;

import java.util.List;
import org.archipelago.contract.dicom.Vr;

/**
 * One key to match (PS3.4 §C.2.2.2).
 *
 * @param path the tag, or for sequence matching the sequence's tag and then the tag in its items
 * @param value as asked: single value, wild card, range, or UIDs separated by backslash; empty is universal matching
 */
public record MatchingKey(List<Integer> path, Vr vr, String value) {
    public MatchingKey {
        path = List.copyOf(path);
    }
}
