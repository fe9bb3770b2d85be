package org.archipelago.domain.patient;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.InstancePatient;

/**
 * Everyone whose objects carry a study's UID: patients by their records, others by what objects say of them. Places in it
 * never change. Mutable, evolves from events alone; whoever folds a study's events comes to the same.
 */
public final class StudyPeople {
    /** Descriptions without an identifier that are told apart; objects with further ones are of one crowd. */
    public static final int MAX_UNIDENTIFIED = 64;

    /**
     * @param patient the record; empty when nothing identifies the person
     * @param described by the first object of this person
     * @param crowd stands for everyone beyond the bound: it is nobody in particular, and nothing may be told of it
     * @param instances that are current
     */
    public record Person(Optional<PatientRecordId> patient, AttributeSet described, boolean crowd, int instances) {
        private Person counted(int change) {
            return new Person(patient, described, crowd, instances + change);
        }

        private boolean isNamed(AttributeSet description) {
            return patient.isEmpty() && !crowd && described.equals(description);
        }
    }

    private final List<Person> people;

    /** @param first the study's first object */
    public StudyPeople(Optional<PatientRecordId> patient, AttributeSet first) {
        this(List.of(new Person(patient, PersonDescription.of(first).attributes(), false, 0)));
    }

    public StudyPeople(List<Person> people) {
        this.people = new ArrayList<>(people);
    }

    public List<Person> all() {
        return List.copyOf(people);
    }

    /** The study's patient: the first who was identified. */
    public Optional<PatientRecordId> patient() {
        return people.stream().flatMap(person -> person.patient().stream()).findFirst();
    }

    /** The place of a patient, from now on if not before. */
    public int identified(PatientRecordId patient, AttributeSet described) {
        int known = placeOf(patient);
        return known >= 0 ? known : add(Optional.of(patient), described, false);
    }

    /** The place of an instance's patient, from now on if not before. */
    public int placeOf(InstancePatient patient) {
        return switch (patient.kind()) {
            case OF_STUDY -> patient().map(this::placeOf).orElse(0);
            case OTHER -> identified(patient.other().orElseThrow(), patient.described());
            case UNIDENTIFIED -> unidentified(patient.described());
        };
    }

    private int unidentified(AttributeSet described) {
        int named = 0;
        for (int place = 0; place < people.size(); place++) {
            Person person = people.get(place);
            if (person.isNamed(described)) {
                return place;
            }
            named += person.patient().isEmpty() && !person.crowd() ? 1 : 0;
        }
        if (named < MAX_UNIDENTIFIED) {
            return add(Optional.empty(), described, false);
        }
        int crowd = firstWhere(Person::crowd);
        return crowd >= 0 ? crowd : add(Optional.empty(), described, true);
    }

    private int placeOf(PatientRecordId patient) {
        return firstWhere(person -> person.patient().equals(Optional.of(patient)));
    }

    /** -1 when nobody is. */
    private int firstWhere(Predicate<Person> condition) {
        for (int place = 0; place < people.size(); place++) {
            if (condition.test(people.get(place))) {
                return place;
            }
        }
        return -1;
    }

    private int add(Optional<PatientRecordId> patient, AttributeSet described, boolean crowd) {
        people.add(new Person(patient, described, crowd, 0));
        return people.size() - 1;
    }

    /** An instance of this person is current from now on, or is so no longer. */
    public void count(int place, int change) {
        people.set(place, people.get(place).counted(change));
    }

    /** How events are to name whom an object is about that names this patient, if any, and describes it so. */
    public InstancePatient said(Optional<PatientRecordId> patient, AttributeSet described) {
        int known = patient.map(this::placeOf).orElse(-1);
        return said(known >= 0 ? people.get(known) : new Person(patient, described, false, 0));
    }

    /** How events are to name the person at this place. */
    public InstancePatient said(int place) {
        return said(people.get(place));
    }

    private InstancePatient said(Person person) {
        boolean first = people.getFirst().isNamed(person.described()) && !person.crowd();
        if (patient().isPresent()
                ? patient().equals(person.patient())
                : person.patient().isEmpty() && first) {
            return InstancePatient.OF_STUDY;
        }
        return person.patient()
                .map(patient -> InstancePatient.other(patient, person.described()))
                .orElseGet(() -> InstancePatient.unidentified(person.described()));
    }

    /**
     * Who is one person, by places: records with one survivor, and whom nothing identifies with the first whom the description
     * does not contradict. The study's patient comes first, others who are identified before those who are not. Only those who
     * are present.
     */
    public List<List<Integer>> apart(UnaryOperator<PatientRecordId> survivor) {
        Map<PatientRecordId, Apart> identified = new LinkedHashMap<>();
        List<Apart> apart = new ArrayList<>();
        List<Integer> present = present();
        for (int place : present) {
            Person person = people.get(place);
            person.patient()
                    .ifPresent(patient -> identified
                            .computeIfAbsent(survivor.apply(patient), _ -> started(apart, person))
                            .add(place, person));
        }
        for (int place : present) {
            Person person = people.get(place);
            if (person.patient().isEmpty()) {
                apart.stream()
                        .filter(one -> one.mayBe(person))
                        .findFirst()
                        .orElseGet(() -> started(apart, person))
                        .add(place, person);
            }
        }
        return apart.stream().map(one -> List.copyOf(one.places)).toList();
    }

    /** How many people nothing identifies and who can be none of the others, beyond the first. */
    public int unidentifiedApart() {
        List<List<Integer>> apart = apart(UnaryOperator.identity());
        long identified = apart.stream()
                .filter(one -> people.get(one.getFirst()).patient().isPresent())
                .count();
        return apart.size() - (int) Math.max(identified, 1);
    }

    /** The places of those who have a current instance; of everyone while nobody has any. */
    public List<Integer> present() {
        List<Integer> all = IntStream.range(0, people.size()).boxed().toList();
        List<Integer> current =
                all.stream().filter(place -> people.get(place).instances() > 0).toList();
        return current.isEmpty() ? all : current;
    }

    private static Apart started(List<Apart> apart, Person first) {
        Apart started = new Apart(first.crowd());
        apart.add(started);
        return started;
    }

    /** One person, as far as known. */
    private static final class Apart {
        final List<Integer> places = new ArrayList<>();
        private final boolean crowd;
        private PersonDescription described = new PersonDescription(AttributeSet.EMPTY);

        Apart(boolean crowd) {
            this.crowd = crowd;
        }

        void add(int place, Person person) {
            places.add(place);
            described = described.completedBy(new PersonDescription(person.described()));
        }

        boolean mayBe(Person person) {
            return !crowd && !person.crowd() && !described.contradicts(new PersonDescription(person.described()));
        }
    }
}
