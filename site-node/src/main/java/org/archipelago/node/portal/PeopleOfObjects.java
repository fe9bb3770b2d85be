package org.archipelago.node.portal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.domain.patient.PersonDescription;

/**
 * Tells apart whose objects a study has, by what leaves: two identifiers are two people; where one has none, only who
 * contradicts is another.
 */
final class PeopleOfObjects {
    /** Further people are not told apart. */
    static final int MAX_PEOPLE = 20;

    private final List<AttributeSet> people = new ArrayList<>();

    /** @param object with the corrections in force */
    void add(AttributeSet object) {
        for (int i = 0; i < people.size(); i++) {
            AttributeSet known = people.get(i);
            if (isSame(known, object)) {
                if (!isIdentified(known) && isIdentified(object)) {
                    people.set(i, object);
                }
                return;
            }
        }
        if (people.size() < MAX_PEOPLE) {
            people.add(object);
        }
    }

    /** An object of each, in the order in which they were added. */
    List<AttributeSet> all() {
        return List.copyOf(people);
    }

    /** Whom the row is about; else, or without one, the first who is identified. */
    Optional<AttributeSet> whom(Optional<AttributeSet> row) {
        return row.flatMap(shown -> people.stream()
                        .filter(person -> PatientRow.of(person).equals(PatientRow.of(shown)))
                        .findFirst())
                .or(() -> people.stream().filter(PeopleOfObjects::isIdentified).findFirst())
                .or(() -> people.stream().findFirst());
    }

    private static boolean isSame(AttributeSet one, AttributeSet other) {
        if (isIdentified(one) && isIdentified(other)) {
            return Shown.text(one, Tags.PATIENT_ID).equals(Shown.text(other, Tags.PATIENT_ID))
                    && Shown.text(one, Tags.ISSUER_OF_PATIENT_ID).equals(Shown.text(other, Tags.ISSUER_OF_PATIENT_ID));
        }
        return !PersonDescription.of(one).contradicts(PersonDescription.of(other));
    }

    private static boolean isIdentified(AttributeSet object) {
        return !Shown.text(object, Tags.PATIENT_ID).isEmpty();
    }
}
