package org.archipelago.query.matching;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.query.MatchingKey;

/** Reads a key as asked (PS3.4 §C.2.2.2). Case counts except in names. */
public final class Conditions {
    static final int MAX_VALUE_CHARS = 16_384;
    static final int MAX_VALUES = 1_000;
    private static final String EMPTY_VALUE = "\"\"";

    private Conditions() {}

    /** @throws ArchiveException INVALID_QUERY */
    public static Condition of(MatchingKey key, boolean fuzzyNames) {
        if (key.path().isEmpty() || key.path().size() > 3 || key.value().length() > MAX_VALUE_CHARS) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "matching key");
        }
        String field = SearchTerms.field(key.path());
        String value = key.value();
        if (value.isBlank() || (Normal.hasWildCards(key.vr()) && value.chars().allMatch(c -> c == '*'))) {
            return new Condition.Always();
        }
        if (value.equals(EMPTY_VALUE)) {
            return new Condition.NoValue(field);
        }
        if (key.vr() == Vr.PN) {
            return name(field, value, fuzzyNames);
        }
        return listed(value, one -> single(field, key.vr(), one));
    }

    private static Condition listed(String value, Function<String, Condition> reading) {
        List<Condition> all = new ArrayList<>();
        for (String one : value.split("\\\\", -1)) {
            if (!one.isBlank()) {
                all.add(reading.apply(one));
            }
        }
        if (all.isEmpty() || all.size() > MAX_VALUES) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "number of values");
        }
        return all.size() == 1 ? all.getFirst() : new Condition.AnyOf(all);
    }

    private static Condition single(String field, Vr vr, String raw) {
        if (Normal.hasRanges(vr)) {
            int dash = rangeDash(vr, raw);
            if (dash >= 0) {
                return range(field, vr, raw.substring(0, dash), raw.substring(dash + 1));
            }
            requireMoment(vr, raw);
        }
        String normal = Normal.value(vr, raw);
        if (Normal.hasWildCards(vr) && hasWildCard(normal)) {
            return new Condition.Like(field + "=", normal);
        }
        return new Condition.Equal(field + "=" + normal);
    }

    /** Where the two ends of a range part; -1 when it is none. A dash before four digits at the end of a DT may be an offset (PS3.4 §C.2.2.2.5). */
    private static int rangeDash(Vr vr, String raw) {
        int dash = raw.indexOf('-');
        if (vr == Vr.DA && raw.strip().matches("\\d{4}-\\d{2}-\\d{2}")) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, field(vr));
        }
        return dash;
    }

    private static Condition range(String field, Vr vr, String low, String high) {
        if (low.isBlank() && high.isBlank()) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, field(vr));
        }
        if (!low.isBlank()) {
            requireMoment(vr, low);
        }
        if (!high.isBlank()) {
            requireMoment(vr, high);
        }
        return new Condition.Between(
                field + "=",
                low.isBlank() ? "" : Normal.value(vr, low),
                high.isBlank() ? "" : Normal.upperBound(vr, high));
    }

    private static void requireMoment(Vr vr, String raw) {
        String pattern = switch (vr) {
            case DA -> "\\d{8}|\\d{4}\\.\\d{2}\\.\\d{2}";
            case TM -> "\\d{2}(:?\\d{2}(:?\\d{2}(\\.\\d{1,6})?)?)?";
            default -> "\\d{4,14}(\\.\\d{1,6})?([+]\\d{4})?";
        };
        if (!raw.strip().matches(pattern)) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, field(vr));
        }
    }

    private static String field(Vr vr) {
        return "value of a key with VR " + vr;
    }

    private static Condition name(String field, String value, boolean fuzzy) {
        String[] groups = value.split("=", -1);
        if (groups.length > 3) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "name of " + Tags.hex(0x00100010) + " form");
        }
        if (fuzzy && !hasWildCard(value)) {
            List<Condition> words = new ArrayList<>();
            for (String word : NameFolding.words(NameFolding.fold(value))) {
                words.add(new Condition.WordLike(field + "=", word));
            }
            return words.isEmpty() ? new Condition.Always() : new Condition.AllOf(words);
        }
        if (groups.length == 1) {
            return listed(value, one -> group(field, one));
        }
        List<Condition> all = new ArrayList<>();
        for (int i = 0; i < groups.length; i++) {
            if (!NameFolding.group(groups[i]).isEmpty()) {
                all.add(group(field + "#" + (i + 1), groups[i]));
            }
        }
        return all.isEmpty() ? new Condition.Always() : new Condition.AllOf(all);
    }

    private static Condition group(String field, String group) {
        List<Condition> spellings = new ArrayList<>();
        for (String folded : NameFolding.variants(NameFolding.group(group))) {
            spellings.add(
                    hasWildCard(folded)
                            ? new Condition.Like(field + "=", folded)
                            : new Condition.Equal(field + "=" + folded));
        }
        return spellings.size() == 1 ? spellings.getFirst() : new Condition.AnyOf(spellings);
    }

    private static boolean hasWildCard(String text) {
        return text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
    }
}
