package org.archipelago.node.dicom.dictionary;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.archipelago.contract.dicom.Vr;

/**
 * The registry of attributes, PS3.6 §6 to §9. Newer attributes than its tables are unknown to it, which is normal:
 * callers keep them as UN.
 */
public final class Dictionary {
    private static final Map<Integer, Entry> BY_TAG = new HashMap<>(8192);
    private static final Map<String, Entry> BY_KEYWORD = new HashMap<>(8192);
    private static final List<Repeater> REPEATERS = new ArrayList<>();

    static {
        rows("attributes.tsv", Dictionary::addRow);
    }

    private Dictionary() {}

    /**
     * @param vrs the first is the usual one; more than one where the data set decides (PS3.6: {@code US or SS})
     * @param vm value multiplicity as PS3.6 prints it, such as {@code 1-n}
     */
    public record Entry(int tag, List<Vr> vrs, String vm, String keyword, String name, boolean retired) {
        public Vr vr() {
            return vrs.getFirst();
        }
    }

    private record Repeater(int mask, int value, Entry entry) {}

    public static Optional<Entry> entry(int tag) {
        Entry exact = BY_TAG.get(tag);
        if (exact != null) {
            return Optional.of(exact);
        }
        for (Repeater repeater : REPEATERS) {
            if ((tag & repeater.mask) == repeater.value) {
                return Optional.of(repeater.entry);
            }
        }
        return Optional.empty();
    }

    /** The usual VR: that of the registry, LO for a private creator, UL for a group length (PS3.5 §7.2, §7.8.1), else UN. */
    public static Vr vr(int tag) {
        if ((tag & 0xFFFF) == 0) {
            return Vr.UL;
        }
        if (isPrivate(tag)) {
            return isPrivateCreator(tag) ? Vr.LO : Vr.UN;
        }
        return entry(tag).map(Entry::vr).orElse(Vr.UN);
    }

    /** Of an element in Implicit VR: what the registry leaves to be OB or OW is OW there (PS3.5 §A.1). */
    public static Vr implicitVr(int tag) {
        Vr vr = vr(tag);
        boolean open = vr == Vr.OB
                && entry(tag).filter(entry -> entry.vrs().contains(Vr.OW)).isPresent();
        return open ? Vr.OW : vr;
    }

    /** The keyword of PS3.6, or empty for a tag that has none. */
    public static Optional<String> keyword(int tag) {
        return entry(tag).map(Entry::keyword).filter(keyword -> !keyword.isEmpty());
    }

    /** A tag from its keyword ({@code PatientID}) or from eight hexadecimal digits ({@code 00100020}), as query keys name it (PS3.18 §8.3.4). */
    public static OptionalInt tag(String keywordOrHex) {
        Entry entry = BY_KEYWORD.get(keywordOrHex);
        if (entry != null) {
            return OptionalInt.of(entry.tag);
        }
        if (keywordOrHex.length() == 8 && keywordOrHex.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
            return OptionalInt.of(Integer.parseUnsignedInt(keywordOrHex, 16));
        }
        return OptionalInt.empty();
    }

    public static boolean isPrivate(int tag) {
        return (tag & 0x10000) != 0;
    }

    /** Whether the tag reserves a block for a private creator (PS3.5 §7.8.1). */
    public static boolean isPrivateCreator(int tag) {
        int element = tag & 0xFFFF;
        return isPrivate(tag) && element >= 0x10 && element <= 0xFF;
    }

    private static void addRow(String[] row) {
        List<Vr> vrs = new ArrayList<>();
        for (String vr : row[1].split("/", -1)) {
            vrs.add(Vr.valueOf(vr));
        }
        int value = (int) Long.parseLong(row[0].replace('x', '0'), 16);
        Entry entry = new Entry(value, List.copyOf(vrs), row[2], row[4], row[5], row[3].equals("R"));
        if (row[0].indexOf('x') < 0) {
            BY_TAG.put(value, entry);
            if (!entry.keyword.isEmpty()) {
                BY_KEYWORD.put(entry.keyword, entry);
            }
        } else {
            int mask = (int) Long.parseLong(row[0].replaceAll("[0-9A-F]", "F").replace('x', '0'), 16);
            // The groups of repeating groups are even (PS3.5 §7.6); odd ones are private.
            boolean repeatingGroup = row[0].startsWith("xx", 2);
            REPEATERS.add(new Repeater(repeatingGroup ? mask | 0x10000 : mask, value, entry));
        }
    }

    /** Reads a table of this package: rows of tab-separated columns, comments begin with a number sign. */
    static void rows(String resource, Consumer<String[]> row) {
        try (InputStream in = Dictionary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the program lacks its table " + resource);
            }
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .forEach(line -> row.accept(line.split("\t", -1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
