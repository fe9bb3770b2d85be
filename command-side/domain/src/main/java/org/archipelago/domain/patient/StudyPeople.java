package org.archipelago.domain.patient;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * Everyone whose objects carry a study's UID, as the objects describe them: each patient record and each description is a
 * person with a number, which events give. Who of them are one human being is told here, from what is known now. Mutable,
 * evolves from events alone.
 */
public final class StudyPeople {
    /** Descriptions that are told apart; beyond it objects that nothing identifies are of one crowd. */
    public static final int MAX_DESCRIPTIONS = 64;

    /**
     * @param patient the record; empty when nothing identifies the person
     * @param described as {@link PersonDescription} has it
     * @param crowd stands for everyone beyond the bound: it is nobody in particular, and nothing may be told of it
     * @param instances that are current
     */
    public record Person(Optional<PatientRecordId> patient, AttributeSet described, boolean crowd, int instances) {
        private Person counted(int change) {
            return new Person(patient, described, crowd, instances + change);
        }

        private PersonDescription description() {
            return new PersonDescription(described);
        }
    }

    private static final Person NOBODY_IN_PARTICULAR = new Person(Optional.empty(), AttributeSet.EMPTY, true, 0);

    private final List<Person> people;

    /** Of a study whose first object is not known. */
    public StudyPeople() {
        this(List.of(NOBODY_IN_PARTICULAR));
    }

    /** Of a study whose first object names this patient. */
    public StudyPeople(Optional<PatientRecordId> patient, AttributeSet first) {
        this(List.of());
        describe(0, patient, first, false);
    }

    /** @param people as {@link #all} gave them */
    public StudyPeople(List<Person> people) {
        this.people = new ArrayList<>(people);
    }

    /** By number. */
    public List<Person> all() {
        return List.copyOf(people);
    }

    /** The study's patient: the first who was identified. */
    public Optional<PatientRecordId> patient() {
        return people.stream().flatMap(person -> person.patient().stream()).findFirst();
    }

    public Optional<PatientRecordId> patientOf(int person) {
        return people.get(person).patient();
    }

    /**
     * Gives a number to somebody. Who was to have an earlier one and is unknown here (an event that cannot be read, or was
     * given up) is nobody in particular.
     *
     * @throws IllegalArgumentException when somebody else has it
     */
    public void describe(int number, Optional<PatientRecordId> patient, AttributeSet attributes, boolean crowd) {
        if (number < people.size()) {
            throw new IllegalArgumentException("the number of a person of the study");
        }
        know(number);
        people.add(new Person(patient, PersonDescription.of(attributes).attributes(), crowd, 0));
    }

    private void know(int number) {
        while (people.size() < number) {
            people.add(NOBODY_IN_PARTICULAR);
        }
    }

    /** An instance of this person is current from now on, or is so no longer. */
    public void count(int person, int change) {
        know(person + 1);
        people.set(person, people.get(person).counted(change));
    }

    /** Whose an object with this patient and these attributes is; empty when an event must describe that person first. */
    public OptionalInt numberOf(Optional<PatientRecordId> patient, AttributeSet attributes) {
        AttributeSet described = PersonDescription.of(attributes).attributes();
        OptionalInt same = firstWhere(person -> !person.crowd()
                && person.patient().equals(patient)
                && person.described().equals(described));
        if (same.isPresent() || !isFull()) {
            return same;
        }
        return patient.isPresent() ? firstWhere(person -> person.patient().equals(patient)) : firstWhere(Person::crowd);
    }

    /** Whether these attributes cannot be of the human being whom this number was given: there was none left for another. */
    public boolean isDescribedAsAnother(int person, AttributeSet attributes) {
        Person known = people.get(person);
        return !known.crowd() && known.description().isOfAnother(PersonDescription.of(attributes));
    }

    /** Whether whom nothing identifies is of the crowd from now on. */
    public boolean isFull() {
        return people.size() >= MAX_DESCRIPTIONS;
    }

    private OptionalInt firstWhere(Predicate<Person> condition) {
        return IntStream.range(0, people.size())
                .filter(number -> condition.test(people.get(number)))
                .findFirst();
    }

    /**
     * Who is one human being, by numbers: records with one survivor, unless one record is described as two people; and whom
     * nothing identifies with the only one of the others who agrees in name or birth date and contradicts in nothing. Who has neither is the only
     * other person, if there is only one. Who may be one of several is none of them. Those who are identified come first,
     * among the people and in each. Only those who are present.
     */
    public List<List<Integer>> apart(UnaryOperator<PatientRecordId> survivor) {
        return apart(present(), survivor);
    }

