package org.archipelago.domain.patient;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Makes names comparable: case, width, and the accents of Latin, Greek and Cyrillic letters. Kana marks stay, since they
 * are other letters. Done here and not in Elasticsearch, so that search is the same on every distribution of it.
 */
public final class NameFolding {
    /** Letters that Unicode does not decompose. */
    private static final Map<Integer, String> UNDECOMPOSED = Map.ofEntries(
            Map.entry((int) 'ø', "o"),
            Map.entry((int) 'ł', "l"),
            Map.entry((int) 'đ', "d"),
            Map.entry((int) 'ð', "d"),
            Map.entry((int) 'þ', "th"),
            Map.entry((int) 'æ', "ae"),
            Map.entry((int) 'œ', "oe"),
            Map.entry((int) 'ı', "i"),
            Map.entry((int) 'ħ', "h"),
            Map.entry((int) 'ŧ', "t"));

    /** How German, Danish, Norwegian and Swedish write these letters where they are not to be had. */
    private static final Map<Integer, String> SPELLED_OUT =
            Map.of((int) 'ä', "ae", (int) 'ö', "oe", (int) 'ü', "ue", (int) 'ø', "oe", (int) 'å', "aa");

    private NameFolding() {}

    /** One text, folded. Wild cards and delimiters pass through. */
    public static String fold(String text) {
        return stripped(lowered(text));
    }

    /** The folded text, and where it differs, the one with umlauts spelled out ({@code muller}, {@code mueller}). */
    public static Set<String> variants(String text) {
        String lowered = lowered(text);
        Set<String> all = new LinkedHashSet<>();
        all.add(stripped(lowered));
        all.add(stripped(replaced(lowered, SPELLED_OUT)));
        return all;
    }

    /** A component group without padding and without empty components at its end (PS3.5 §6.2.1). */
    public static String group(String group) {
        List<String> components = new ArrayList<>();
        for (String component : group.split("\\^", -1)) {
            components.add(component.strip());
        }
        while (!components.isEmpty() && components.getLast().isEmpty()) {
            components.removeLast();
        }
        return String.join("^", components);
    }

    /** The words of a folded name. */
    public static List<String> words(String folded) {
        List<String> words = new ArrayList<>();
        for (String word : folded.split("[\\s^=,.;]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    private static String lowered(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFKC);
        return composed.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT).replace('ς', 'σ');
    }

    private static String stripped(String lowered) {
        String decomposed = Normalizer.normalize(replaced(lowered, UNDECOMPOSED), Normalizer.Form.NFD);
        StringBuilder kept = new StringBuilder(decomposed.length());
        boolean foldable = false;
        for (int c : decomposed.codePoints().toArray()) {
            if (Character.getType(c) == Character.NON_SPACING_MARK) {
                if (!foldable) {
                    kept.appendCodePoint(c);
                }
            } else {
                foldable = foldable(c);
                kept.appendCodePoint(c);
            }
        }
        return Normalizer.normalize(kept, Normalizer.Form.NFC);
    }

    private static boolean foldable(int c) {
        UnicodeScript script = UnicodeScript.of(c);
        return script == UnicodeScript.LATIN || script == UnicodeScript.GREEK || script == UnicodeScript.CYRILLIC;
    }

    private static String replaced(String text, Map<Integer, String> replacements) {
        StringBuilder result = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            String replacement = replacements.get(c);
            if (replacement == null) {
                result.appendCodePoint(c);
            } else {
                result.append(replacement);
            }
        });
        return result.toString();
    }
}
