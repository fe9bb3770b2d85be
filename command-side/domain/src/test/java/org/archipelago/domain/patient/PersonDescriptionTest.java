package org.archipelago.domain.patient;

import static org.archipelago.domain.Samples.set;
import static org.archipelago.domain.Samples.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;

class PersonDescriptionTest {
    private static final PersonDescription SILENT = PersonDescription.of(AttributeSet.EMPTY);

    private static PersonDescription named(String alphabetic, String ideographic) {
        PersonName name = new PersonName(alphabetic, ideographic, "");
        return PersonDescription.of(set(Tags.PATIENT_NAME, new Attribute(Vr.PN, List.of(new Value.Name(name)))));
    }

    private static PersonDescription born(String date) {
        return PersonDescription.of(set(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, date)));
    }

    private static PersonDescription sex(String sex) {
        return PersonDescription.of(set(Tags.PATIENT_SEX, text(Vr.CS, sex)));
    }

    private static void assertMayBeOne(PersonDescription one, PersonDescription other) {
        assertThat(one.contradicts(other)).isFalse();
        assertThat(other.contradicts(one)).isFalse();
    }

    private static void assertTwo(PersonDescription one, PersonDescription other) {
        assertThat(one.contradicts(other)).isTrue();
        assertThat(other.contradicts(one)).isTrue();
    }

    @Test
    void nameWrittenAnotherWay_mayBeOnePerson() {
        assertMayBeOne(named("DOE^JANE", ""), named("Doe^Jane^^", ""));
        assertMayBeOne(named("Müller^Jörg", ""), named("MUELLER^JOERG", ""));
        assertMayBeOne(named("Doe, Jane", ""), named("DOE^JANE", ""));
        assertMayBeOne(named("Yamada^Tarou", "山田^太郎"), named("YAMADA^TAROU", ""));
    }

    @Test
    void anotherNameBirthDateOrSex_isAnotherPerson() {
        assertTwo(named("Doe^Jane", ""), named("Doe^John", ""));
        assertTwo(named("Yamada^Tarou", "山田^太郎"), named("Yamada^Tarou", "山田^太朗"));
        assertTwo(born("19500101"), born("19801231"));
        assertTwo(sex("M"), sex("F"));
    }

    @Test
    void whoSaysLess_mayBeAnybody() {
        for (PersonDescription said : List.of(named("Doe^Jane", ""), born("19500101"), sex("F"))) {
            assertMayBeOne(said, SILENT);
        }
        assertMayBeOne(named("Doe^Jane", ""), born("19500101"));
        assertMayBeOne(sex("O"), sex("F"));
        assertMayBeOne(born("1950.01.01"), born("19500101"));
        assertMayBeOne(named("UNKNOWN^UNKNOWN", ""), named("Doe^Jane", ""));
        assertThat(named("Anonymous", "").agrees(named("ANONYMOUS", ""))).isFalse();
    }

    @Test
    void anotherName_isNoOtherPersonWhereIdentifierBirthDateAndSexAgree() {
        PersonDescription doe = whole("Doe^Jane", "19500101", "F");
        assertThat(doe.isOfAnother(whole("Roe^Jane", "1950.01.01", "F"))).isFalse();
        assertThat(doe.isOfAnother(whole("Roe^Jane", "19500101", "O"))).isTrue();
        assertThat(doe.isOfAnother(whole("Roe^Jane", "19501231", "F"))).isTrue();
        assertThat(doe.isOfAnother(whole("Doe^Jane", "19500101", "M"))).isTrue();
        assertThat(doe.isOfAnother(SILENT)).isFalse();
    }

    private static void assertOne(String name, String other) {
        assertThat(girl(name).isOfAnother(girl(other))).as(name + " " + other).isFalse();
        assertThat(girl(other).isOfAnother(girl(name))).as(other + " " + name).isFalse();
    }

    private static void assertTwins(String name, String other) {
        assertThat(girl(name).isOfAnother(girl(other))).as(name + " " + other).isTrue();
        assertThat(girl(other).isOfAnother(girl(name))).as(other + " " + name).isTrue();
    }

    private static PersonDescription girl(String name) {
        return whole(name, "20200101", "F");
    }

    @Test
    void anotherGivenName_isAnotherPersonAlthoughIdentifierBirthDateAndSexAgree() {
        assertTwins("DOE^ANNA", "DOE^BERTHA");
        assertTwins("DOE^ANNA MARIA", "DOE^BERTHA LOUISE");
        assertTwins("DOE^ANNA^MARIA", "DOE^BERTHA^MARIA");
        assertTwins("DOE^A", "DOE^BERTHA");
        assertTwins("DOE^ANNA M", "DOE^MIA");
        assertTwins("KIM^MIN", "MIN^JUN");
    }

    @Test
    void givenNameWrittenAnotherWay_isNoOtherPerson() {
        assertOne("DOE^ANNA", "ROE^ANNA");
        assertOne("DOE^A", "ROE^ANNA");
        assertOne("DOE^A.M.", "ROE^ANNA MARIA");
        assertOne("DOE^ANNA MARIA", "ROE^MARIA");
        assertOne("DOE^ANNA-MARIA", "ROE^MARIA");
        assertOne("DOE^ANNA-MARIA", "ROE^ANNAMARIA");
        assertOne("DOE^ANNA^MARIA", "ROE^MARIA");
        assertOne("Doe^Zoë", "ROE^ZOE");
        assertOne("Doe^Jörun", "ROE^JOERUN");
        assertOne("DOE^Ö", "ROE^ÖZGE");
        assertOne("DOE^ANNA", "ANNA^DOE");
    }

    @Test
    void whoHasNoGivenNameYet_isNoOtherPerson() {
        assertOne("DOE^BABY GIRL", "DOE^ANNA");
        assertOne("DOE^BABY", "DOE^ANNA");
        assertOne("DOE^UNKNOWN", "DOE^ANNA");
        assertOne("DOE", "ROE^ANNA");
        assertOne("DOE ANNA", "DOE^BERTHA");
        assertOne("UNKNOWN^UNKNOWN", "ROE^ANNA");
        assertTwins("DOE^NA YOUNG", "DOE^ANNA");
    }

    @Test
    void otherComponentGroups_decideNothingOfGivenNamesButThatTheyAgree() {
        PersonDescription tarou = whole(named("Yamada^Tarou", "山田^太郎"), "20200101", "M");
        assertThat(tarou.isOfAnother(whole(named("YAMADA^TARO", "山田^太郎"), "20200101", "M")))
                .isFalse();
        assertThat(tarou.isOfAnother(whole(named("YAMADA^JIROU", "山田^二郎"), "20200101", "M")))
                .isTrue();
        assertThat(tarou.isOfAnother(whole(named("YAMADA^TAROU", "山田^太朗"), "20200101", "M")))
                .isFalse();
    }

    @Test
    void ideographicGivenNames_tellWhereNotBothHaveAnAlphabeticOne() {
        PersonDescription haruka = whole(named("", "山田^春香"), "20200101", "F");
        PersonDescription natsumi = whole(named("", "山田^夏美"), "20200101", "F");
        assertThat(haruka.isOfAnother(natsumi)).isTrue();
        assertThat(natsumi.isOfAnother(haruka)).isTrue();
        assertThat(natsumi.isOfAnother(whole(named("YAMADA^HARUKA", "山田^春香"), "20200101", "F")))
                .isTrue();
        assertThat(haruka.isOfAnother(whole(named("", "佐藤^春香"), "20200101", "F")))
                .isFalse();
    }

    @Test
    void givenNamesInTwoScripts_tellNothing() {
        assertOne("ИВАНОВА^АННА", "IVANOVA^ANNA");
        assertTwins("ИВАНОВА^АННА", "ИВАНОВА^МАРИЯ");
    }

    @Test
    void birthDateThatStandsForNotKnowingIt_isNone() {
        for (String none : List.of(
                "19000101", "1900.01.01", "00010101", "00000000", "11111111", "99991231", "20210230", "19991301")) {
            assertMayBeOne(born(none), born("19500101"));
            assertThat(whole("Smith^John", none, "M").isOfAnother(whole("Jones^Bob", none, "M")))
                    .as(none)
                    .isTrue();
            assertThat(whole("Smith^John", none, "M").isOfAnother(whole("Jones^John", none, "M")))
                    .as(none + " does not agree")
                    .isTrue();
        }
        assertTwo(born("20200229"), born("19500101"));
        assertTwo(born("1950"), born("1980"));
    }

    private static PersonDescription whole(PersonDescription named, String birthDate, String sex) {
        return new PersonDescription(
                named.attributes().with(born(birthDate).attributes()).with(sex(sex).attributes()));
    }

    private static PersonDescription whole(String name, String birthDate, String sex) {
        return whole(named(name, ""), birthDate, sex);
    }
}
