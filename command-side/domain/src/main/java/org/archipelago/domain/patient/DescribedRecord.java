package org.archipelago.domain.patient;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Whom one patient record describes: one person, or several when a wrong identifier was given to somebody.
 *
 * @param descriptions by the numbers of a study's people
 * @param numbers those of the record, whoever says most first
 */
record DescribedRecord(List<PersonDescription> descriptions, List<Integer> numbers) {
    /**
     * Of each person the numbers. Whoever says most is placed first, and of those who say as much whoever may be either of two
     * people is placed last: with the only one who has the same name, else alone. So the order of arrival decides nothing.
     *
     * @return lists that may be added to
     */
    List<List<Integer>> people() {
        List<List<Integer>> people = new ArrayList<>();
        List<Integer> placed = new ArrayList<>();
        Map<Integer, List<Integer>> byTelling = new TreeMap<>(numbers.stream()
                        .collect(Collectors.groupingBy(
                                number -> descriptions.get(number).telling())))
                .descendingMap();
        for (List<Integer> equallyTelling : byTelling.values()) {
            placed.addAll(equallyTelling);
            Predicate<Integer> mayBeEither = number -> mayBeEitherOfTwo(number, placed);
            equallyTelling.stream().filter(mayBeEither.negate()).forEach(number -> place(number, people));
            equallyTelling.stream().filter(mayBeEither).forEach(number -> place(number, people));
        }
        return people;
    }

    private boolean mayBeEitherOfTwo(int number, List<Integer> others) {
        List<PersonDescription> fitting = others.stream()
                .map(descriptions::get)
                .filter(other -> !other.isOfAnother(descriptions.get(number)))
                .toList();
        return fitting.stream().anyMatch(one -> fitting.stream().anyMatch(one::isOfAnother));
    }

    private void place(int number, List<List<Integer>> people) {
        List<List<Integer>> fitting = people.stream()
                .filter(one -> descriptions.get(number).isOneOf(described(one)))
                .toList();
        List<List<Integer>> candidates = fitting.size() == 1
                ? fitting
                : fitting.stream()
                        .filter(one -> described(one).stream().anyMatch(descriptions.get(number)::agrees))
                        .toList();
        if (candidates.size() == 1) {
            candidates.getFirst().add(number);
        } else {
            people.add(new ArrayList<>(List.of(number)));
        }
    }

    private List<PersonDescription> described(List<Integer> one) {
        return one.stream().map(descriptions::get).toList();
    }
}
