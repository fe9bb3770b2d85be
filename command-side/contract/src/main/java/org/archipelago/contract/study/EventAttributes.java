package org.archipelago.contract.study;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;

/**
 * What of a data set may stand in an event: no bulk data, no group lengths (PS3.5 §7.2), no padding, no value over 4 KiB,
 * and all of it within {@link #MAX_SET_BYTES}. A record is at most 512 KiB (architecture section 4).
 */
public final class EventAttributes {
    /** Estimated bytes of the attributes in one event. When they are more, the largest values stay in the blob only. */
    public static final int MAX_SET_BYTES = 128 * 1024;

    private static final int DATA_SET_TRAILING_PADDING = 0xFFFCFFFC;
    private static final int ATTRIBUTE_BYTES = 24;
    private static final int VALUE_BYTES = 8;

    private EventAttributes() {}

    /** Those of the attributes that the predicate takes and an event may carry; the same for the same input. */
    public static AttributeSet bounded(AttributeSet attributes, IntPredicate wanted) {
        AttributeSet carried = attributes.filter(tag -> wanted.test(tag) && isCarried(tag, attributes));
        int bytes = sizeBytes(carried);
        if (bytes <= MAX_SET_BYTES) {
            return carried;
        }
        Set<Integer> dropped = largestUntil(carried, bytes - MAX_SET_BYTES);
        return carried.filter(tag -> !dropped.contains(tag));
    }

    /** Whether it has a value other than blanks: an absent and an empty attribute say the same. */
    public static boolean hasValue(Attribute attribute) {
        return attribute.values().stream().anyMatch(EventAttributes::hasValue);
    }

    private static boolean hasValue(Value value) {
        return switch (value) {
            case Value.Text text -> !text.text().isBlank();
            case Value.Name(PersonName name) ->
                !(name.alphabetic().isBlank()
                        && name.ideographic().isBlank()
                        && name.phonetic().isBlank());
            case Value.Inline inline -> inline.bytes().length > 0;
            case Value.Numeric _, Value.Item _, Value.Bulk _ -> true;
        };
    }

    /** Whether an event may carry this attribute's value. */
    public static boolean isCarried(Attribute attribute) {
        return attribute.values().stream().noneMatch(EventAttributes::hasBulk)
                && valueBytes(attribute) <= InstanceAttributes.MAX_VALUE_LENGTH_BYTES;
    }

    /** An estimate, from above, of the encoded size in bytes. */
    public static int sizeBytes(AttributeSet attributes) {
        int bytes = 0;
        for (Attribute attribute : attributes.attributes().values()) {
            bytes += sizeBytes(attribute);
        }
        return bytes;
    }

    private static boolean isCarried(int tag, AttributeSet attributes) {
        boolean groupLength = (tag & 0xFFFF) == 0;
        return !groupLength
                && tag != DATA_SET_TRAILING_PADDING
                && attributes.get(tag).filter(EventAttributes::isCarried).isPresent();
    }

    private static Set<Integer> largestUntil(AttributeSet attributes, int excessBytes) {
        List<Map.Entry<Integer, Attribute>> bySize =
                new ArrayList<>(attributes.attributes().entrySet());
        bySize.sort(Comparator.<Map.Entry<Integer, Attribute>>comparingInt(entry -> -sizeBytes(entry.getValue()))
                .thenComparing(Map.Entry::getKey, (a, b) -> Integer.compareUnsigned(b, a)));
        Set<Integer> dropped = new HashSet<>();
        int left = excessBytes;
        for (Map.Entry<Integer, Attribute> entry : bySize) {
            if (left <= 0) {
                break;
            }
            dropped.add(entry.getKey());
            left -= sizeBytes(entry.getValue());
        }
        return dropped;
    }

    private static int sizeBytes(Attribute attribute) {
        return ATTRIBUTE_BYTES + attribute.values().size() * VALUE_BYTES + valueBytes(attribute);
    }

    private static int valueBytes(Attribute attribute) {
        int bytes = 0;
        for (Value value : attribute.values()) {
            bytes += valueBytes(value);
        }
        return bytes;
    }

    private static int valueBytes(Value value) {
        return switch (value) {
            case Value.Text text -> utf8(text.text());
            case Value.Name(PersonName name) ->
                utf8(name.alphabetic()) + utf8(name.ideographic()) + utf8(name.phonetic());
            case Value.Numeric numeric -> numeric.number().precision() / 2 + VALUE_BYTES;
            case Value.Item item -> sizeBytes(item.attributes());
            case Value.Inline inline -> inline.bytes().length;
            case Value.Bulk _ -> 0;
        };
    }

    private static int utf8(String text) {
        int length = text.length();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return text.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return length;
    }

    private static boolean hasBulk(Value value) {
        return switch (value) {
            case Value.Bulk _ -> true;
            case Value.Item item ->
                item.attributes().attributes().values().stream()
                        .flatMap(attribute -> attribute.values().stream())
                        .anyMatch(EventAttributes::hasBulk);
            case Value.Text _, Value.Name _, Value.Numeric _, Value.Inline _ -> false;
        };
    }
}