    /**
     * Everyone ever described, present or not, who can be none of the others: by one number each, ascending. Those of one
     * record are several, too, when their descriptions cannot be of one human being.
     */
    public List<Integer> different(UnaryOperator<PatientRecordId> survivor) {
        return different(numbers(), survivor);
    }

    /** Whether these two, present or not, cannot be one human being. */
    public boolean areDifferent(int one, int other, UnaryOperator<PatientRecordId> survivor) {
        return one != other && different(List.of(one, other), survivor).size() > 1;
    }

    private List<Integer> different(List<Integer> numbers, UnaryOperator<PatientRecordId> survivor) {
        List<Integer> different = new ArrayList<>();
        for (List<Integer> one : apart(numbers, survivor)) {
            List<List<Integer>> told = new ArrayList<>();
            for (int number : one) {
                told.stream()
                        .filter(same -> same.stream().noneMatch(other -> isOfAnother(number, other)))
                        .findFirst()
                        .orElseGet(() -> started(told))
                        .add(number);
            }
            told.forEach(same -> different.add(same.getFirst()));
        }
        return different.stream().sorted().toList();
    }

    private boolean isOfAnother(int one, int other) {
        return people.get(one).description().isOfAnother(people.get(other).description());
    }

    private List<List<Integer>> apart(List<Integer> numbers, UnaryOperator<PatientRecordId> survivor) {
        Map<PatientRecordId, List<List<Integer>>> identified = new LinkedHashMap<>();
        for (int number : numbers) {
            people.get(number).patient().ifPresent(patient -> {
                List<List<Integer>> ofRecord =
                        identified.computeIfAbsent(survivor.apply(patient), _ -> new ArrayList<>());
                ofRecord.stream()
                        .filter(one -> one.stream().noneMatch(other -> isOneRecordOfTwo(number, other)))
                        .findFirst()
                        .orElseGet(() -> started(ofRecord))
                        .add(number);
            });
        }
        List<List<Integer>> apart = new ArrayList<>();
        identified.values().forEach(apart::addAll);
        List<Integer> undescribed = new ArrayList<>();
        for (int number : numbers) {
            Person person = people.get(number);
            if (person.patient().isPresent()) {
                continue;
            }
            if (!person.crowd() && person.description().tellsNobody()) {
                undescribed.add(number);
            } else {
                only(apart.stream().filter(one -> isLike(number, one)).toList())
                        .orElseGet(() -> started(apart))
                        .add(number);
            }
        }
        for (int number : undescribed) {
            only(apart)
                    .filter(one -> isSomebody(one) && !contradicts(number, one))
                    .orElseGet(() -> started(apart))
                    .add(number);
        }
        return apart.stream().map(List::copyOf).toList();
    }

    /** Different records that a steward has merged are one person, whatever they say. */
    private boolean isOneRecordOfTwo(int one, int other) {
        return people.get(one).patient().equals(people.get(other).patient()) && isOfAnother(one, other);
    }

    private static Optional<List<Integer>> only(List<List<Integer>> candidates) {
        return candidates.size() == 1 ? Optional.of(candidates.getFirst()) : Optional.empty();
    }

    private boolean isSomebody(List<Integer> one) {
        return one.stream().map(people::get).noneMatch(Person::crowd);
    }

    private static List<Integer> started(List<List<Integer>> apart) {
        List<Integer> started = new ArrayList<>();
        apart.add(started);
        return started;
    }

    private boolean contradicts(int number, List<Integer> one) {
        PersonDescription described = people.get(number).description();
        return one.stream()
                .map(people::get)
                .anyMatch(other -> other.description().contradicts(described));
    }

    private boolean isLike(int number, List<Integer> one) {
        PersonDescription described = people.get(number).description();
        return !people.get(number).crowd()
                && isSomebody(one)
                && !contradicts(number, one)
                && one.stream()
                        .map(people::get)
                        .anyMatch(other -> other.description().agrees(described));
    }

    private List<Integer> numbers() {
        return IntStream.range(0, people.size()).boxed().toList();
    }

    /** The numbers of those who have a current instance; of everyone while nobody has any. */
    public List<Integer> present() {
        List<Integer> all = numbers();
        List<Integer> current = all.stream()
                .filter(number -> people.get(number).instances() > 0)
                .toList();
        return current.isEmpty() ? all : current;
    }
}
