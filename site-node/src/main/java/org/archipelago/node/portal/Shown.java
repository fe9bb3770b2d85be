package org.archipelago.node.portal;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Value;

/** Attributes as people read them. */
final class Shown {
    private static final int DATE_CHARS = 8;
    private static final int MINUTES_CHARS = 4;

    private Shown() {}

    static String text(AttributeSet set, int tag) {
        return set.text(tag).map(String::strip).orElse("");
    }

    static String all(AttributeSet set, int tag) {
        return set.get(tag).map(Attribute::values).stream()
                .flatMap(List::stream)
                .map(value -> value instanceof Value.Text(String text) ? text : "")
                .filter(text -> !text.isBlank())
                .collect(Collectors.joining(", "));
    }

    /** {@code Doe, Jane}, with the ideographic name in front where there is one. */
    static String name(AttributeSet set, int tag) {
        return set.get(tag)
                .flatMap(a -> a.values().stream().findFirst())
                .map(value -> value instanceof Value.Name(PersonName name) ? readable(name) : "")
                .orElse("");
    }

    private static String readable(PersonName name) {
        return Stream.of(name.ideographic().replace('^', ' ').strip(), components(name.alphabetic()))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(" · "));
    }

    private static String components(String group) {
        String[] parts = group.split("\\^", -1);
        String given = Stream.of(parts).skip(1).filter(p -> !p.isBlank()).collect(Collectors.joining(" "));
        return given.isEmpty() ? parts[0].strip() : parts[0].strip() + ", " + given;
    }

    static String date(AttributeSet set, int tag) {
        String raw = text(set, tag);
        return raw.length() == DATE_CHARS && raw.chars().allMatch(Character::isDigit)
                ? raw.substring(0, 4) + "-" + raw.substring(4, 6) + "-" + raw.substring(6)
                : raw;
    }

    static String time(AttributeSet set, int tag) {
        String raw = text(set, tag);
        return raw.length() >= MINUTES_CHARS
                        && raw.substring(0, MINUTES_CHARS).chars().allMatch(Character::isDigit)
                ? raw.substring(0, 2) + ":" + raw.substring(2, 4)
                : raw;
    }

    static int number(AttributeSet set, int tag) {
        return set.text(tag)
                .map(String::strip)
                .filter(n -> n.matches("\\d{1,9}"))
                .map(Integer::parseInt)
                .orElse(0);
    }
}
