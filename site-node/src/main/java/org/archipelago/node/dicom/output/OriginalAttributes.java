package org.archipelago.node.dicom.output;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/** Items of Original Attributes Sequence (PS3.3 §C.12.1.1.9). */
public final class OriginalAttributes {
    private static final int MODIFYING_SYSTEM = 0x04000563;

    private OriginalAttributes() {}

    /** Whether some system says that it changed the object. */
    public static boolean hasItems(AttributeSet header) {
        return !items(header).isEmpty();
    }

    /** Whether each change that the later header tells of beyond those of the earlier was made by a system of this name. */
    public static boolean areOf(String modifyingSystem, AttributeSet before, AttributeSet after) {
        return items(after).stream()
                .skip(items(before).size())
                .allMatch(item ->
                        item.text(MODIFYING_SYSTEM).map(String::strip).equals(Optional.of(modifyingSystem.strip())));
    }

    private static List<AttributeSet> items(AttributeSet set, int sequence) {
        return set.get(sequence).map(Attribute::values).orElse(List.of()).stream()
                .filter(Value.Item.class::isInstance)
                .map(value -> ((Value.Item) value).attributes())
                .toList();
    }

    private static List<AttributeSet> items(AttributeSet header) {
        return items(header, Tags.ORIGINAL_ATTRIBUTES_SEQUENCE);
    }

    /**
     * What must be left out of both objects to see whether one is the other as it was changed: the sequence itself and what its
     * further items name. Empty when it cannot be: the values that the items keep are not those of the object before.
     *
     * @param before the header of the object that may have been changed
     * @param after the header of what it may have become
     */
    public static Set<Integer> restored(AttributeSet before, AttributeSet after) {
        List<AttributeSet> known = items(before);
        List<AttributeSet> all = items(after);
        if (all.size() <= known.size() || !all.subList(0, known.size()).equals(known)) {
            return Set.of();
        }
        Map<Integer, List<Value>> kept = new HashMap<>();
        for (AttributeSet item : all.subList(known.size(), all.size())) {
            for (AttributeSet previous : items(item, Corrections.MODIFIED_ATTRIBUTES_SEQUENCE)) {
                // The first of several changes keeps what was there before them all.
                previous.attributes().forEach((tag, attribute) -> kept.putIfAbsent(tag, attribute.values()));
            }
        }
        boolean same = kept.entrySet().stream()
                .allMatch(entry -> entry.getValue()
                        .equals(before.get(entry.getKey())
                                .map(Attribute::values)
                                .orElse(List.of())));
        if (!same || kept.isEmpty()) {
            return Set.of();
        }
        Set<Integer> tags = new HashSet<>(kept.keySet());
        tags.add(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE);
        return tags;
    }

    /** The items with the header's values of the replaced attributes where they name none themselves. */
    static List<AttributeSet> completed(Corrections corrections, AttributeSet header) {
        TreeMap<Integer, Attribute> before = new TreeMap<>(Integer::compareUnsigned);
        corrections.replacements().attributes().forEach((tag, replacement) -> {
            Attribute own = header.get(tag).orElse(new Attribute(replacement.vr(), List.of()));
            boolean bulk = own.values().stream().anyMatch(Value.Bulk.class::isInstance);
            before.put(tag, bulk ? new Attribute(own.vr(), List.of()) : own);
        });
        Attribute modified = new Attribute(Vr.SQ, List.of(new Value.Item(new AttributeSet(before))));
        List<AttributeSet> items = new ArrayList<>();
        for (AttributeSet item : corrections.originals()) {
            items.add(
                    item.contains(Corrections.MODIFIED_ATTRIBUTES_SEQUENCE)
                            ? item
                            : item.with(Corrections.MODIFIED_ATTRIBUTES_SEQUENCE, modified));
        }
        return items;
    }
}
