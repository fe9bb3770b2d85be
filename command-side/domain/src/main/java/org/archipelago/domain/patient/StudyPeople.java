package org.archipelago.domain.patient;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.archipelago.contract.Digest;
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
    }

    private static final Person NOBODY_IN_PARTICULAR = new Person(Optional.empty(), AttributeSet.EMPTY, true, 0);

    private final List<Person> people;

    /** What they are described as, by number. */
    private final List<PersonDescription> descriptions;

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
        this.descriptions = new ArrayList<>(people.stream()
                .map(person -> new PersonDescription(person.described()))
                .toList());
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
        add(new Person(patient, PersonDescription.of(attributes).attributes(), crowd, 0));
    }

    private void know(int number) {
        while (people.size() < number) {
            add(NOBODY_IN_PARTICULAR);
        }
    }

    private void add(Person person) {
        people.add(person);
        descriptions.add(new PersonDescription(person.described()));
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
        return !people.get(person).crowd() && descriptions.get(person).isOfAnother(PersonDescription.of(attributes));
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
     * Who is one human being, by numbers, of those who are present; see {@link #together}.
     */
    public List<List<Integer>> apart(UnaryOperator<PatientRecordId> survivor) {
        Set<Integer> present = new HashSet<>(present());
        return together(survivor).stream()
                .map(one -> one.stream().filter(present::contains).toList())
                .filter(one -> !one.isEmpty())
                .toList();
    }

    /** Of each of these who are one human being, one number; ascending. */
    public static List<Integer> oneOfEach(List<List<Integer>> together) {
        return together.stream().map(List::getFirst).sorted().toList();
    }

    /** Whether these two, present or not, cannot be one human being. */
    public boolean areDifferent(int one, int other, UnaryOperator<PatientRecordId> survivor) {
        return one != other
                && together(survivor).stream().noneMatch(same -> same.contains(one) && same.contains(other));
    }

    /**
     * Who is one human being, by numbers, of everyone ever described: so nobody becomes another's by what is corrected or moved.
     * A record is one, unless it is {@link DescribedRecord described as two people}. Records with one survivor are one, too, unless one of them is described as two people: then another of the records is the only one of these
     * who has the same name and cannot be told apart from it, else a person of its own. Whom nothing identifies is the only one of
     * the others who has the same name and contradicts in nothing; who has no name is the only other person, if there is only one.
     * Who says most is placed first, whatever came first. Those who are identified come first, among the people and in each.
     */
    public List<List<Integer>> together(UnaryOperator<PatientRecordId> survivor) {
        List<Integer> telling = numbers().stream().sorted(this::whoSaysMore).toList();
        MergedRecords merged = new MergedRecords(descriptions);
        Map<PatientRecordId, List<Integer>> records = new LinkedHashMap<>();
        for (int number : telling) {
            people.get(number)
                    .patient()
                    .ifPresent(patient -> records.computeIfAbsent(patient, _ -> new ArrayList<>())
                            .add(number));
        }
        Map<PatientRecordId, List<List<List<Integer>>>> bySurvivor = new LinkedHashMap<>();
        records.forEach((patient, ofRecord) -> bySurvivor
                .computeIfAbsent(survivor.apply(patient), _ -> new ArrayList<>())
                .add(new DescribedRecord(descriptions, ofRecord).people()));
        List<List<Integer>> together = new ArrayList<>();
        bySurvivor.values().forEach(ofSurvivor -> together.addAll(merged.joined(ofSurvivor)));
        List<Integer> unnamed = new ArrayList<>();
        for (int number : telling) {
            if (people.get(number).patient().isPresent()) {
                continue;
            }
            if (!people.get(number).crowd() && descriptions.get(number).tellsNobody()) {
                unnamed.add(number);
            } else {
                place(number, together, one -> isLike(number, one));
            }
        }
        boolean isOne = together.size() <= 1;
        for (int number : unnamed) {
            place(number, together, one -> isOne && isSomebody(one) && !contradicts(number, one));
        }
        return together.stream()
                .map(this::ordered)
                .sorted(Comparator.comparing(List::getFirst, whoIsIdentifiedFirst()))
                .toList();
    }

    private Comparator<Integer> whoIsIdentifiedFirst() {
        return Comparator.comparing(
                        (Integer number) -> people.get(number).patient().isEmpty())
                .thenComparing(Comparator.naturalOrder());
    }

    /** Stands for the description of these that says most, whatever their numbers: 16 hexadecimal digits. */
    public String fullest(Collection<Integer> one) {
        String text = one.stream()
                .min(this::whoSaysMore)
                .map(number -> descriptions.get(number).text())
                .orElse("");
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 16);
    }

    /** With the only one of them that it fits, else alone. */
    private static void place(int number, List<List<Integer>> among, Predicate<List<Integer>> fits) {
        List<List<Integer>> candidates = among.stream().filter(fits).toList();
        if (candidates.size() == 1) {
            candidates.getFirst().add(number);
        } else {
            among.add(new ArrayList<>(List.of(number)));
        }
    }

    private int whoSaysMore(int one, int other) {
        int more = Integer.compare(
                descriptions.get(other).telling(), descriptions.get(one).telling());
        int byContent = more != 0
                ? more
                : descriptions.get(one).text().compareTo(descriptions.get(other).text());
        return byContent != 0 ? byContent : Integer.compare(one, other);
    }

    private List<Integer> ordered(List<Integer> one) {
        return one.stream().sorted(whoIsIdentifiedFirst()).toList();
    }

    private boolean isSomebody(List<Integer> one) {
        return one.stream().map(people::get).noneMatch(Person::crowd);
    }

    private boolean contradicts(int number, List<Integer> one) {
        PersonDescription described = descriptions.get(number);
        return one.stream().map(descriptions::get).anyMatch(described::contradicts);
    }

    private boolean isLike(int number, List<Integer> one) {
        PersonDescription described = descriptions.get(number);
        return !people.get(number).crowd()
                && isSomebody(one)
                && !contradicts(number, one)
                && one.stream().map(descriptions::get).anyMatch(described::agrees);
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
