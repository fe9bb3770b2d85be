package org.archipelago.query.search;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.CT1;
import static org.archipelago.query.testing.StudyStories.NOON;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.person;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.EventAttributes;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.VersionChange;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Studies under whose UID objects of two people came, identified or not: who looks for one of them is never shown the other. */
@ExtendWith(RunningElasticsearch.class)
class TwoPatientsTest {
    private static final int PATIENT_AGE = 0x00101010;
    private static final List<QueryLevel> CATALOGUE = List.of(QueryLevel.PATIENT, QueryLevel.STUDY, QueryLevel.SERIES);
    private static final MemoryLog LOG = new MemoryLog();
    private static final StudyStories STORIES = new StudyStories(LOG);
    private static SearchNode node;

    @BeforeAll
    static void start(RunningElasticsearch.Server elasticsearch, @TempDir Path folder) {
        node = new SearchNode(elasticsearch.uri(), LOG, folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static AttributeSet born(String id, String name, String birthDate) {
        return person(id, name).with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, birthDate));
    }

    private static PatientRecordId patient(String id, String name, String birthDate) {
        return STORIES.patient(id, SearchNode.ISSUER, born(id, name, birthDate));
    }

    /** One series of one object of the first patient and one of the second. */
    private static StudyCopyId study(String uid, String prefix) {
        StudyCopyId study = first(uid, prefix);
        PatientRecordId second = patient(prefix + "2", prefix + "Second^Patient", "19600202");
        STORIES.ofOther(
                study,
                1,
                second,
                uid + ".1",
                2,
                born(prefix + "2", prefix + "Second^Patient", "19600202").with(PATIENT_AGE, text(Vr.AS, "064Y")),
                1);
        return study;
    }

    private static StudyCopyId first(String uid, String prefix) {
        PatientRecordId first = patient(prefix + "1", prefix + "First^Patient", "19500101");
        return first(uid, first, born(prefix + "1", prefix + "First^Patient", "19500101"));
    }

