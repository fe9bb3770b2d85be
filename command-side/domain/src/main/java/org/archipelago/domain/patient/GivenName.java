package org.archipelago.domain.patient;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What tells two people of one identifier, birth date and sex apart, such as twins: a family name changes, a given name does not.
 * Of one component group (PS3.5 §6.2.1), its words folded, in every spelling that stands for them.
 *
 * @param family words of the first component
 * @param given of the second; empty where it is none, or stands for not knowing one
 * @param middle of the third
 */
record GivenName(Set<String> family, Set<String> given, Set<String> middle) {
    /** Newborns are called so until they have one. */
    private static final Set<String> NO_GIVEN_NAMES =
            Set.of("baby", "babyboy", "babygirl", "boy", "girl", "infant", "neonate", "newborn", "twin");

    /** @param written a component group */
    static GivenName of(String written) {
        List<Set<String>> components = List.of(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>());
        for (String variant : NameFolding.variants(written)) {
            String[] texts = variant.split("\\^", -1);
            for (int i = 0; i < Math.min(texts.length, components.size()); i++) {
                // The initial of a name that is spelled in two ways is the same letter.
                if (components.get(i).isEmpty() || !areInitials(components.get(i))) {
                    components.get(i).addAll(words(texts[i]));
                }
            }
        }
        Set<String> given = components.get(1);
        boolean isNone =
                given.stream().anyMatch(NO_GIVEN_NAMES::contains) || PersonDescription.NO_NAMES.containsAll(given);
        return new GivenName(components.get(0), isNone ? Set.of() : given, components.get(2));
    }

    /** Each, and all of them as one word: names of two words are written in one, too. */
    private static List<String> words(String component) {
        List<String> words = new ArrayList<>(NameFolding.words(component).stream()
                .flatMap(word -> Stream.of(word.split("[\\p{Pd}'’]+", -1)))
                .filter(word -> !word.isEmpty())
                .toList());
        if (words.size() > 1 && !areInitials(words)) {
            words.add(String.join("", words));
        }
        return words;
    }

    /**
     * Whether both have one and no word of it is the other's, as given or as middle name. Where one has initials alone, they
     * stand for every name that begins so. Given and family name the wrong way round are the same names. Of names in two scripts
     * nobody knows.
     */
    boolean isOfAnother(GivenName other) {
        return isKnown()
                && other.isKnown()
                && !Collections.disjoint(scripts(given), scripts(other.given))
                && !haveInitialsInCommon(given, other.given)
                && Stream.of(other.given, other.middle).noneMatch(names -> meet(given, names))
                && !meet(middle, other.given)
                && !(meet(given, other.family) && meet(family, other.given));
    }

    boolean isKnown() {
        return !given.isEmpty();
    }

    private static Set<UnicodeScript> scripts(Set<String> words) {
        return words.stream()
                .flatMapToInt(String::codePoints)
                .filter(Character::isLetter)
                .mapToObj(UnicodeScript::of)
                .collect(Collectors.toSet());
    }

    private static boolean meet(Set<String> one, Set<String> other) {
        return one.stream().anyMatch(other::contains);
    }

    private static boolean haveInitialsInCommon(Set<String> one, Set<String> other) {
        return (areInitials(one) || areInitials(other))
                && one.stream()
                        .map(GivenName::initial)
                        .anyMatch(
                                letter -> other.stream().map(GivenName::initial).anyMatch(letter::equals));
    }

    private static boolean areInitials(Collection<String> words) {
        return words.stream().allMatch(word -> initial(word).equals(word));
    }

    private static String initial(String word) {
        return word.substring(0, word.offsetByCodePoints(0, 1));
    }
}
