package org.archipelago.acceptance;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What tells whom and what objects are about: their UIDs, identifiers and names. Values that anything may be called, too short or a
 * small number, are left out.
 */
final class TellingValues {
    private static final List<Integer> UIDS = List.of(0x00080018, 0x0020000D, 0x0020000E);
    private static final List<Integer> IDENTIFIERS = List.of(0x00080050, 0x00100020);
    private static final List<Integer> NAMES = List.of(0x00080090, 0x00081050, 0x00081070, 0x00100010);
    private static final int LEAST_CHARS = 4;
    private static final int LEAST_DIGITS = 6;

    private final TreeSet<String> values = new TreeSet<>();

    static TellingValues of(Collection<DicomFile> objects) {
        TellingValues telling = new TellingValues();
        for (DicomFile object : objects) {
            Map<Integer, String> header = object.header();
            telling.add(object.sopInstance());
            UIDS.forEach(tag -> telling.add(header.getOrDefault(tag, "")));
            IDENTIFIERS.forEach(tag -> telling.add(header.getOrDefault(tag, "")));
            for (int tag : NAMES) {
                for (String name : header.getOrDefault(tag, "").split("\\\\")) {
                    telling.add(name);
                    List.of(name.split("[\\^= ]+")).forEach(telling::add);
                }
            }
        }
        return telling;
    }

    /** As the bytes say it in Latin-1, and in UTF-8. */
    private void add(String text) {
        for (String value : List.of(
                text.strip(), new String(text.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8).strip())) {
            boolean number = value.chars().allMatch(Character::isDigit);
            if (value.length() >= (number ? LEAST_DIGITS : LEAST_CHARS)) {
                values.add(value);
            }
        }
    }

    int count() {
        return values.size();
    }

    /** Those that stand in a text by themselves, not as a part of a longer word or number. */
    List<String> in(String text) {
        return values.stream()
                .filter(text::contains)
                .filter(value -> Pattern.compile(
                                "(?<![\\p{L}\\p{N}._-])" + Pattern.quote(value) + "(?![\\p{L}\\p{N}_-]|\\.\\p{N})")
                        .matcher(text)
                        .find())
                .toList();
    }
}