    private static StudyCopyId first(String uid, PatientRecordId patient, AttributeSet person) {
        StudyCopyId study =
                STORIES.study(uid, Optional.of(patient), person.with(Tags.STUDY_DATE, text(Vr.DA, "20240101")));
        STORIES.series(study, uid + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        STORIES.instances(study, uid + ".1", 1, 1);
        return study;
    }

    private static PatientRecordId record(String id) {
        return STORIES.names.patient(new PatientIdentifier(id, SearchNode.ISSUER));
    }

    private static List<String> ids(QueryLevel level, MatchingKey... keys) {
        List<String> found = texts(node.find(level, keys));
        List<String> walked = new ArrayList<>();
        node.queries()
                .walk(
                        query(level, 0, 100, keys),
                        match -> walked.add(match.text(Tags.PATIENT_ID).orElse("")));
        assertThat(walked).as("walked as paged").isEqualTo(found);
        return found;
    }

    private static List<String> texts(QueryPage page) {
        return page.matches().stream()
                .map(match -> match.text(Tags.PATIENT_ID).orElse(""))
                .toList();
    }

    private static ArchiveQuery query(QueryLevel level, int offset, int limit, MatchingKey... keys) {
        return new ArchiveQuery(
                level, List.of(keys), SearchNode.ISSUER, false, Set.of(), true, offset, limit, new LocalPosition(-1));
    }

    private static MatchingKey named(String name) {
        return key(Tags.PATIENT_NAME, Vr.PN, name);
    }

    private static MatchingKey identified(String id) {
        return key(Tags.PATIENT_ID, Vr.LO, id);
    }

    @Test
    void everyLevel_showsThePersonWhoIsLookedFor() {
        study("1.1", "A");
        for (QueryLevel level : CATALOGUE) {
            for (MatchingKey key : List.of(
                    identified("A2"), named("asecond^patient"), key(Tags.PATIENT_BIRTH_DATE, Vr.DA, "19600101-"))) {
                List<AttributeSet> rows = node.find(level, named("A*"), key).matches();
                assertThat(rows).as("%s %s", level, key).hasSize(1);
                AttributeSet row = rows.getFirst();
                assertThat(row.text(Tags.PATIENT_ID)).contains("A2");
                assertThat(row.text(Tags.ISSUER_OF_PATIENT_ID)).contains(SearchNode.ISSUER);
                assertThat(row.get(Tags.PATIENT_NAME)).contains(name("ASecond^Patient"));
                assertThat(row.text(Tags.PATIENT_BIRTH_DATE)).contains("19600202");
            }
            assertThat(ids(level, identified("A1"))).containsExactly("A1");
        }
        assertThat(ids(QueryLevel.STUDY, key(Tags.MODALITY, Vr.CS, "CT"), identified("A2")))
                .containsExactly("A2");
    }

    @Test
    void nothingOfAnotherPatient_isShownBesideAName() {
        study("1.2", "B");
        AttributeSet first =
                node.find(QueryLevel.STUDY, identified("B1")).matches().getFirst();
        AttributeSet second =
                node.find(QueryLevel.STUDY, identified("B2")).matches().getFirst();
        assertThat(first.text(PATIENT_AGE)).isEmpty();
        assertThat(second.text(PATIENT_AGE)).contains("064Y");
        assertThat(second.text(Tags.STUDY_DATE)).contains("20240101");
    }

    @Test
    void keysThatBothMeet_giveARowForEachPatientAndTheStudyOnce() {
        study("1.3", "C");
        assertThat(ids(QueryLevel.PATIENT, named("C*^patient"))).containsExactlyInAnyOrder("C1", "C2");
        assertThat(ids(QueryLevel.STUDY, named("C*^patient"))).containsExactly("C1");
        assertThat(ids(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.3")))
                .containsExactly("C1");
    }

    @Test
    void objectThatMayBeOfEither_isNobodys() {
        StudyCopyId study = study("1.41", "PL");
        AttributeSet placeholder = set(Tags.PATIENT_ID, text(Vr.LO, "0"));
        STORIES.series(study, "1.41.3", set(Tags.MODALITY, text(Vr.CS, "CT")));
        STORIES.arrived(study, 2, Optional.empty(), "1.41.3", 3, placeholder);
        MatchingKey series = key(Tags.SERIES_INSTANCE_UID, Vr.UI, "1.41.3");
        AttributeSet row = node.find(QueryLevel.SERIES, series).matches().getFirst();
        assertThat(row.text(Tags.PATIENT_ID)).contains("0");
        assertThat(row.get(Tags.PATIENT_NAME).filter(EventAttributes::hasValue)).isEmpty();
        for (MatchingKey key : List.of(identified("PL1"), identified("PL2"), named("pl*"))) {
            assertThat(node.find(QueryLevel.SERIES, series, key).matches())
                    .as("%s", key)
                    .isEmpty();
        }
    }

    @Test
    void oneRecordDescribedAsTwoPeople_isARowOfEach() {
        StudyCopyId study = first("1.42", "OR");
        PatientRecordId record = record("OR1");
        STORIES.series(study, "1.42.2", set(Tags.MODALITY, text(Vr.CS, "CT")));
        STORIES.arrived(study, 1, Optional.of(record), "1.42.2", 2, born("OR1", "Jones^Orson", "19800101"));
        AttributeSet second = node.find(QueryLevel.SERIES, key(Tags.SERIES_INSTANCE_UID, Vr.UI, "1.42.2"))
                .matches()
                .getFirst();
        assertThat(second.get(Tags.PATIENT_NAME)).contains(name("Jones^Orson"));
        assertThat(second.text(Tags.PATIENT_BIRTH_DATE)).contains("19800101");
        assertThat(ids(QueryLevel.STUDY, named("jones^orson"))).containsExactly("OR1");
        assertThat(ids(QueryLevel.PATIENT, identified("OR1"))).containsExactly("OR1", "OR1");
        assertThat(node.find(QueryLevel.SERIES, named("jones^orson")).matches()).hasSize(1);
    }

    @Test
    void orderBeyondThoseOnRecord_isFoundByNoNumberOfAnothersOrder() {
        StudyCopyId study = first("1.43", "AC");
        for (int i = 0; i < AccessionIdentifier.MAX_OF_STUDY; i++) {
            STORIES.append(new StudyEvent.AttributesVaried(
                    study,
                    Optional.empty(),
                    0,
                    Set.of(),
                    AttributeSet.EMPTY,
                    NamedValues.OF_BASELINE,
                    Optional.of(new AccessionIdentifier("AC" + i, "HARBOR"))));
        }
        STORIES.append(new StudyEvent.AttributesVaried(
                study,
                Optional.empty(),
                0,
                Set.of(),
                set(Tags.ACCESSION_NUMBER, text(Vr.SH, "AC99")),
                new NamedValues(Map.of(Tags.ACCESSION_NUMBER, 1)),
                Optional.empty()));
        assertThat(ids(QueryLevel.STUDY, named("acfirst^patient"))).hasSize(1);
        assertThat(ids(QueryLevel.STUDY, named("acfirst^patient"), key(Tags.ACCESSION_NUMBER, Vr.SH, "AC99")))
                .isEmpty();
    }

    @Test
    void keysThatOnlyBothTogetherMeet_findNothing() {
        study("1.4", "D");
        STORIES.simple("1.4.9", "D9", SearchNode.ISSUER, "DSecond^Patient", "20230101", 1);
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, identified("D1"), named("dsecond^patient"))).isEmpty();
            assertThat(ids(level, identified("D1\\D9"), named("dsecond^patient")))
                    .containsExactly("D9");
            assertThat(texts(node.queries().find(query(level, 1, 10, identified("D1\\D9"), named("dsecond^patient")))))
                    .isEmpty();
        }
    }

