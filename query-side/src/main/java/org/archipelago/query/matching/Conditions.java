package org.archipelago.query.matching;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.domain.patient.NameFolding;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.MatchingKey.Extended;

/** Reads a key as asked (PS3.4 §C.2.2.2). Case counts except in names. */
public final class Conditions {
    static final int MAX_VALUE_CHARS = 16_384;
    static final int MAX_VALUES = 1_000;
    static final int MAX_UIDS = 10_000;
    private static final int MAX_UID_CHARS = 128;
    private static final String EMPTY_VALUE = "\"\"";

    private Conditions() {}

    /** @throws ArchiveException INVALID_QUERY */
    public static Condition of(MatchingKey key, boolean fuzzyNames) {
        if (key.path().isEmpty() || key.path().size() > 3 || key.value().length() > mostChars(key.vr())) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "matching key");
        }
        String field = SearchTerms.field(key.path());
        String value = key.value();
        if (value.isBlank() || isUniversal(key.vr(), value)) {
            return new Condition.Always();
        }
        if (key.extended().contains(Extended.EMPTY_VALUE) && value.equals(EMPTY_VALUE)) {
            return new Condition.NoValue(field);
        }
        if (key.vr() == Vr.PN) {
            return name(key, field, fuzzyNames);
        }
        return listed(key, field, mostValues(key.vr()), one -> single(field, key.vr(), one));
    }

    /** Of dates and times PS3.4 §C.2.2.2.3 has the empty value only; SCUs send the asterisk that they send of text. */
    private static boolean isUniversal(Vr vr, String value) {
        return (Normal.hasWildCards(vr) && value.chars().allMatch(c -> c == '*'))
                || (Normal.hasRanges(vr) && value.strip().equals("*"));
    }

    private static int mostValues(Vr vr) {
        return vr == Vr.UI ? MAX_UIDS : MAX_VALUES;
    }

    private static int mostChars(Vr vr) {
        return vr == Vr.UI ? MAX_UIDS * (MAX_UID_CHARS + 1) : MAX_VALUE_CHARS;
    }

    private static Condition listed(MatchingKey key, String field, int most, Function<String, Condition> reading) {
        List<Condition> all = new ArrayList<>();
        for (String one : key.value().split("\\\\", -1)) {
            if (!one.isBlank()) {
                all.add(reading.apply(one));
            }
        }
        if (all.isEmpty() || all.size() > most) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, "number of values");
        }
        if (all.size() > 1 && key.extended().contains(Extended.MULTIPLE_VALUES)) {
            return new Condition.AllOf(all);
        }
        Set<String> terms = new LinkedHashSet<>();
        all.forEach(condition -> {
            if (condition instanceof Condition.Equal(String term)) {
                terms.add(term);
            }
        });
        if (all.size() > 1 && terms.size() > 1 && all.stream().allMatch(c -> c instanceof Condition.Equal)) {
            return new Condition.OneOf(field, terms);
        }
        return all.size() == 1 ? all.getFirst() : new Condition.AnyOf(all);
    }

    private static Condition single(String field, Vr vr, String raw) {
        if (vr == Vr.UN) {
            return ofUnknown(field, raw);
        }
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

    /** A private attribute of which the asker does not say the VR: as any of those that objects may have it in. */
    private static Condition ofUnknown(String field, String raw) {
        Set<Condition> readings = new LinkedHashSet<>();
        for (Vr vr : List.of(Vr.LO, Vr.DS, Vr.AT)) {
            readings.add(single(field, vr, raw));
        }
        for (Vr vr : List.of(Vr.DA, Vr.TM, Vr.DT)) {
            if (isMoment(vr, raw) || isRange(vr, raw)) {
                readings.add(single(field, vr, raw));
            }
        }
        readings.add(name(new MatchingKey(List.of(), Vr.PN, raw), field, false));
        return new Condition.AnyOf(List.copyOf(readings));
    }

    private static boolean isRange(Vr vr, String raw) {
        int dash = raw.indexOf('-');
        return dash >= 0 && !raw.strip().equals("-") && isRangeAt(vr, raw, rangeDash(vr, raw));
    }

    private static boolean isRangeAt(Vr vr, String raw, int dash) {
        return dash >= 0 && isMomentOrOpen(vr, raw.substring(0, dash)) && isMomentOrOpen(vr, raw.substring(dash + 1));
    }

    private static boolean isMomentOrOpen(Vr vr, String raw) {
        return raw.isBlank() || isMoment(vr, raw);
    }

    /**
     * Where the two ends of a range part; -1 when it is none. In a DT a dash may also begin an offset from UTC: it does
     * when what follows is one at the end (PS3.4 §C.2.2.2.5.3 leaves no other reading of it).
     */
    private static int rangeDash(Vr vr, String raw) {
        if (vr != Vr.DT) {
            return raw.indexOf('-');
        }
        if (isMoment(vr, raw)) {
            return -1;
        }
        for (int dash = raw.indexOf('-'); dash >= 0; dash = raw.indexOf('-', dash + 1)) {
            if (isRangeAt(vr, raw, dash)) {
                return dash;
            }
        }
        return raw.indexOf('-');
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
        if (!isMoment(vr, raw) || (vr == Vr.DA && raw.strip().matches("\\d{4}-\\d{2}-\\d{2}"))) {
            throw new ArchiveException(ArchiveError.INVALID_QUERY, field(vr));
        }
    }

    /** Offsets go from -1200 to +1400 (PS3.5 §6.2). */
    private static boolean isMoment(Vr vr, String raw) {
        String pattern = switch (vr) {
            case DA -> "\\d{8}|\\d{4}\\.\\d{2}\\.\\d{2}";
            case TM -> "\\d{2}(:?\\d{2}(:?\\d{2}(\\.\\d{1,6})?)?)?";
            default -> "\\d{4}(\\d{2}){0,5}(\\.\\d{1,6})?([+](0\\d|1[0-4])[0-5]\\d|-(0\\d|1[0-2])[0-5]\\d)?";
        };
        return raw.strip().matches(pattern);
    }

    private static String field(Vr vr) {
        return "value of a key with VR " + vr;
    }

    private static Condition name(MatchingKey key, String field, boolean fuzzy) {
        String value = key.value();
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
            return listed(key, field, MAX_VALUES, one -> group(field, one));
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
