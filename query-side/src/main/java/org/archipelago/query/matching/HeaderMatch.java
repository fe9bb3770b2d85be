package org.archipelago.query.matching;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;

/** Matches keys on a data set itself, as Elasticsearch would on its document. */
public final class HeaderMatch {
    private HeaderMatch() {}

    public static boolean matches(AttributeSet header, Condition condition) {
        return switch (condition) {
            case Condition.AnyOf any -> any.conditions().stream().anyMatch(c -> matches(header, c));
            case Condition.AllOf all -> all.conditions().stream().allMatch(c -> matches(header, c));
            case Condition.Always _ -> true;
            case Condition.NoValue none -> matches(terms(header, none.field()), condition);
            case Condition.Equal equal -> matches(terms(header, equal.term()), condition);
            case Condition.Like like -> matches(terms(header, like.field()), condition);
            case Condition.Between between -> matches(terms(header, between.field()), condition);
            case Condition.WordLike word -> matches(terms(header, word.field()), condition);
        };
    }

    /** The terms of the one attribute that a condition speaks of. */
    private static SearchTerms terms(AttributeSet header, String field) {
        int end = 0;
        while (end < field.length() && field.charAt(end) != '=' && field.charAt(end) != '#') {
            end++;
        }
        List<Integer> path = new ArrayList<>();
        for (String tag : field.substring(0, end).split("\\.", -1)) {
            path.add(Integer.parseUnsignedInt(tag, 16));
        }
        return SearchTerms.under(header, path);
    }

    static boolean matches(SearchTerms terms, Condition condition) {
        return switch (condition) {
            case Condition.Always _ -> true;
            case Condition.NoValue none -> terms.any().stream().noneMatch(t -> t.startsWith(none.field() + "="));
            case Condition.Equal equal -> terms.any().contains(equal.term());
            case Condition.Like like -> like(terms.any(), like);
            case Condition.Between between -> terms.any().stream().anyMatch(t -> between(t, between));
            case Condition.WordLike word -> terms.words().stream().anyMatch(t -> wordLike(t, word));
            case Condition.AnyOf any -> any.conditions().stream().anyMatch(c -> matches(terms, c));
            case Condition.AllOf all -> all.conditions().stream().allMatch(c -> matches(terms, c));
        };
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
