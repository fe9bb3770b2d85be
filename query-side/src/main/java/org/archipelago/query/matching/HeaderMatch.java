package org.archipelago.query.matching;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Value;

/** Matches keys on a data set itself, as Elasticsearch would on its document. */
public final class HeaderMatch {
    private HeaderMatch() {}

    public static boolean matches(AttributeSet header, Condition condition) {
        return matches(0, header, condition);
    }

    /** @param identifiers with their issuers: conditions on {@link SearchTerms#identifierField} are met by these alone */
    public static boolean matches(AttributeSet header, SearchTerms identifiers, Condition condition) {
        return switch (condition) {
            case Condition.AnyOf any -> any.conditions().stream().anyMatch(c -> matches(header, identifiers, c));
            case Condition.AllOf all -> all.conditions().stream().allMatch(c -> matches(header, identifiers, c));
            case Condition.Equal(String term)
            when SearchTerms.isOfIdentifier(term) -> identifiers.any().contains(term);
            case Condition.OneOf(String field, Set<String> terms)
            when SearchTerms.isOfIdentifier(field) -> identifiers.any().stream().anyMatch(terms::contains);
            case Condition.Like like when SearchTerms.isOfIdentifier(like.field()) -> like(identifiers.any(), like);
            case Condition.Equal _,
                    Condition.OneOf _,
                    Condition.Like _,
                    Condition.Always _,
                    Condition.NoValue _,
                    Condition.InOneItem _,
                    Condition.Between _,
                    Condition.WordLike _ -> matches(0, header, condition);
        };
    }

    /** @param depth steps of the condition's paths that lead to these attributes */
    private static boolean matches(int depth, AttributeSet attributes, Condition condition) {
        return switch (condition) {
            case Condition.AnyOf any -> any.conditions().stream().anyMatch(c -> matches(depth, attributes, c));
            case Condition.AllOf all -> all.conditions().stream().allMatch(c -> matches(depth, attributes, c));
            case Condition.InOneItem item ->
                attributes.get(item.sequence().get(depth)).stream()
                        .flatMap(sequence -> sequence.values().stream())
                        .anyMatch(value -> value instanceof Value.Item(AttributeSet inner)
                                && item.conditions().stream().allMatch(c -> matches(depth + 1, inner, c)));
            case Condition.Always _ -> true;
            case Condition.NoValue none ->
                any(depth, attributes, none.field()).stream().noneMatch(t -> t.startsWith(none.field() + "="));
            case Condition.Equal equal -> any(depth, attributes, equal.term()).contains(equal.term());
            case Condition.OneOf one ->
                any(depth, attributes, one.field()).stream().anyMatch(one.terms()::contains);
            case Condition.Like like -> like(any(depth, attributes, like.field()), like);
            case Condition.Between between ->
                any(depth, attributes, between.field()).stream().anyMatch(t -> between(t, between));
            case Condition.WordLike word ->
                terms(depth, attributes, word.field()).words().stream().anyMatch(t -> wordLike(t, word));
        };
    }

    private static Set<String> any(int depth, AttributeSet attributes, String field) {
        return terms(depth, attributes, field).any();
    }

    /** The terms of the one attribute that a condition speaks of. */
    private static SearchTerms terms(int depth, AttributeSet attributes, String field) {
        int end = 0;
        while (end < field.length() && field.charAt(end) != '=' && field.charAt(end) != '#') {
            end++;
        }
        List<Integer> path = new ArrayList<>();
        for (String tag : field.substring(0, end).split("\\.", -1)) {
            path.add(Integer.parseUnsignedInt(tag, 16));
        }
        return SearchTerms.under(attributes, path, depth);
    }

    private static boolean like(Set<String> terms, Condition.Like like) {
        return terms.stream()
                .anyMatch(t -> t.startsWith(like.field())
                        && glob(like.pattern(), t.substring(like.field().length())));
    }

    /** Linear in both lengths: backtracks to the last star only. */
    static boolean glob(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1;
        int resume = 0;
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }

    private static boolean between(String term, Condition.Between range) {
        if (!term.startsWith(range.field())) {
            return false;
        }
        String value = term.substring(range.field().length());
        return (range.low().isEmpty() || value.compareTo(range.low()) >= 0)
                && (range.high().isEmpty() || value.compareTo(range.high()) <= 0);
    }

    private static boolean wordLike(String term, Condition.WordLike like) {
        if (!term.startsWith(like.field())) {
            return false;
        }
        String word = term.substring(like.field().length());
        return word.startsWith(like.word()) || distance(word, like.word()) <= allowedEdits(like.word());
    }

    /** As Elasticsearch's AUTO: none up to two characters, one up to five, else two. */
    public static int allowedEdits(String word) {
        int length = word.codePointCount(0, word.length());
        return length <= 2 ? 0 : length <= 5 ? 1 : 2;
    }

    /** Insertions, deletions, substitutions and transpositions of neighbours, as Lucene counts them. */
    static int distance(String a, String b) {
        int[] s = a.codePoints().toArray();
        int[] t = b.codePoints().toArray();
        int[][] d = new int[s.length + 1][t.length + 1];
        for (int i = 0; i <= s.length; i++) {
            for (int j = 0; j <= t.length; j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = s[i - 1] == t[j - 1] ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
                if (i > 1 && j > 1 && s[i - 1] == t[j - 2] && s[i - 2] == t[j - 1]) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[s.length][t.length];
    }
}
