package org.archipelago.domain.patient;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who is one human being of those whom patient records identify. Records that a steward has merged are one, whatever they say,
 * while each is described as one; into which of two people of a record another one was merged nobody has said.
 *
 * @param descriptions by the numbers of a study's people
 */
record MergedRecords(List<PersonDescription> descriptions) {
    /**
     * People of several records, from what the records say alone: no order of theirs decides anything.
     *
     * @param records of one survivor: of each the people whom it is described as, of these the numbers
     * @return lists that may be added to
     */
    List<List<Integer>> joined(List<List<List<Integer>>> records) {
        List<List<Integer>> several = records.stream()
                .filter(record -> record.size() > 1)
                .flatMap(List::stream)
                .toList();
        List<List<Integer>> whole = records.stream()
                .filter(record -> record.size() == 1)
                .map(List::getFirst)
                .toList();
        if (several.isEmpty()) {
            return List.of(new ArrayList<>(whole.stream().flatMap(List::stream).toList()));
        }
        Map<List<Integer>, List<Integer>> joined = new LinkedHashMap<>();
        several.forEach(one -> joined.put(one, new ArrayList<>(one)));
        for (List<Integer> record : whole) {
            List<List<Integer>> candidates =
                    several.stream().filter(one -> isNamedAs(record, one)).toList();
            joined.computeIfAbsent(candidates.size() == 1 ? candidates.getFirst() : record, _ -> new ArrayList<>())
                    .addAll(record);
        }
        return List.copyOf(joined.values());
    }

    /** Whether a record may be this one of the people of another: they have a name in common, and nothing tells them apart. */
    private boolean isNamedAs(List<Integer> record, List<Integer> one) {
        return record.stream().allMatch(number -> descriptions.get(number).isOneOf(described(one)))
                && record.stream()
                        .anyMatch(number -> described(one).stream().anyMatch(descriptions.get(number)::agrees));
    }

    private List<PersonDescription> described(List<Integer> one) {
        return one.stream().map(descriptions::get).toList();
    }
}
