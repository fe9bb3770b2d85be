package org.archipelago.domain.patient;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.InstancePatient;
import org.junit.jupiter.api.Test;

class StudyPeopleTest {
    private static AttributeSet named(String name) {
        return set(Tags.PATIENT_NAME, name(name));
    }

    private static AttributeSet born(String name, String date) {
        return named(name).with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, date));
    }

    private static StudyPeople startedBy(Optional<PatientRecordId> patient, AttributeSet first) {
        StudyPeople people = new StudyPeople(patient, first);
        people.count(people.placeOf(InstancePatient.OF_STUDY), 1);
        return people;
    }

    private static void arrived(StudyPeople people, InstancePatient patient) {
        people.count(people.placeOf(patient), 1);
    }

    private static List<List<Integer>> apart(StudyPeople people) {
        return people.apart(UnaryOperator.identity());
    }

    @Test
    void identifiedPatient_isWhoeverTheFirstObjectDoesNotContradict() {
        StudyPeople people = startedBy(Optional.empty(), named("Doe^Anna"));
        int anna = people.identified(ANNA, born("DOE^ANNA", "19500101"));
        people.count(anna, 1);
        assertThat(apart(people)).containsExactly(List.of(anna, 0));
        StudyPeople others = startedBy(Optional.empty(), named("Roe^Jane"));
        others.count(others.identified(ANNA, named("Doe^Anna")), 1);
        assertThat(apart(others)).containsExactly(List.of(1), List.of(0));
    }

    @Test
    void whoSaysLittle_joinsOneOfSeveralOnly() {
        StudyPeople people = startedBy(Optional.empty(), AttributeSet.EMPTY);
        arrived(people, InstancePatient.unidentified(named("Brown^Bert")));
        arrived(people, InstancePatient.unidentified(named("Green^Gina")));
        assertThat(apart(people)).containsExactly(List.of(0, 1), List.of(2));
        assertThat(people.unidentifiedApart()).isEqualTo(1);
    }

    @Test
    void whoHasNoCurrentInstance_movesAsideAndComesBack() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Wrong^Anna"));
        int bert = people.placeOf(InstancePatient.other(BERT, named("Right^Bert")));
        people.count(bert, 1);
        people.count(0, -1);
        assertThat(apart(people)).containsExactly(List.of(bert));
        people.count(0, 1);
        assertThat(apart(people)).containsExactly(List.of(0), List.of(bert));
    }

    @Test
    void recordsOfOneSurvivor_areOnePerson() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        arrived(people, InstancePatient.other(BERT, named("Doe^Annie")));
        assertThat(people.apart(_ -> CARA)).containsExactly(List.of(0, 1));
    }

    @Test
    void people_areNamedSoThatTheirPlacesAreFoundAgain() {
        for (Optional<PatientRecordId> first : List.of(Optional.<PatientRecordId>empty(), Optional.of(ANNA))) {
            StudyPeople people = startedBy(first, named("Doe^Anna"));
            arrived(people, InstancePatient.unidentified(named("Green^Gina")));
            people.identified(BERT, named("Doe^Bert"));
            for (int i = 0; i < StudyPeople.MAX_UNIDENTIFIED + 2; i++) {
                arrived(people, InstancePatient.unidentified(named("Many^" + i)));
            }
            for (int place = 0; place < people.all().size(); place++) {
                assertThat(people.placeOf(people.said(place))).isEqualTo(place);
            }
        }
    }

    @Test
    void peopleBeyondTheBound_areACrowdThatIsNobody() {
        StudyPeople people = startedBy(Optional.of(ANNA), named("Doe^Anna"));
        for (int i = 0; i < StudyPeople.MAX_UNIDENTIFIED; i++) {
            arrived(people, InstancePatient.unidentified(named("Many^" + i)));
        }
        int crowd = people.placeOf(InstancePatient.unidentified(AttributeSet.EMPTY));
        assertThat(people.placeOf(InstancePatient.unidentified(named("One^Toomany"))))
                .isEqualTo(crowd);
        people.count(crowd, 2);
        assertThat(apart(people)).hasSize(StudyPeople.MAX_UNIDENTIFIED + 2).endsWith(List.of(crowd));
        assertThat(people.all()).hasSize(StudyPeople.MAX_UNIDENTIFIED + 2);
    }
}