    @Test
    void patientsWithOtherStudiesToo_areOneRowEachAndHideNobody() {
        study("1.5", "E");
        for (String own : List.of("E1", "E2")) {
            PatientRecordId record = record(own);
            String full = own.equals("E1") ? "EFirst^Patient" : "ESecond^Patient";
            StudyCopyId study = STORIES.study(
                    "1.5." + own.charAt(1),
                    Optional.of(record),
                    person(own, full).with(Tags.STUDY_DATE, text(Vr.DA, "20250101")));
            STORIES.series(study, "1.5." + own.charAt(1) + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
            STORIES.instances(study, "1.5." + own.charAt(1) + ".1", 1, 1);
            assertThat(ids(QueryLevel.PATIENT, named("E*"))).containsExactlyInAnyOrder("E1", "E2");
        }
        assertThat(node.find(QueryLevel.PATIENT, named("E*")).matches())
                .extracting(
                        row -> row.text(Tags.NUMBER_OF_PATIENT_RELATED_STUDIES).orElse(""))
                .containsExactly("2", "2");
        assertThat(texts(node.queries().find(query(QueryLevel.PATIENT, 1, 1, named("E*")))))
                .hasSize(1);
    }

    @Test
    void instancesOfAPatient_areOnlyItsOwn() {
        StudyCopyId shared = study("1.9", "Q");
        STORIES.instances(shared, "1.9.1", 3, 4);
        STORIES.simple("1.9.9", "Q2", SearchNode.ISSUER, "QSecond^Patient", "20230101", 2);
        assertThat(instances("Q1")).isEqualTo("5");
        assertThat(instances("Q2")).isEqualTo("3");
        STORIES.append(new PatientEvent.PatientMerged(record("Q2"), record("Q1"), CT1, "same", NOON));
        assertThat(instances("Q1")).isEqualTo("8");
    }

    @Test
    void instancesWithoutAnIdOfTheSamePerson_areCountedAsTheyLeave() {
        AttributeSet without = of(born("", "RSame^Person", "19500101"), "F");
        AttributeSet with = of(born("R1", "RSAME^PERSON", "19500101"), "F");
        identified(unidentified("2.8", without), "2.8", 2, "R1", with);
        assertThat(instances("R1")).isEqualTo("2");
    }

    private static String instances(String id) {
        List<AttributeSet> rows = node.find(QueryLevel.PATIENT, identified(id)).matches();
        assertThat(rows).hasSize(1);
        return rows.getFirst().text(Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES).orElse("");
    }

    @Test
    void correctionAndMerge_applyToTheSecondPatient() {
        study("1.6", "F");
        STORIES.append(new PatientEvent.PatientCorrected(
                record("F2"), set(Tags.PATIENT_NAME, name("FRight^Patient")), CT1, "typo", NOON));
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, named("fright^patient"))).containsExactly("F2");
            assertThat(ids(level, named("fsecond^patient"))).isEmpty();
        }
        PatientRecordId survivor = patient("F3", "FThird^Patient", "19700303");
        STORIES.append(new PatientEvent.PatientMerged(record("F2"), survivor, CT1, "same", NOON));
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, identified("F3"), named("fthird^patient"))).containsExactly("F3");
            assertThat(ids(level, identified("F2"))).isEmpty();
        }
    }

    @Test
    void correctedFirstPatient_leavesTheSameNameOfTheSecond() {
        PatientRecordId first = patient("G1", "GSame^Name", "19500101");
        StudyCopyId study = first("1.7", first, born("G1", "GSame^Name", "19500101"));
        PatientRecordId second = patient("G2", "GSame^Name", "19600202");
        STORIES.arrived(study, 1, Optional.of(second), "1.7.1", 2, born("G2", "GSame^Name", "19600202"));
        STORIES.append(new PatientEvent.PatientCorrected(
                first, set(Tags.PATIENT_NAME, name("GOther^Name")), CT1, "typo", NOON));
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, named("gsame^name"))).containsExactly("G2");
            assertThat(ids(level, named("gother^name"))).containsExactly("G1");
        }
    }

    @Test
    void patientsWhoTurnOutToBeOne_areOneRow() {
        study("1.8", "H");
        STORIES.append(new PatientEvent.PatientMerged(record("H2"), record("H1"), CT1, "same", NOON));
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, identified("H1"))).containsExactly("H1");
            assertThat(ids(level, identified("H2"))).isEmpty();
        }
        STORIES.append(new PatientEvent.PatientUnmerged(record("H2"), record("H1"), CT1, "not the same", NOON));
        assertThat(ids(QueryLevel.PATIENT, identified("H2"))).containsExactly("H2");
    }

    private static AttributeSet of(AttributeSet person, String sex) {
        return person.with(Tags.PATIENT_SEX, text(Vr.CS, sex));
    }

    /** An object whose patient nothing identifies. */
    private static void unidentified(StudyCopyId study, String uid, int number, AttributeSet person) {
        STORIES.arrived(study, number - 1, Optional.empty(), uid + ".1", number, person);
    }

    private static StudyCopyId unidentified(String uid, AttributeSet person) {
        StudyCopyId study = STORIES.study(uid, Optional.empty(), person);
        STORIES.series(study, uid + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        STORIES.instances(study, uid + ".1", 1, 1);
        return study;
    }

    /** The first object that names the patient of a study. */
    private static void identified(StudyCopyId study, String uid, int number, String id, AttributeSet person) {
        PatientRecordId patient = STORIES.patient(id, SearchNode.ISSUER, person);
        STORIES.arrived(study, number - 1, Optional.of(patient), uid + ".1", number, person);
    }

    private static void assertOnly(List<AttributeSet> rows, AttributeSet person) {
        assertThat(rows).hasSize(1);
        for (int tag : List.of(Tags.PATIENT_ID, Tags.PATIENT_NAME, Tags.PATIENT_BIRTH_DATE, Tags.PATIENT_SEX)) {
            assertThat(rows.getFirst().get(tag).filter(EventAttributes::hasValue))
                    .as(Tags.hex(tag))
                    .isEqualTo(person.get(tag).filter(EventAttributes::hasValue));
        }
    }

    private static void assertEachFound(String uid, AttributeSet shownOfStudy, AttributeSet... people) {
        for (QueryLevel level : CATALOGUE) {
            for (AttributeSet person : people) {
                String name = ((Value.Name) person.get(Tags.PATIENT_NAME)
                                .orElseThrow()
                                .values()
                                .getFirst())
                        .name()
                        .alphabetic();
                assertOnly(node.find(level, named(name)).matches(), person);
                String id = person.text(Tags.PATIENT_ID).orElse("");
                if (id.length() > 1) {
                    assertOnly(node.find(level, identified(id)).matches(), person);
                }
            }
            if (level != QueryLevel.PATIENT) {
                assertOnly(
                        node.find(level, key(Tags.STUDY_INSTANCE_UID, Vr.UI, uid))
                                .matches(),
                        shownOfStudy);
            }
        }
    }

    @Test
    void unidentifiedObjectBeforeAnothersWithId_isNeverShownUnderThatId() {
        AttributeSet jane = of(born("", "KDoe^Jane", "19500101"), "F");
        AttributeSet john = of(born("K12345", "KSmith^John", "19801231"), "M");
        StudyCopyId study = unidentified("2.1", jane);
        identified(study, "2.1", 2, "K12345", john);
        assertEachFound("2.1", john, jane, john);
        assertThat(ids(QueryLevel.PATIENT, named("K*"))).containsExactlyInAnyOrder("", "K12345");
    }

    @Test
    void unidentifiedObjectAfterAnothersWithId_isNeverShownUnderThatId() {
        AttributeSet bob = of(born("L67890", "LBlack^Bob", "19701231"), "M");
        AttributeSet wendy = of(born("0", "LWhite^Wendy", "19600101"), "F");
        StudyCopyId study = first("2.2", STORIES.patient("L67890", SearchNode.ISSUER, bob), bob);
        unidentified(study, "2.2", 2, wendy);
        assertEachFound("2.2", bob, bob, wendy);
    }

    @Test
    void unidentifiedPeopleOfOneStudy_areTwoRows() {
        AttributeSet gina = of(person("", "MGreen^Gina"), "F");
        AttributeSet bert = of(person("", "MBrown^Bert"), "M");
        StudyCopyId study = unidentified("2.3", gina);
        unidentified(study, "2.3", 2, bert);
        assertEachFound("2.3", gina, gina, bert);
        assertThat(node.find(QueryLevel.PATIENT, named("M*")).matches()).hasSize(2);
    }

    @Test
    void studyWithAnOpenConflict_isNamedBesideItsRows() {
        StudyCopyId study = study("1.10", "S");
        assertThat(node.find(QueryLevel.STUDY, identified("S1")).inConflict())
                .containsExactly(new StudyInstanceUid("1.10"));
        STORIES.append(new StudyEvent.ConflictResolved(
                study, new ConflictId(1), Optional.empty(), CT1, "both are right", NOON));
        assertThat(node.find(QueryLevel.STUDY, identified("S1")).inConflict()).isEmpty();
    }

    @Test
    void secondPatient_isFoundByWhatBothHave() {
        AttributeSet first = of(born("N1", "NTwin^Anna", "19900101"), "F");
        AttributeSet second = of(born("N2", "NTwin^Bertha", "19900101"), "F");
        StudyCopyId study = first("2.4", STORIES.patient("N1", SearchNode.ISSUER, first), first);
        STORIES.ofOther(study, 1, STORIES.patient("N2", SearchNode.ISSUER, second), "2.4.1", 2, second, 1);
        assertEachFound("2.4", first, first, second);
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, identified("N2"), key(Tags.PATIENT_BIRTH_DATE, Vr.DA, "19900101")))
                    .containsExactly("N2");
        }
    }

    /** The record's name came after an object that nothing identifies. */
    @Test
    void patientDescribedLater_isNotWhomNothingIdentifies() {
        AttributeSet nameless = set(Tags.PATIENT_ID, text(Vr.LO, "T123"));
        AttributeSet anna = of(born("", "TSmith^Anna", "19500101"), "F");
        AttributeSet bob = of(born("T123", "TJones^Bob", "19800101"), "M");
        PatientRecordId record = STORIES.patient("T123", SearchNode.ISSUER, nameless);
        StudyCopyId study = first("2.9", record, nameless);
        unidentified(study, "2.9", 2, anna);
        STORIES.arrived(study, 2, Optional.of(record), "2.9.1", 3, bob);
        assertEachFound("2.9", bob, anna, bob);
    }

    @Test
    void samePersonWithAndWithoutId_isOneRowWithTheId() {
        AttributeSet without = of(born("", "OSame^Person", "19500101"), "F");
        AttributeSet with = of(born("O1", "OSAME^PERSON", "19500101"), "F");
        identified(unidentified("2.5", without), "2.5", 2, "O1", with);
        StudyCopyId other = first("2.6", record("O1"), with.with(Tags.STUDY_DATE, text(Vr.DA, "20240101")));
        unidentified(other, "2.6", 2, without);
        for (MatchingKey key : List.of(identified("O1"), named("osame^person"))) {
            assertOnly(node.find(QueryLevel.PATIENT, key).matches(), with);
            assertThat(ids(QueryLevel.STUDY, key)).containsExactly("O1", "O1");
        }
    }

    /** A technologist chose the wrong patient and sends the object again. */
    @Test
    void patientWithoutACurrentObject_isNeitherShownNorFound() {
        AttributeSet wrong = of(born("PWRONG", "PWrong^Patient", "19500101"), "F");
        AttributeSet right = of(born("PRIGHT", "PRight^Patient", "19801231"), "M");
        StudyCopyId study = first("2.7", STORIES.patient("PWRONG", SearchNode.ISSUER, wrong), wrong);
        StoredInstance before = StudyStories.instance("2.7.1", 1);
        PatientRecordId corrected = STORIES.patient("PRIGHT", SearchNode.ISSUER, right);
        STORIES.describes(study, 1, Optional.of(corrected), right);
        StoredInstance after = StudyStories.instance("2.7.1", 1, 1);
        STORIES.append(new StudyEvent.VersionSuperseded(
                study, after, before.object().version(), before.standing(), CT1, NOON));
        assertEachFound("2.7", right, right);
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, identified("PWRONG"))).isEmpty();
            assertThat(ids(level, named("pwrong*"))).isEmpty();
        }
        STORIES.append(new StudyEvent.ConflictResolved(
                study,
                new ConflictId(1),
                Optional.of(before.object().version()),
                Optional.of(new VersionChange(after.standing(), before.standing())),
                CT1,
                "seen",
                NOON));
        assertEachFound("2.7", wrong, wrong);
        assertThat(ids(QueryLevel.PATIENT, named("pright*"))).isEmpty();
    }

    /** One Study UID, a series of each: neither's is ever the other's, nor what was said of the study with it. */
    @Test
    void eachSeries_isItsOwnPatients() {
        AttributeSet anna = of(born("Z1", "ZAnna^First", "19500101"), "F")
                .with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Z MAMMOGRAPHY"))
                .with(Tags.ACCESSION_NUMBER, text(Vr.SH, "ZA1"));
        AttributeSet bert = of(born("Z2", "ZBert^Second", "19801231"), "M");
        StudyCopyId study = STORIES.study("3.1", Optional.of(STORIES.patient("Z1", SearchNode.ISSUER, anna)), anna);
        STORIES.series(study, "3.1.1", set(Tags.SERIES_DESCRIPTION, text(Vr.LO, "Z LEFT BREAST")));
        STORIES.instances(study, "3.1.1", 1, 1);
        STORIES.describes(study, 1, Optional.of(STORIES.patient("Z2", SearchNode.ISSUER, bert)), bert);
        STORIES.series(study, "3.1.2", set(Tags.SERIES_DESCRIPTION, text(Vr.LO, "Z KNEE")));
        STORIES.append(new StudyEvent.AttributesVaried(
                study,
                Optional.empty(),
                1,
                Set.of(),
                set(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Z ORTHOPAEDICS")),
                new NamedValues(Map.of(Tags.STUDY_DESCRIPTION, 1)),
                Optional.empty()));
        NamedValues says =
                new NamedValues(Map.of(Tags.STUDY_DESCRIPTION, 1, Tags.ACCESSION_NUMBER, NamedValues.ABSENT));
        STORIES.append(new StudyEvent.InstancesStored(
                study, List.of(StudyStories.saying(StudyStories.instance("3.1.2", 1, 1), says)), CT1, NOON));
        assertThat(rows(key(Tags.STUDY_INSTANCE_UID, Vr.UI, "3.1")))
                .containsExactlyInAnyOrder("Z1 Z LEFT BREAST Z MAMMOGRAPHY ZA1", "Z2 Z KNEE Z ORTHOPAEDICS ");
        assertThat(rows(identified("Z1"))).containsExactly("Z1 Z LEFT BREAST Z MAMMOGRAPHY ZA1");
        assertThat(rows(identified("Z2"))).containsExactly("Z2 Z KNEE Z ORTHOPAEDICS ");
        assertThat(rows(key(Tags.STUDY_DESCRIPTION, Vr.LO, "Z MAMMOGRAPHY")))
                .containsExactly("Z1 Z LEFT BREAST Z MAMMOGRAPHY ZA1");
        assertThat(rows(key(Tags.ACCESSION_NUMBER, Vr.SH, "ZA1")))
                .containsExactly("Z1 Z LEFT BREAST Z MAMMOGRAPHY ZA1");
        for (String number : List.of("ZA1", "ZA*", "ZA1\\ZA2")) {
            assertThat(ids(QueryLevel.STUDY, key(Tags.ACCESSION_NUMBER, Vr.SH, number)))
                    .containsExactly("Z1");
        }
        assertThat(ids(QueryLevel.STUDY, key(Tags.ACCESSION_NUMBER, Vr.SH, "ZA1"), identified("Z2")))
                .isEmpty();
        for (MatchingKey ofBert : List.of(
                identified("Z2"),
                key(Tags.STUDY_DESCRIPTION, Vr.LO, "Z ORTHOPAEDICS"),
                key(Tags.SERIES_DESCRIPTION, Vr.LO, "Z KNEE"))) {
            AttributeSet row = node.find(QueryLevel.STUDY, ofBert).matches().getFirst();
            assertThat(row.text(Tags.PATIENT_ID)).contains("Z2");
            assertThat(row.text(Tags.STUDY_DESCRIPTION)).contains("Z ORTHOPAEDICS");
            assertThat(row.text(Tags.ACCESSION_NUMBER).orElse("")).isEmpty();
        }
        assertThat(node.find(QueryLevel.STUDY, identified("Z2"), key(Tags.STUDY_DESCRIPTION, Vr.LO, "Z MAMMOGRAPHY"))
                        .matches())
                .isEmpty();
    }

    @Test
    void order_findsThePatientWhoseItIsInItsOwnDomain() {
        StudyCopyId study = study("3.2", "Y");
        ordered(study, 0, "YA1", SearchNode.ISSUER, 1);
        ordered(study, 1, "YB1", SearchNode.ISSUER, 2);
        ordered(study, 1, "YC1", "HARBOR", 3);
        for (QueryLevel level : CATALOGUE) {
            assertThat(ids(level, key(Tags.ACCESSION_NUMBER, Vr.SH, "YA1"))).containsExactly("Y1");
            assertThat(ids(level, key(Tags.ACCESSION_NUMBER, Vr.SH, "YB*"))).containsExactly("Y2");
            assertThat(ids(level, key(Tags.ACCESSION_NUMBER, Vr.SH, "YC1"))).isEmpty();
            assertThat(ids(level, key(Tags.ACCESSION_NUMBER, Vr.SH, "YA1"), identified("Y2")))
                    .isEmpty();
        }
    }

    /** A further object of one of two people, which belongs to this order. */
    private static void ordered(StudyCopyId study, int person, String number, String issuer, int place) {
        NamedValues says = new NamedValues(Map.of(Tags.ACCESSION_NUMBER, place));
        STORIES.append(new StudyEvent.AttributesVaried(
                study,
                Optional.empty(),
                person,
                Set.of(),
                set(Tags.ACCESSION_NUMBER, text(Vr.SH, number)),
                says,
                Optional.of(new AccessionIdentifier(number, issuer))));
        StoredInstance instance = StudyStories.instance("3.2.1", 10 + place, person);
        STORIES.append(new StudyEvent.InstancesStored(study, List.of(StudyStories.saying(instance, says)), CT1, NOON));
    }

    /** No correction lies over it when it leaves, so who looks for what it says must find it. */
    @Test
    void objectWithoutAnIdOfACorrectedPatient_isFoundByWhatItSaysAsWell() {
        AttributeSet jane = of(born("V1", "VDoe^Jane", "19500101"), "F");
        PatientRecordId record = STORIES.patient("V1", SearchNode.ISSUER, jane);
        StudyCopyId study = first("3.3", record, jane);
        STORIES.series(study, "3.3.2", set(Tags.MODALITY, text(Vr.CS, "CT")));
        AttributeSet without = of(born("UNKNOWN", "VDOE^JANE", "19500101"), "F");
        STORIES.arrived(study, 1, Optional.empty(), "3.3.2", 2, without);
        STORIES.append(new PatientEvent.PatientCorrected(
                record, set(Tags.PATIENT_NAME, name("VSmith^Jane")), CT1, "married", NOON));
        assertThat(seriesFound(named("vdoe^jane"))).contains("3.3.2");
        assertThat(seriesFound(named("vsmith^jane"))).containsExactlyInAnyOrder("3.3.1", "3.3.2");
        assertThat(seriesFound(identified("V1"), named("vdoe^jane"))).contains("3.3.2");
        assertThat(seriesFound(identified("UNKNOWN"))).isEmpty();
        assertThat(ids(QueryLevel.STUDY, named("vdoe^jane"))).containsExactly("V1");

        PatientRecordId survivor = patient("V2", "VRoe^Jane", "19500102");
        STORIES.append(new PatientEvent.PatientMerged(record, survivor, CT1, "same", NOON));
        assertThat(seriesFound(key(Tags.PATIENT_BIRTH_DATE, Vr.DA, "19500101"), named("vdoe^jane")))
                .contains("3.3.2");
        assertThat(seriesFound(identified("V2"))).containsExactlyInAnyOrder("3.3.1", "3.3.2");
        assertThat(seriesFound(identified("V1"))).isEmpty();
    }

    private static List<String> seriesFound(MatchingKey... keys) {
        return node.find(QueryLevel.SERIES, keys).matches().stream()
                .map(row -> row.text(Tags.SERIES_INSTANCE_UID).orElse(""))
                .toList();
    }

    /** Of series: whose, what it is called, and what is said of its study. */
    private static List<String> rows(MatchingKey key) {
        return node.find(QueryLevel.SERIES, key).matches().stream()
                .map(row -> Stream.of(
                                Tags.PATIENT_ID, Tags.SERIES_DESCRIPTION, Tags.STUDY_DESCRIPTION, Tags.ACCESSION_NUMBER)
                        .map(tag -> row.text(tag).orElse(""))
                        .collect(Collectors.joining(" ")))
                .toList();
    }
}
