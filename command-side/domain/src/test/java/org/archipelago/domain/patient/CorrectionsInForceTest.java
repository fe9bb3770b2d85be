package org.archipelago.domain.patient;

import static org.archipelago.domain.Samples.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientEvent.PatientCorrected;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientEvent.PatientUnmerged;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.junit.jupiter.api.Test;

class CorrectionsInForceTest {
    private static final Instant LATER = NOON.plusSeconds(60);
    private final Map<PatientRecordId, PatientHistory> histories = new HashMap<>();
    private final AttributeSet original = AttributeSet.of(Map.of(
            Tags.PATIENT_NAME, name("Doe^Anna"),
            Tags.PATIENT_ID, text(Vr.LO, "17"),
            Tags.PATIENT_SEX, text(Vr.CS, "F")));

    @Test
    void patientWithoutCorrections_changesNothing() {
        registered(ANNA, "17", original);
        assertThat(of(ANNA).isEmpty()).isTrue();
        assertThat(of(ANNA).over(original, "NORTH", "CT1").isEmpty()).isTrue();
        assertThat(of(CARA).isEmpty()).isTrue();
    }

    @Test
    void correction_standsInWhatLeavesWithThePreviousValues() {
        registered(ANNA, "17", original);
        corrected(ANNA, set(Tags.PATIENT_NAME, name("Smith^Anna")), LATER);
        AttributeSet over = of(ANNA).over(original, "NORTH", "CT1");
        assertThat(over.get(Tags.PATIENT_NAME)).contains(name("Smith^Anna"));
        assertThat(over.size()).isEqualTo(2);
        AttributeSet item = lastItem(over);
        assertThat(item.text(Tags.MODIFYING_SYSTEM)).contains("NORTH");
        assertThat(item.text(Tags.SOURCE_OF_PREVIOUS_VALUES)).contains("CT1");
        assertThat(item.text(Tags.REASON_FOR_THE_ATTRIBUTE_MODIFICATION)).contains("CORRECT");
        assertThat(item.text(Tags.ATTRIBUTE_MODIFICATION_DATE_TIME)).contains("20260301120100.000000+0000");
        assertThat(previous(item)).isEqualTo(set(Tags.PATIENT_NAME, name("Doe^Anna")));
        assertThat(of(ANNA).reasons()).containsExactly(new CorrectionsInForce.Reason(STEWARD, "reason", LATER));
    }

    @Test
    void objectThatAlreadyHasTheCorrectedValue_leavesUnchanged() {
        registered(ANNA, "17", original);
        corrected(ANNA, set(Tags.PATIENT_NAME, name("Doe^Anna")), LATER);
        assertThat(of(ANNA).isEmpty()).isFalse();
        assertThat(of(ANNA).over(original, "NORTH", "").isEmpty()).isTrue();
    }

