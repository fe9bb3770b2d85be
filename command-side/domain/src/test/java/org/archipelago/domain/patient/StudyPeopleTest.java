package org.archipelago.domain.patient;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientRecordId;
import org.junit.jupiter.api.Test;

class StudyPeopleTest {
    private static final Optional<PatientRecordId> NOBODY = Optional.empty();

    private static AttributeSet named(String name) {
        return set(Tags.PATIENT_NAME, name(name));
    }

    private static AttributeSet born(String name, String date, String sex) {
        return named(name).with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, date)).with(Tags.PATIENT_SEX, text(Vr.CS, sex));
    }

    private static StudyPeople startedBy(Optional<PatientRecordId> patient, AttributeSet first) {
        StudyPeople people = new StudyPeople(patient, first);
        people.count(0, 1);
        return people;
    }

    /** As the write side and every fold do it. */
    private static int arrived(StudyPeople people, Optional<PatientRecordId> patient, AttributeSet object) {
        int number = people.numberOf(patient, object).orElse(people.all().size());
        if (number == people.all().size()) {
            people.describe(number, patient, object, patient.isEmpty() && people.isFull());
        }
        people.count(number, 1);
        return number;
    }

    private static List<List<Integer>> apart(StudyPeople people) {
        return people.apart(UnaryOperator.identity());
    }

    private static List<Integer> different(StudyPeople people) {
        return StudyPeople.oneOfEach(people.together(UnaryOperator.identity()));
    }

    @Test
    void identifiedPatient_isWhoeverTheFirstObjectDoesNotContradict() {
        StudyPeople people = startedBy(NOBODY, named("Doe^Anna"));
        int anna = arrived(people, Optional.of(ANNA), born("DOE^ANNA", "19500101", "F"));
        assertThat(apart(people)).containsExactly(List.of(anna, 0));
        assertThat(different(people)).hasSize(1);
        StudyPeople others = startedBy(NOBODY, named("Roe^Jane"));
        arrived(others, Optional.of(ANNA), named("Doe^Anna"));
        assertThat(apart(others)).containsExactly(List.of(1), List.of(0));
        assertThat(different(others)).containsExactly(0, 1);
    }

    @Test
    void whoSaysLittle_joinsOneOfSeveralOnly() {
        StudyPeople people = startedBy(NOBODY, AttributeSet.EMPTY);
        arrived(people, NOBODY, named("Brown^Bert"));
        arrived(people, NOBODY, named("Green^Gina"));
        assertThat(apart(people)).containsExactly(List.of(0), List.of(1), List.of(2));
        assertThat(different(people)).containsExactly(0, 1, 2);
    }

    @Test
    void whoHasNeitherNameNorBirthDate_isTheOnlyOtherPerson() {
        StudyPeople people = startedBy(Optional.of(ANNA), born("Doe^Anna", "19500101", "F"));
        int nobody = arrived(people, NOBODY, set(Tags.PATIENT_ID, text(Vr.LO, "0")));
        assertThat(apart(people)).containsExactly(List.of(0, nobody));
        assertThat(different(people)).containsExactly(0);
        int bert = arrived(people, Optional.of(BERT), born("Roe^Bert", "19600101", "M"));
        assertThat(apart(people)).containsExactly(List.of(0), List.of(bert), List.of(nobody));
        StudyPeople others = startedBy(Optional.of(ANNA), born("Doe^Anna", "19500101", "F"));
        int man = arrived(others, NOBODY, set(Tags.PATIENT_SEX, text(Vr.CS, "M")));
        assertThat(apart(others)).containsExactly(List.of(0), List.of(man));
    }

    @Test
    void whoHasNothingInCommon_isNotThatPerson() {
        StudyPeople people = startedBy(Optional.of(ANNA), AttributeSet.EMPTY);
        arrived(people, NOBODY, born("Miller^Otto", "19330101", "M"));
        assertThat(apart(people)).containsExactly(List.of(0), List.of(1));
        assertThat(different(people)).containsExactly(0, 1);
        StudyPeople chained = startedBy(NOBODY, named("Smith^Anna"));
        arrived(chained, Optional.of(BERT), AttributeSet.EMPTY);
        arrived(chained, NOBODY, set(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19990101")));
        assertThat(apart(chained)).containsExactly(List.of(1), List.of(0), List.of(2));
        StudyPeople born = startedBy(Optional.of(ANNA), set(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19000101")));
        arrived(born, NOBODY, born("Miller^Otto", "19000101", "M"));
        assertThat(apart(born)).as("a name is borrowed by nobody").containsExactly(List.of(0), List.of(1));
    }

    @Test
    void whoMayBeEitherOfTwo_isNeither() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Kim^Min"));
        arrived(people, Optional.of(BERT), named("Kim^Min"));
        arrived(people, NOBODY, born("Kim^Min", "19400101", "F"));
        assertThat(apart(people)).containsExactly(List.of(0), List.of(1), List.of(2));
    }

    private record Said(Optional<PatientRecordId> patient, AttributeSet object) {}

    private static void assertOneGrouping(List<Said> objects, int people) {
        assertThat(groups(objects, UnaryOperator.identity())).hasSize(people);
    }

    /** Whatever came first. */
    private static Set<Set<Said>> groups(List<Said> objects, UnaryOperator<PatientRecordId> survivor) {
        Set<Set<Set<Said>>> groupings = new HashSet<>();
        permutations(objects).forEach(order -> {
            StudyPeople study =
                    startedBy(order.getFirst().patient(), order.getFirst().object());
            order.stream().skip(1).forEach(said -> arrived(study, said.patient(), said.object()));
            groupings.add(study.apart(survivor).stream()
                    .map(one -> one.stream().map(order::get).collect(Collectors.toSet()))
                    .collect(Collectors.toSet()));
        });
        assertThat(groupings).as("whatever came first").hasSize(1);
        return groupings.iterator().next();
    }

    private static <T> List<List<T>> permutations(List<T> all) {
        if (all.isEmpty()) {
            return List.of(List.of());
        }
        List<List<T>> orders = new ArrayList<>();
        for (T first : all) {
            List<T> others = new ArrayList<>(all);
            others.remove(first);
            for (List<T> rest : permutations(others)) {
                List<T> order = new ArrayList<>(List.of(first));
                order.addAll(rest);
                orders.add(order);
            }
        }
        return orders;
    }

    @Test
    void whoIsOnePerson_doesNotDependOnTheOrder() {
        Said jane = new Said(NOBODY, born("Doe^Jane", "19500101", "F"));
        Said undated = new Said(NOBODY, named("Doe^Jane"));
        Said nameless = new Said(NOBODY, set(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19500101")));
        Said other = new Said(NOBODY, born("Doe^Jane", "19800101", "F"));
        assertOneGrouping(List.of(jane, undated, nameless), 1);
        assertOneGrouping(List.of(jane, undated, other), 3);
        Optional<PatientRecordId> anna = Optional.of(ANNA);
        Said smith = new Said(anna, born("Smith^Anna", "19500101", "F"));
        Said jones = new Said(anna, born("Jones^Bob", "19800101", "M"));
        Said silent = new Said(anna, AttributeSet.EMPTY);
        assertOneGrouping(List.of(smith, jones, silent), 3);
        Said married = new Said(anna, born("Roe^Anna", "19500101", "F"));
        assertOneGrouping(List.of(smith, married, new Said(anna, named("Roe^Anna"))), 1);
        assertOneGrouping(List.of(smith, silent, jane, undated), 2);
        assertOneGrouping(
                List.of(
                        new Said(Optional.of(BERT), born("Roe^B", "19600101", "M")),
                        new Said(NOBODY, born("Roe^B", "19500101", "M")),
                        new Said(NOBODY, named("Roe^B"))),
                3);
    }

    @Test
    void recordMergedIntoOneOfTwoPeople_joinsNobodyOfAnotherName() {
        Said smith = new Said(Optional.of(ANNA), born("Smith^Jane", "19800101", "F"));
        Said brown = new Said(Optional.of(ANNA), born("Brown^Bob", "19500101", "M"));
        Said miller = new Said(Optional.of(BERT), born("Miller^Jane", "19800101", "F"));
        Said nameless = new Said(Optional.of(BERT), set(Tags.PATIENT_SEX, text(Vr.CS, "F")));
        assertThat(groups(List.of(smith, brown, miller), _ -> ANNA))
                .containsExactlyInAnyOrder(Set.of(smith), Set.of(brown), Set.of(miller));
        assertThat(groups(List.of(smith, brown, nameless), _ -> ANNA))
                .containsExactlyInAnyOrder(Set.of(smith), Set.of(brown), Set.of(nameless));
    }

    @Test
    void recordsMergedIntoOneOfTwoPeople_joinWhoHasTheSameName() {
        Said smith = new Said(Optional.of(ANNA), born("Smith^Jane", "19800101", "F"));
        Said brown = new Said(Optional.of(ANNA), born("Brown^Bob", "19500101", "M"));
        Said same = new Said(Optional.of(BERT), born("Smith^Jane", "19800101", "F"));
        Said undated = new Said(Optional.of(CARA), named("Smith^Jane"));
        assertThat(groups(List.of(smith, brown, same), _ -> ANNA))
                .containsExactlyInAnyOrder(Set.of(smith, same), Set.of(brown));
        assertThat(groups(List.of(smith, brown, same, undated), _ -> BERT))
                .as("whichever record survives")
                .containsExactlyInAnyOrder(Set.of(smith, same, undated), Set.of(brown));
        Said older = new Said(Optional.of(BERT), born("Smith^Jane", "19300101", "F"));
        assertThat(groups(List.of(smith, brown, older), _ -> ANNA))
                .as("the same name, and another birth date")
                .hasSize(3);
    }

    @Test
    void recordThatMayBeEitherOfTwoPeople_isNeither() {
        Said smith = new Said(Optional.of(ANNA), born("Smith^Jane", "19800101", "F"));
        Said older = new Said(Optional.of(ANNA), born("Smith^Jane", "19300101", "F"));
        Said undated = new Said(Optional.of(BERT), named("Smith^Jane"));
        assertThat(groups(List.of(smith, older, undated), _ -> ANNA)).hasSize(3);
        Said brown = new Said(Optional.of(CARA), born("Brown^Bob", "19500101", "M"));
        assertThat(groups(List.of(smith, undated, brown), _ -> ANNA))
                .as("merged, and each is described as one")
                .hasSize(1);
        Said unidentified = new Said(NOBODY, named("Brown^Bob"));
        assertThat(groups(List.of(smith, undated, brown, unidentified), _ -> ANNA)
                        .size())
                .isEqualTo(2);
    }

    @Test
    void descriptionThatMayBeEitherOfTwins_isNeither() {
        Optional<PatientRecordId> anna = Optional.of(ANNA);
        Said clara = new Said(anna, born("Doe^Clara", "20200101", "F"));
        Said dora = new Said(anna, born("Doe^Dora", "20200101", "F"));
        Said unnamed = new Said(anna, born("Doe^Baby Girl", "20200101", "F"));
        assertOneGrouping(List.of(clara, dora, unnamed), 3);
        Said together = new Said(anna, born("Doe Clara", "20200101", "F"));
        assertThat(groups(List.of(clara, dora, together), UnaryOperator.identity()))
                .as("without a component for it, the name is still the one twin's")
                .containsExactlyInAnyOrder(Set.of(clara, together), Set.of(dora));
        Said younger = new Said(anna, born("Doe^Adele", "20200101", "F"));
        assertThat(groups(List.of(clara, younger, together, unnamed), UnaryOperator.identity()))
                .containsExactlyInAnyOrder(Set.of(clara, together), Set.of(younger), Set.of(unnamed));
    }

    @Test
    void descriptionsThatMayBeEither_dragNobodyAlong() {
        Optional<PatientRecordId> anna = Optional.of(ANNA);
        assertThat(groups(
                        List.of(
                                new Said(anna, born("Doe^A", "20200101", "F")),
                                new Said(anna, born("Doe^M", "20200101", "F")),
                                new Said(anna, born("Doe^Anna^Maria", "20200101", "F")),
                                new Said(anna, born("Doe Anna^Maria", "20200101", "F"))),
                        UnaryOperator.identity()))
                .as("nobody says more than that A and M are two")
                .hasSizeGreaterThan(1);
    }

    @Test
    void anyDescriptions_areGroupedWhateverCameFirst() {
        List<Optional<PatientRecordId>> records =
                List.of(Optional.of(ANNA), Optional.of(ANNA), Optional.of(BERT), NOBODY);
        List<String> names = List.of("Doe^Anna", "Doe Anna", "Doe^Adele", "Doe^Baby Girl", "Roe^Anna", "");
        List<String> dates = List.of("20200101", "20200101", "");
        Random random = new Random(1);
        for (int round = 0; round < 40; round++) {
            Set<Said> objects = new HashSet<>();
            while (objects.size() < 3) {
                objects.add(new Said(
                        records.get(random.nextInt(records.size())),
                        born(names.get(random.nextInt(names.size())), dates.get(random.nextInt(dates.size())), "F")));
            }
            groups(List.copyOf(objects), UnaryOperator.identity());
            groups(List.copyOf(objects), _ -> ANNA);
        }
    }

    @Test
    void oneRecordOfTwins_isTwo() {
        StudyPeople people = startedBy(Optional.of(ANNA), born("Doe^Anna", "20200101", "F"));
        int bertha = arrived(people, Optional.of(ANNA), born("Doe^Bertha", "20200101", "F"));
        assertThat(apart(people)).containsExactly(List.of(0), List.of(bertha));
        assertThat(different(people)).containsExactly(0, bertha);
    }

    @Test
    void oneRecordOfTwoWhoseBirthDateIsUnknown_isTwo() {
        StudyPeople people = startedBy(Optional.of(ANNA), born("Smith^John", "19000101", "M"));
        arrived(people, Optional.of(ANNA), born("Jones^Bob", "19000101", "M"));
        assertThat(different(people)).containsExactly(0, 1);
    }

    @Test
    void whoIsNoLongerPresent_stillTellsOthersApart() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        int bert = arrived(people, Optional.of(BERT), named("Roe^Bert"));
        int nobody = arrived(people, NOBODY, AttributeSet.EMPTY);
        people.count(0, -1);
        assertThat(apart(people)).containsExactly(List.of(bert), List.of(nobody));
    }

    @Test
    void recordDescribedLater_isNoLongerWhomNothingIdentifies() {
        StudyPeople people = startedBy(Optional.of(ANNA), AttributeSet.EMPTY);
        arrived(people, NOBODY, born("Smith^Anna", "19500101", "F"));
        arrived(people, Optional.of(ANNA), born("Jones^Bob", "19800101", "M"));
        assertThat(apart(people)).containsExactly(List.of(0, 2), List.of(1));
        assertThat(different(people)).containsExactly(0, 1);
    }

    @Test
    void whoContradictsTheSecondOfSeveralDescriptions_isNotThatPerson() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Kim^Min"));
        arrived(people, Optional.of(ANNA), born("Kim^Min", "19900101", "M"));
        arrived(people, NOBODY, born("Kim^Min", "19400101", "F"));
        assertThat(apart(people)).containsExactly(List.of(0, 1), List.of(2));
    }

    @Test
    void oneRecordDescribedAsTwoPeople_isTwo() {
        StudyPeople people = startedBy(Optional.of(ANNA), born("Doe^Anna", "19500101", "F"));
        arrived(people, Optional.of(ANNA), born("Roe^Anna", "19500101", "F"));
        assertThat(different(people)).containsExactly(0);
        arrived(people, Optional.of(ANNA), born("Doe^Anna", "19500101", "M"));
        assertThat(different(people)).containsExactly(0, 2);
        assertThat(apart(people)).containsExactly(List.of(0, 1), List.of(2));
    }

    @Test
    void recordThatIsFirstNamedOnly_hidesNoContradictionOfItsLaterDescriptions() {
        StudyPeople people = startedBy(Optional.of(ANNA), AttributeSet.EMPTY);
        arrived(people, Optional.of(ANNA), born("Smith^Anna", "19500101", "F"));
        assertThat(different(people)).containsExactly(0);
        arrived(people, Optional.of(ANNA), born("Jones^Bob", "19800101", "M"));
        assertThat(different(people)).containsExactly(0, 1, 2);
    }

    @Test
    void numberWhosePersonIsUnknownHere_isNobodyInParticular() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        people.describe(2, Optional.of(BERT), named("Doe^Bert"), false);
        people.count(1, 1);
        people.count(2, 1);
        assertThat(people.patientOf(1)).isEmpty();
        assertThat(people.patientOf(2)).contains(BERT);
        assertThat(apart(people)).containsExactly(List.of(0), List.of(2), List.of(1));
        people.count(4, 1);
        assertThat(people.all().get(4).crowd()).isTrue();
        StudyPeople headless = new StudyPeople();
        headless.count(0, 1);
        headless.describe(1, Optional.of(BERT), named("Doe^Bert"), false);
        headless.count(1, 1);
        assertThat(apart(headless)).containsExactly(List.of(1), List.of(0));
        assertThatThrownBy(() -> people.describe(2, Optional.of(CARA), AttributeSet.EMPTY, false))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whoHasNoCurrentInstance_movesAsideAndComesBack() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Wrong^Anna"));
        int bert = arrived(people, Optional.of(BERT), named("Right^Bert"));
        people.count(0, -1);
        assertThat(apart(people)).containsExactly(List.of(bert));
        assertThat(different(people)).containsExactly(0, bert);
        people.count(0, 1);
        assertThat(apart(people)).containsExactly(List.of(0), List.of(bert));
    }

    @Test
    void recordsOfOneSurvivor_areOnePerson() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        arrived(people, Optional.of(BERT), named("Doe^Annie"));
        assertThat(people.apart(_ -> CARA)).containsExactly(List.of(0, 1));
    }

    @Test
    void describedAgain_isTheSameNumber() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        int gina = arrived(people, NOBODY, named("Green^Gina"));
        int bert = arrived(people, Optional.of(BERT), named("Doe^Bert"));
        assertThat(arrived(people, Optional.of(ANNA), named("Doe^Anna"))).isZero();
        assertThat(arrived(people, NOBODY, named("Green^Gina"))).isEqualTo(gina);
        assertThat(people.numberOf(NOBODY, AttributeSet.EMPTY)).isEmpty();
        assertThat(people.numberOf(Optional.of(ANNA), AttributeSet.EMPTY))
                .as("who says less has a number of its own")
                .isEmpty();
        assertThat(arrived(people, Optional.of(BERT), named("Doe^Bert"))).isEqualTo(bert);
        assertThat(people.all()).extracting(StudyPeople.Person::instances).containsExactly(2, 2, 2);
        assertThat(people.patient()).contains(ANNA);
    }

    @Test
    void peopleBeyondTheBound_areACrowdThatIsNobody() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        for (int i = 1; i < StudyPeople.MAX_DESCRIPTIONS; i++) {
            assertThat(arrived(people, NOBODY, named("Many^" + i))).isEqualTo(i);
        }
        int crowd = arrived(people, NOBODY, AttributeSet.EMPTY);
        assertThat(arrived(people, NOBODY, named("One^Toomany"))).isEqualTo(crowd);
        assertThat(arrived(people, Optional.of(ANNA), named("Other^Name"))).isZero();
        assertThat(arrived(people, Optional.of(BERT), named("Doe^Bert"))).isEqualTo(crowd + 1);
        assertThat(apart(people)).contains(List.of(crowd)).hasSize(StudyPeople.MAX_DESCRIPTIONS + 2);
        assertThat(people.all()).hasSize(StudyPeople.MAX_DESCRIPTIONS + 2);
    }
}
