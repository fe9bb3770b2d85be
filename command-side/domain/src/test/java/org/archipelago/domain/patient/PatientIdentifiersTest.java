package org.archipelago.domain.patient;

import static org.archipelago.domain.Samples.set;
import static org.archipelago.domain.Samples.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatientIdentifiersTest {
    private static final Optional<String> NO_AE_ISSUER = Optional.empty();
    private final PatientIdentifiers identifiers =
            new PatientIdentifiers("NORTH", PatientIdentifiers.DEFAULT_PLACEHOLDERS);
    private final AttributeSet id = set(Tags.PATIENT_ID, text(Vr.LO, " 17 "));
    private final AttributeSet universal = AttributeSet.of(
            Map.of(Tags.UNIVERSAL_ENTITY_ID, text(Vr.UT, "1.2.3"), Tags.UNIVERSAL_ENTITY_ID_TYPE, text(Vr.CS, "ISO")));

    @Test
    void ownIssuer_winsOverConfiguredOnes() {
        AttributeSet named = id.with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "HARBOR "));
        assertThat(identifiers.patient(named, Optional.of("CLINIC"))).contains(new PatientIdentifier("17", "HARBOR"));
    }

    @Test
    void universalIssuer_isTakenWhereNoneIsNamed() {
        AttributeSet qualified = id.with(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, item(universal));
        assertThat(identifiers.patient(qualified, Optional.of("CLINIC")))
                .contains(new PatientIdentifier("17", "&1.2.3&ISO"));
    }

    @Test
    void blankIssuer_isNone() {
        AttributeSet blank = id.with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "  "));
        assertThat(identifiers.patient(blank, Optional.of("CLINIC"))).contains(new PatientIdentifier("17", "CLINIC"));
    }

    @Test
    void withoutAnyOther_theSiteIsTheIssuer() {
        assertThat(identifiers.patient(id, NO_AE_ISSUER)).contains(new PatientIdentifier("17", "NORTH"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "0", "0000000", "unknown", "UNKNOWN ", "Anonymous", "---", ".", "?????", "n/a"})
    void placeholder_neverIdentifies(String placeholder) {
        assertThat(identifiers.patient(set(Tags.PATIENT_ID, text(Vr.LO, placeholder)), NO_AE_ISSUER))
                .isEmpty();
        assertThat(identifiers.accession(set(Tags.ACCESSION_NUMBER, text(Vr.SH, placeholder)), NO_AE_ISSUER))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10", "007", "A", "1", "-1-", "Unknown1", "UNKNOWN 2"})
    void properIdentifier_identifies(String proper) {
        assertThat(identifiers.patient(set(Tags.PATIENT_ID, text(Vr.LO, proper)), NO_AE_ISSUER))
                .contains(new PatientIdentifier(proper, "NORTH"));
    }

    @Test
    void missingIdentifier_isNobody() {
        assertThat(identifiers.patient(AttributeSet.EMPTY, NO_AE_ISSUER)).isEmpty();
    }

    @Test
    void configuredPlaceholder_neverIdentifies() {
        PatientIdentifiers own = new PatientIdentifiers("NORTH", List.of("Test^Phantom"));
        assertThat(own.patient("TEST^PHANTOM", Optional.empty(), NO_AE_ISSUER)).isEmpty();
        assertThat(own.patient("UNKNOWN", Optional.empty(), NO_AE_ISSUER)).isPresent();
    }

    @Test
    void controlCharacters_neverIdentify() {
        assertThat(identifiers.patient("1\u00007", Optional.empty(), NO_AE_ISSUER))
                .isEmpty();
        assertThat(identifiers.patient("17", Optional.of("A\u0000B"), NO_AE_ISSUER))
                .isEmpty();
    }

    @Test
    void severalValues_neverIdentify() {
        AttributeSet several = set(Tags.PATIENT_ID, texts(Vr.LO, "CLINIC", "1001"));
        assertThat(identifiers.patient(several, NO_AE_ISSUER)).isEmpty();
        assertThat(identifiers.patient(
                        id.with(Tags.ISSUER_OF_PATIENT_ID, texts(Vr.LO, "CLINIC", "A")), Optional.of("CLINIC")))
                .isEmpty();
        assertThat(identifiers.accession(set(Tags.ACCESSION_NUMBER, texts(Vr.SH, "A", "1")), NO_AE_ISSUER))
                .isEmpty();
    }

    @Test
    void severalOrDamagedUniversalIssuers_neverIdentify() {
        AttributeSet ofTwo = universal.with(Tags.UNIVERSAL_ENTITY_ID, texts(Vr.UT, "1.2.3", "1.2.4"));
        AttributeSet damaged = universal.with(Tags.UNIVERSAL_ENTITY_ID_TYPE, text(Vr.CS, "\uFFFD"));
        AttributeSet order = set(Tags.ACCESSION_NUMBER, text(Vr.SH, "A1"));
        for (Attribute issuer : List.of(item(universal, universal), item(ofTwo), item(damaged))) {
            assertThat(identifiers.patient(
                            id.with(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, issuer), Optional.of("CLINIC")))
                    .isEmpty();
            assertThat(identifiers.accession(
                            order.with(Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE, issuer), NO_AE_ISSUER))
                    .isEmpty();
        }
    }

    @Test
    void undecodableCharacters_neverIdentify() {
        assertThat(identifiers.patient(set(Tags.PATIENT_ID, text(Vr.LO, "\uFFFD1234")), NO_AE_ISSUER))
                .isEmpty();
        assertThat(identifiers.patient(id.with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "\uFFFD")), NO_AE_ISSUER))
                .isEmpty();
        assertThat(identifiers.accession(set(Tags.ACCESSION_NUMBER, text(Vr.SH, "A\uFFFD")), NO_AE_ISSUER))
                .isEmpty();
    }

    @Test
    void saidOfNobody_isAPlaceholderButNothingDamaged() {
        assertThat(PatientIdentifiers.said(set(Tags.PATIENT_ID, text(Vr.LO, "UNKNOWN"))))
                .contains(new PatientIdentifier("UNKNOWN", ""));
        assertThat(PatientIdentifiers.said(set(Tags.PATIENT_ID, texts(Vr.LO, "CLINIC", "1001"))))
                .isEmpty();
        assertThat(PatientIdentifiers.said(id.with(Tags.ISSUER_OF_PATIENT_ID, texts(Vr.LO, "NORTH", "A"))))
                .isEmpty();
        assertThat(PatientIdentifiers.said(set(Tags.PATIENT_ID, text(Vr.LO, "\uFFFD1234"))))
                .isEmpty();
    }

    @Test
    void accessionNumber_hasAnIssuerOfItsOwn() {
        AttributeSet number = set(Tags.ACCESSION_NUMBER, text(Vr.SH, "A1"));
        AttributeSet local = AttributeSet.of(Map.of(Tags.LOCAL_NAMESPACE_ENTITY_ID, text(Vr.UT, "RIS")));
        int issuers = Tags.ISSUER_OF_ACCESSION_NUMBER_SEQUENCE;
        assertThat(identifiers.accession(number, NO_AE_ISSUER)).contains(new AccessionIdentifier("A1", "NORTH"));
        assertThat(identifiers.accession(number.with(issuers, item(local)), Optional.of("CLINIC")))
                .contains(new AccessionIdentifier("A1", "RIS"));
        assertThat(identifiers.accession(number.with(issuers, item(universal)), NO_AE_ISSUER))
                .contains(new AccessionIdentifier("A1", "&1.2.3&ISO"));
    }

    private static Attribute item(AttributeSet... items) {
        return new Attribute(Vr.SQ, Stream.of(items).<Value>map(Value.Item::new).toList());
    }

    private static Attribute texts(Vr vr, String... texts) {
        return new Attribute(vr, Stream.of(texts).<Value>map(Value.Text::new).toList());
    }
}