    @Test
    void ownOriginalAttributes_arePreservedBeforeTheNewItem() {
        registered(ANNA, "17", original);
        corrected(ANNA, set(Tags.PATIENT_NAME, name("Smith^Anna")), LATER);
        Value earlier = new Value.Item(set(Tags.MODIFYING_SYSTEM, text(Vr.LO, "ELSEWHERE")));
        AttributeSet with = original.with(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, List.of(earlier)));
        List<Value> items = of(ANNA).over(with, "NORTH", "")
                .get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                .orElseThrow()
                .values();
        assertThat(items).hasSize(2).startsWith(earlier);
    }

    @Test
    void addedAttribute_hadNoValueBefore() {
        registered(ANNA, "17", original);
        corrected(ANNA, set(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19700101")), LATER);
        assertThat(previous(lastItem(of(ANNA).over(original, "NORTH", ""))))
                .isEqualTo(set(Tags.PATIENT_BIRTH_DATE, text(Vr.DA)));
    }

    @Test
    void emptyCorrection_emptiesTheAttribute() {
        registered(ANNA, "17", original);
        corrected(ANNA, set(Tags.PATIENT_SEX, text(Vr.CS)), LATER);
        assertThat(of(ANNA).over(original, "NORTH", "").get(Tags.PATIENT_SEX)).contains(text(Vr.CS));
    }

    @Test
    void laterCorrection_replacesTheEarlierOne() {
        registered(ANNA, "17", original);
        corrected(ANNA, set(Tags.PATIENT_NAME, name("A")), NOON);
        corrected(ANNA, set(Tags.PATIENT_NAME, name("B")), LATER);
        assertThat(of(ANNA).attributes()).isEqualTo(set(Tags.PATIENT_NAME, name("B")));
        assertThat(histories.get(ANNA).corrections()).hasSize(1);
    }

    @Test
    void mergedPatient_leavesAsTheSurvivor() {
        AttributeSet survivor = set(Tags.PATIENT_NAME, name("Smith^Anna"));
        registered(ANNA, "17", original);
        registered(BERT, "18", survivor);
        corrected(BERT, set(Tags.PATIENT_NAME, name("Smith^Annabel")), NOON);
        merged(ANNA, BERT);
        AttributeSet over = of(ANNA).over(original, "NORTH", "");
        assertThat(over.text(Tags.PATIENT_ID)).contains("18");
        assertThat(over.text(Tags.ISSUER_OF_PATIENT_ID)).contains("NORTH");
        assertThat(over.get(Tags.PATIENT_NAME)).contains(name("Smith^Annabel"));
        assertThat(previous(lastItem(over)).text(Tags.PATIENT_ID)).contains("17");
        assertThat(of(BERT).over(survivor.with(Tags.PATIENT_ID, text(Vr.LO, "18")), "NORTH", "")
                        .size())
                .isEqualTo(2);
    }

    /** The first object that anybody sent under its identifier may have been of a wrong worklist line, and superseded since. */
    @Test
    void mergedPatient_takesNothingThatTheSurvivorWasOnlyRegisteredWith() {
        registered(ANNA, "17", original);
        registered(
                BERT,
                "99",
                AttributeSet.of(Map.of(
                        Tags.PATIENT_NAME, name("Wrong^Person"),
                        Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19500101"),
                        Tags.PATIENT_SEX, text(Vr.CS, "M"))));
        merged(ANNA, BERT);
        assertThat(of(ANNA).over(original, "NORTH", "").attributes().keySet())
                .containsExactlyInAnyOrder(
                        Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.ORIGINAL_ATTRIBUTES_SEQUENCE);
    }

    @Test
    void mergedPatientOfAnotherAuthority_losesItsQualifiers() {
        Attribute qualifiers =
                new Attribute(Vr.SQ, List.of(new Value.Item(set(Tags.UNIVERSAL_ENTITY_ID, text(Vr.UT, "1.2.3")))));
        registered(ANNA, "17", original);
        registered(BERT, "18", AttributeSet.EMPTY);
        merged(ANNA, BERT);
        AttributeSet foreign = original.with(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, qualifiers);
        AttributeSet over = of(ANNA).over(foreign, "NORTH", "");
        assertThat(over.get(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE)).contains(new Attribute(Vr.SQ, List.of()));
        assertThat(previous(lastItem(over)).get(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE))
                .contains(qualifiers);
        assertThat(of(ANNA).over(original, "NORTH", "").contains(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE))
                .isFalse();
    }

    @Test
    void chainOfMerges_endsAtTheLastSurvivor() {
        registered(ANNA, "17", original);
        registered(BERT, "18", AttributeSet.EMPTY);
        registered(CARA, "19", AttributeSet.EMPTY);
        merged(ANNA, BERT);
        merged(BERT, CARA);
        assertThat(of(ANNA).attributes().text(Tags.PATIENT_ID)).contains("19");
        assertThat(of(ANNA).reasons()).hasSize(2);
    }

    @Test
    void cycleOfMerges_hasOneSurvivorFromWhereverItIsSeen() {
        registered(ANNA, "17", original);
        registered(BERT, "18", AttributeSet.EMPTY);
        registered(CARA, "19", AttributeSet.EMPTY);
        merged(ANNA, BERT);
        merged(BERT, CARA);
        merged(CARA, BERT);
        boolean bertSurvives = BERT.toString().compareTo(CARA.toString()) < 0;
        String survivor = bertSurvives ? "18" : "19";
        assertThat(of(ANNA).attributes().text(Tags.PATIENT_ID)).contains(survivor);
        assertThat(of(bertSurvives ? CARA : BERT).attributes().text(Tags.PATIENT_ID))
                .contains(survivor);
        assertThat(of(bertSurvives ? BERT : CARA).isEmpty()).isTrue();
    }

    @Test
    void unmerge_bringsBackTheOwnIdentity() {
        registered(ANNA, "17", original);
        registered(BERT, "18", AttributeSet.EMPTY);
        merged(ANNA, BERT);
        String before = of(ANNA).tag();
        fold(ANNA, new PatientUnmerged(ANNA, BERT, STEWARD, "two persons", LATER));
        assertThat(of(ANNA).isEmpty()).isTrue();
        assertThat(of(ANNA).tag()).isNotEqualTo(before);
    }

    @Test
    void erasedSurvivor_changesNothingAnyMore() {
        registered(ANNA, "17", original);
        registered(BERT, "18", AttributeSet.EMPTY);
        merged(ANNA, BERT);
        histories.computeIfPresent(BERT, (id, h) -> h.apply(new Erased(id.stream(), "PatientRegistered")));
        assertThat(of(ANNA).isEmpty()).isTrue();
    }

    private CorrectionsInForce of(PatientRecordId patient) {
        return CorrectionsInForce.of(patient, id -> histories.getOrDefault(id, PatientHistory.EMPTY));
    }

    private void registered(PatientRecordId patient, String id, AttributeSet attributes) {
        fold(patient, new PatientRegistered(patient, new PatientIdentifier(id, "NORTH"), attributes, NOON));
    }

    private void corrected(PatientRecordId patient, AttributeSet attributes, Instant at) {
        fold(patient, new PatientCorrected(patient, attributes, STEWARD, "reason", at));
    }

    private void merged(PatientRecordId patient, PatientRecordId survivor) {
        fold(patient, new PatientMerged(patient, survivor, STEWARD, "same person", LATER));
    }

    private void fold(PatientRecordId patient, PatientEvent event) {
        histories.put(
                patient, histories.getOrDefault(patient, PatientHistory.EMPTY).apply(event));
    }

    private static AttributeSet lastItem(AttributeSet over) {
        Attribute sequence = over.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE).orElseThrow();
        return ((Value.Item) sequence.values().getLast()).attributes();
    }

    private static AttributeSet previous(AttributeSet item) {
        Attribute modified = item.get(Tags.MODIFIED_ATTRIBUTES_SEQUENCE).orElseThrow();
        assertThat(modified.values()).hasSize(1);
        return ((Value.Item) modified.values().getFirst()).attributes();
    }
}
