package org.archipelago.domain.patient;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Whom one patient record describes: one person, or several when a wrong identifier was given to somebody.
 *
 * @param descriptions by the numbers of a study's people
 * @param numbers those of the record, whoever says most first
 */
record DescribedRecord(List<PersonDescription> descriptions, List<Integer> numbers) {
    /**
     * Of each person the numbers. Whoever says most is placed first, and of those who say as much whoever may be either of two
     * people is placed last, by who was there before any such: with the only one who has the same name, else alone. So the order of
     * arrival decides nothing.
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
            List<List<Integer>> before = people.stream().map(List::copyOf).toList();
            equallyTelling.stream().filter(mayBeEither).forEach(number -> place(number, before, people));
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
        place(number, people, people);
    }

    /** @param before the first of the people, as they were when it is told with whom it is */
    private void place(int number, List<List<Integer>> before, List<List<Integer>> people) {
        PersonDescription described = descriptions.get(number);
        List<Integer> fitting = indexes(before, one -> described.isOneOf(described(one)));
        List<Integer> candidates = fitting.size() == 1
                ? fitting
                : fitting.stream()
                        .filter(at -> described(before.get(at)).stream().anyMatch(described::agrees))
                        .toList();
        if (candidates.size() == 1) {
            people.get(candidates.getFirst()).add(number);
        } else {
            people.add(new ArrayList<>(List.of(number)));
        }
    }

    private static List<Integer> indexes(List<List<Integer>> people, Predicate<List<Integer>> condition) {
        return IntStream.range(0, people.size())
                .filter(at -> condition.test(people.get(at)))
                .boxed()
                .toList();
    }

    private List<PersonDescription> described(List<Integer> one) {
        return one.stream().map(descriptions::get).toList();
    }
}
