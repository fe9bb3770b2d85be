package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.query.matching.SearchTerms;

/**
 * Which orders find what objects say, each number with its issuer; of a number that identifies no order nobody knows one.
 *
 * @param all with an empty issuer where nobody knows it
 */
record StudyOrders(Set<AccessionIdentifier> all) {
    /** All that are on record of a study, and what else these data sets have. */
    static StudyOrders of(Set<AccessionIdentifier> recorded, Collection<AttributeSet> said) {
        Set<AccessionIdentifier> all = new LinkedHashSet<>(recorded);
        all.addAll(unrecorded(recorded, numbers(said)));
        return new StudyOrders(all);
    }

    /** Those alone whose numbers these data sets have. */
    static StudyOrders named(Set<AccessionIdentifier> recorded, Collection<AttributeSet> said) {
        Set<String> numbers = numbers(said);
        Set<AccessionIdentifier> all = new LinkedHashSet<>();
        recorded.stream().filter(order -> numbers.contains(order.number())).forEach(all::add);
        all.addAll(unrecorded(recorded, numbers));
        return new StudyOrders(all);
    }

    /** Of a number beyond those that were recorded nobody knows whose it is. */
    private static Set<AccessionIdentifier> unrecorded(Set<AccessionIdentifier> recorded, Set<String> numbers) {
        if (recorded.size() >= AccessionIdentifier.MAX_OF_STUDY) {
            return Set.of();
        }
        Set<String> known = recorded.stream().map(AccessionIdentifier::number).collect(Collectors.toSet());
        return numbers.stream()
                .filter(number -> !known.contains(number))
                .map(number -> new AccessionIdentifier(number, ""))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Set<String> numbers(Collection<AttributeSet> said) {
        return said.stream()
                .flatMap(set -> set.get(Tags.ACCESSION_NUMBER).stream())
                .flatMap(attribute -> attribute.values().stream())
                .flatMap(value -> value instanceof Value.Text(String text) ? Stream.of(text.strip()) : Stream.empty())
                .filter(number -> !number.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    void addTo(SearchTerms terms) {
        all.forEach(order -> terms.addIdentifier(Tags.ACCESSION_NUMBER, order.issuer(), order.number()));
    }

    ArrayNode toJson() {
        ArrayNode orders = Json.array();
        all.forEach(order -> orders.addArray().add(order.number()).add(order.issuer()));
        return orders;
    }
}
