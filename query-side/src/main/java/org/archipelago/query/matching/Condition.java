package org.archipelago.query.matching;

import java.util.List;
import java.util.Set;

/** What a key asks of the terms of a data set. */
public sealed interface Condition {
    /** Universal matching: no constraint (PS3.4 §C.2.2.2.3). */
    record Always() implements Condition {}

    /** Empty value matching: the attribute has no value. */
    record NoValue(String field) implements Condition {}

    record Equal(String term) implements Condition {}

    /** @param terms all of this field */
    record OneOf(String field, Set<String> terms) implements Condition {
        public OneOf {
            terms = Set.copyOf(terms);
        }
    }

    /** @param field constant beginning; after it {@code *} is any characters and {@code ?} is one */
    record Like(String field, String pattern) implements Condition {}

    /** Both ends included; an empty one is open. */
    record Between(String field, String low, String high) implements Condition {}

    /** A word of a name that sounds or begins like this. */
    record WordLike(String field, String word) implements Condition {}

    /**
     * One item of a sequence that meets every condition (PS3.4 §C.2.2.2.6).
     *
     * @param sequence its path; that of a condition begins with it
     */
    record InOneItem(List<Integer> sequence, List<Condition> conditions) implements Condition {
        public InOneItem {
            sequence = List.copyOf(sequence);
            conditions = List.copyOf(conditions);
        }
    }

    record AnyOf(List<Condition> conditions) implements Condition {
        public AnyOf {
            conditions = List.copyOf(conditions);
        }
    }

    record AllOf(List<Condition> conditions) implements Condition {
        public AllOf {
            conditions = List.copyOf(conditions);
        }
    }
}
