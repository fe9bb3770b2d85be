package org.archipelago.contract.study;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which of the values that events name an object has, of what describes its study, its patient and its series: of each attribute
 * of which it has not what the baseline has (an absent value and a blank one are the same).
 *
 * @param byTag the place of the value, see {@link StudyEvent.AttributesVaried}; {@link #ABSENT} or {@link #UNNAMED};
 *     ascending
 */
public record NamedValues(Map<Integer, Integer> byTag) {
    /** The object has no value, and the baseline has one. */
    public static final int ABSENT = -1;

    /** The object has a value that no event names: it is too long, or one too many. */
    public static final int UNNAMED = -2;

    /** What the baseline has, of everything. */
    public static final NamedValues OF_BASELINE = new NamedValues(Map.of());

    public NamedValues {
        NavigableMap<Integer, Integer> sorted = new TreeMap<>(Integer::compareUnsigned);
        sorted.putAll(byTag);
        byTag = Collections.unmodifiableNavigableMap(sorted);
    }

    public boolean isEmpty() {
        return byTag.isEmpty();
    }
}
