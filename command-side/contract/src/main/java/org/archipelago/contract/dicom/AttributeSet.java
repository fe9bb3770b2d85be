package org.archipelago.contract.dicom;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * An immutable data set in the DICOM JSON model (PS3.18 Annex F), ordered by tag as unsigned numbers. Private attributes
 * keep their creator elements. Equality is by value.
 */
public record AttributeSet(NavigableMap<Integer, Attribute> attributes) {
    private static final Comparator<Integer> UNSIGNED = Integer::compareUnsigned;
    public static final AttributeSet EMPTY = of(Map.of());

    public AttributeSet {
        NavigableMap<Integer, Attribute> copy = new TreeMap<>(UNSIGNED);
        copy.putAll(attributes);
        attributes = Collections.unmodifiableNavigableMap(copy);
    }

    public static AttributeSet of(Map<Integer, Attribute> attributes) {
        NavigableMap<Integer, Attribute> sorted = new TreeMap<>(UNSIGNED);
        sorted.putAll(attributes);
        return new AttributeSet(sorted);
    }

    public Optional<Attribute> get(int tag) {
        return Optional.ofNullable(attributes.get(tag));
    }

    public boolean contains(int tag) {
        return attributes.containsKey(tag);
    }

    public boolean isEmpty() {
        return attributes.isEmpty();
    }

    public int size() {
        return attributes.size();
    }

    /** The first value as text, if there is one that is not blank: Text as is, Numeric in plain notation, Name as its groups joined by {@code =}. */
    public Optional<String> text(int tag) {
        return get(tag).flatMap(a -> a.values().stream().findFirst())
                .map(AttributeSet::asText)
                .filter(t -> !t.isBlank());
    }

    private static String asText(Value value) {
        return switch (value) {
            case Value.Text text -> text.text();
            case Value.Numeric numeric -> numeric.number().toPlainString();
            case Value.Name name -> joined(name.name());
            case Value.Item _, Value.Inline _, Value.Bulk _ -> "";
        };
    }

    private static String joined(PersonName name) {
        String all = name.alphabetic() + "=" + name.ideographic() + "=" + name.phonetic();
        int end = all.length();
        while (end > 0 && all.charAt(end - 1) == '=') {
            end--;
        }
        return all.substring(0, end);
    }

    public AttributeSet filter(IntPredicate tags) {
        NavigableMap<Integer, Attribute> kept = new TreeMap<>(UNSIGNED);
        attributes.forEach((tag, attribute) -> {
            if (tags.test(tag)) {
                kept.put(tag, attribute);
            }
        });
        return new AttributeSet(kept);
    }

    /** This set with the other's attributes in place of its own where both have one. */
    public AttributeSet with(AttributeSet other) {
        NavigableMap<Integer, Attribute> merged = new TreeMap<>(UNSIGNED);
        merged.putAll(attributes);
        merged.putAll(other.attributes);
        return new AttributeSet(merged);
    }

    public AttributeSet with(int tag, Attribute attribute) {
        NavigableMap<Integer, Attribute> merged = new TreeMap<>(UNSIGNED);
        merged.putAll(attributes);
        merged.put(tag, attribute);
        return new AttributeSet(merged);
    }
}
