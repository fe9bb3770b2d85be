package org.archipelago.query.search;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.person;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.Availability;
import org.archipelago.query.HolderAttributes;
import org.archipelago.query.HolderAttributes.Holder;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.testing.MemoryLog;
import org.archipelago.query.testing.RunningElasticsearch;
import org.archipelago.query.testing.SearchNode;
import org.archipelago.query.testing.StudyStories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** This site's domain of Patient IDs is NORTH; what others hold is searched, too. */
@ExtendWith(RunningElasticsearch.class)
class NetworkQueriesTest {
    private static final MemoryLog log = new MemoryLog();
    private static final StudyStories own = new StudyStories(log);
    private static final StudyStories foreign = new StudyStories(log, MemoryLog.OTHER_SITE);
    private static SearchNode node;

    @TempDir
    static Path folder;

    @BeforeAll
    static void start(RunningElasticsearch.Server elasticsearch) {
        node = new SearchNode(elasticsearch.uri(), log, folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static List<AttributeSet> found(QueryLevel level, MatchingKey... keys) {
        List<AttributeSet> paged = node.findInNetwork(level, keys).matches();
        List<AttributeSet> walked = new ArrayList<>();
        node.network()
                .walk(
                        new ArchiveQuery(
                                level,
                                List.of(keys),
                                SearchNode.ISSUER,
                                false,
                                Set.of(),
                                true,
                                0,
                                1,
                                new LocalPosition(-1)),
                        match -> walked.add(match));
        assertThat(walked).containsExactlyInAnyOrderElementsOf(paged);
        return paged;
    }

    private static List<String> studies(MatchingKey... keys) {
        return found(QueryLevel.STUDY, keys).stream()
                .map(match -> match.text(Tags.STUDY_INSTANCE_UID).orElseThrow())
                .toList();
    }

    /** Copies of the other site that are kept at this one. */
    private final Set<StudyCopyId> kept = new HashSet<>();

    private static MatchingKey uid(String study) {
        return key(Tags.STUDY_INSTANCE_UID, Vr.UI, study);
    }

    private static MatchingKey patientId(String id) {
        return key(Tags.PATIENT_ID, Vr.LO, id);
    }

    private static MatchingKey issuer(String issuer) {
        return key(Tags.ISSUER_OF_PATIENT_ID, Vr.LO, issuer);
    }

    @Test
    void studiesOfAllSites_areFoundWithTheirHolders() {
        own.simple("81.1", "81", "NORTH", "Doe^Here", "20240101", 2);
        foreign.simple("81.2", "81", "HARBOR", "Doe^There", "20240102", 3);
        assertThat(studies(key(Tags.PATIENT_NAME, Vr.PN, "doe^here"))).containsExactly("81.1");
        List<AttributeSet> there = found(QueryLevel.STUDY, key(Tags.PATIENT_NAME, Vr.PN, "doe^there"));
        assertThat(there).singleElement().satisfies(match -> {
            assertThat(match.text(Tags.STUDY_INSTANCE_UID)).contains("81.2");
            assertThat(match.text(Tags.NUMBER_OF_STUDY_RELATED_INSTANCES)).contains("3");
            assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("UNAVAILABLE");
            assertThat(HolderAttributes.read(match))
                    .containsExactly(new Holder(MemoryLog.OTHER_SITE, "there", 3, List.of(), false));
        });
    }

    @Test
    void patientWhomOnlyAnotherSiteKnows_isNotHere() {
        own.simple("81.5", "815", "NORTH", "Doe^Near", "20240101", 1);
        foreign.simple("81.6", "816", "HARBOR", "Doe^Far", "20240101", 1);
        assertThat(List.of("doe^near", "doe^far"))
                .extracting(name -> found(QueryLevel.PATIENT, key(Tags.PATIENT_NAME, Vr.PN, name)).stream()
                        .map(match -> match.text(Tags.INSTANCE_AVAILABILITY).orElse(""))
                        .toList())
                .containsExactly(List.of("ONLINE"), List.of("UNAVAILABLE"));
    }

    @Test
    void studyOfSeveralSites_isOneRowThatShowsThisSitesCopyAndWhereTheyDiffer() {
        foreign.simple("82.1", "82", "HARBOR", "Doe^Other", "20240101", 3);
        own.simple("82.1", "82", "NORTH", "DOE^JANE", "20240101", 2);
        List<AttributeSet> rows = found(QueryLevel.STUDY, uid("82.1"));
        assertThat(rows).singleElement().satisfies(match -> {
            assertThat(match.text(Tags.ISSUER_OF_PATIENT_ID)).contains("NORTH");
            assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("ONLINE");
            assertThat(HolderAttributes.read(match))
                    .extracting(Holder::label, Holder::instances, Holder::differing)
                    .containsExactlyInAnyOrder(
                            tuple("here", 2L, List.of()),
                            tuple(
                                    "there",
                                    3L,
                                    List.of(
                                            Tags.PATIENT_NAME,
                                            Tags.ISSUER_OF_PATIENT_ID,
                                            Tags.NUMBER_OF_STUDY_RELATED_INSTANCES)));
        });
        assertThat(found(QueryLevel.SERIES, uid("82.1")))
                .singleElement()
                .satisfies(match -> assertThat(HolderAttributes.read(match)).hasSize(2));
        // What only the other copy says finds that copy, and both holders.
        assertThat(found(QueryLevel.STUDY, key(Tags.PATIENT_NAME, Vr.PN, "doe^other")))
                .singleElement()
                .satisfies(match -> {
                    assertThat(match.text(Tags.ISSUER_OF_PATIENT_ID)).contains("HARBOR");
                    assertThat(HolderAttributes.read(match)).hasSize(2);
                });
    }

    /** One UID, a patient of ours and another of another site's. */
    @Test
    void rowOfAnothersPatient_isNotHereThoughAStudyOfThatUidIs() {
        own.simple("91.1", "911", "NORTH", "Doe^Ours", "20240101", 1);
        foreign.simple("91.1", "912", "HARBOR", "Roe^Theirs", "20240101", 1);
        for (QueryLevel level : List.of(QueryLevel.STUDY, QueryLevel.SERIES)) {
            assertThat(found(level, patientId("912"), issuer("HARBOR")))
                    .singleElement()
                    .satisfies(match -> {
                        assertThat(match.text(Tags.PATIENT_ID)).contains("912");
                        assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("UNAVAILABLE");
                        assertThat(HolderAttributes.read(match))
                                .extracting(Holder::label, Holder::otherPatient)
                                .containsExactlyInAnyOrder(tuple("here", true), tuple("there", false));
                    });
            assertThat(near(level, patientId("912"), issuer("HARBOR"))).containsExactly("UNAVAILABLE");
            assertThat(found(level, patientId("911")))
                    .singleElement()
                    .satisfies(match ->
                            assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("ONLINE"));
        }
    }

    @Test
    void rowOfAnotherSite_isAsNearAsWhatIsReadFromThere() {
        foreign.simple("91.5", "915", "HARBOR", "Doe^Near", "20240101", 1);
        kept.add(foreign.simple("91.6", "916", "HARBOR", "Doe^Kept", "20240101", 1));
        for (QueryLevel level : List.of(QueryLevel.STUDY, QueryLevel.SERIES)) {
            assertThat(near(level, uid("91.5"))).containsExactly("NEARLINE");
            assertThat(near(level, uid("91.6"))).containsExactly("ONLINE");
        }
        unidentified(foreign, "91.7", "Roe^Alone");
        assertThat(near(QueryLevel.STUDY, uid("91.7"))).containsExactly("NEARLINE");
    }

    /** Instance Availability where everything else of the other site comes from there. */
    private List<String> near(QueryLevel level, MatchingKey... keys) {
        node.awaitIndex();
        return node
                .network(copy -> kept.contains(copy) ? Availability.ONLINE : Availability.NEARLINE)
                .find(new ArchiveQuery(
                        level, List.of(keys), SearchNode.ISSUER, false, Set.of(), true, 0, 10, node.head()))
                .matches()
                .stream()
                .map(match -> match.text(Tags.INSTANCE_AVAILABILITY).orElseThrow())
                .toList();
    }

    @Test
    void rowOfThePatientWhomThisSiteHasUnderThatUid_isHere() {
        own.simple("91.2", "913", "NORTH", "Doe^Jane", "20240101", 1);
        foreign.simple("91.2", "913", "NORTH", "Doe^Maiden", "20240101", 1);
        assertThat(found(QueryLevel.STUDY, key(Tags.PATIENT_NAME, Vr.PN, "doe^maiden")))
                .singleElement()
                .satisfies(match ->
                        assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("ONLINE"));
    }

    @Test
    void rowOfNobodyIdentified_isNotHereForAPlaceholderThatIsHereToo() {
        unidentified(own, "91.3", "Doe^Nobody");
        unidentified(foreign, "91.3", "Roe^Nobody");
        assertThat(near(QueryLevel.STUDY, key(Tags.PATIENT_NAME, Vr.PN, "roe^nobody")))
                .containsExactly("UNAVAILABLE");
        assertThat(found(QueryLevel.STUDY, key(Tags.PATIENT_NAME, Vr.PN, "roe^nobody")))
                .singleElement()
                .satisfies(match ->
                        assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("UNAVAILABLE"));
    }

    private static void unidentified(StudyStories site, String uid, String name) {
        AttributeSet said = person("UNKNOWN", name).with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "NORTH"));
        StudyCopyId study = site.study(uid, Optional.empty(), said);
        site.series(study, uid + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        site.instances(study, uid + ".1", 1, 1);
    }

    /** By default series of a named study leave it out (PS3.18 §10.6.3.3); then every row would look as if it were here. */
    @Test
    void availability_isSaidOfSeriesOfANamedStudyToo() {
        foreign.simple("91.4", "914", "HARBOR", "Doe^Series", "20240101", 1);
        node.awaitIndex();
        ArchiveQuery asked = new ArchiveQuery(
                QueryLevel.SERIES, List.of(uid("91.4")), SearchNode.ISSUER, false, Set.of(), false, 0, 10, node.head());
        assertThat(node.network().find(asked).matches())
                .singleElement()
                .satisfies(match ->
                        assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("UNAVAILABLE"));
    }

    @Test
    void seriesKeys_findStudiesOfAllSites() {
        StudyCopyId study = foreign.study("83.1", Optional.empty(), person("83", "Doe^Series"));
        foreign.series(study, "83.1.1", set(Tags.MODALITY, text(Vr.CS, "MR")));
        foreign.instances(study, "83.1.1", 1, 1);
        foreign.series(study, "83.1.2", set(Tags.MODALITY, text(Vr.CS, "MR")));
        foreign.instances(study, "83.1.2", 1, 1);
        assertThat(studies(uid("83.1"), key(Tags.MODALITY, Vr.CS, "MR"))).containsExactly("83.1");
        assertThat(studies(uid("83.1"), key(Tags.MODALITY, Vr.CS, "CT"))).isEmpty();
        assertThat(found(QueryLevel.SERIES, uid("83.1"))).hasSize(2);
    }

    /** OHIF's priors call, and every other bare Patient ID. */
    @Test
    void barePatientId_neverShowsAnotherHospitalsPatientOfThatNumber() {
        own.simple("84.1", "17", "NORTH", "Doe^Jane", "20240101", 1);
        foreign.simple("84.2", "17", "HARBOR", "Roe^Richard", "20240101", 1);
        foreign.simple("84.3", "17", "", "Poe^Nobody", "20240101", 1);
        foreign.simple("84.4", "17", "NORTH", "Doe^Jane", "20240102", 1);
        for (String asked : List.of("17", "1?", "17\\18")) {
            assertThat(studies(patientId(asked))).containsExactly("84.4", "84.1");
        }
        assertThat(found(QueryLevel.PATIENT, patientId("17")))
                .extracting(match -> match.text(Tags.ISSUER_OF_PATIENT_ID))
                .containsOnly(Optional.of("NORTH"))
                .hasSize(2);
        assertThat(found(QueryLevel.SERIES, patientId("17")))
                .extracting(match -> match.text(Tags.STUDY_INSTANCE_UID).orElseThrow())
                .containsExactlyInAnyOrder("84.1", "84.4");
        assertThat(studies(patientId("17"), issuer("HARBOR"))).containsExactly("84.2");
        assertThat(studies(patientId("17"), issuer("NORTH"))).containsExactly("84.4", "84.1");
        assertThat(studies(patientId("17"), issuer("VALLEY"))).isEmpty();
    }

    /** An object may say a domain although its identifier is nobody's. */
    @Test
    void placeholderAtAnotherSite_identifiesNobody() {
        AttributeSet said = person("UNKNOWN", "Doe^Unknown").with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "NORTH"));
        StudyCopyId study = foreign.study("85.1", Optional.empty(), said);
        foreign.series(study, "85.1.1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        foreign.instances(study, "85.1.1", 1, 1);
        assertThat(studies(uid("85.1"))).hasSize(1);
        assertThat(studies(patientId("UNKNOWN"))).isEmpty();
        assertThat(studies(patientId("UNKNOWN"), issuer("NORTH"))).isEmpty();
    }

    private static List<String> studiesAskedBy(String localIssuer, MatchingKey... keys) {
        node.awaitIndex();
        return node
                .network()
                .find(new ArchiveQuery(
                        QueryLevel.STUDY, List.of(keys), localIssuer, false, Set.of(), true, 0, 100, log.head()))
                .matches()
                .stream()
                .map(match -> match.text(Tags.STUDY_INSTANCE_UID).orElseThrow())
                .toList();
    }

    @Test
    void issuerThatSitesWereNotGiven_isAnotherDomainAtEachSite() {
        own.simple("99.1", "991", "LOCAL", "Doe^Jane", "20240101", 1);
        foreign.simple("99.2", "991", "LOCAL", "Roe^Richard", "20240101", 1);
        assertThat(studiesAskedBy("LOCAL", patientId("991"))).containsExactly("99.1");
        assertThat(studiesAskedBy("NORTH", patientId("991"))).containsExactly("99.1");
        assertThat(studiesAskedBy("NORTH", patientId("991"), issuer("LOCAL"))).containsExactly("99.1");
        assertThat(found(QueryLevel.STUDY, uid("99.2"))).singleElement().satisfies(match -> {
            assertThat(match.text(Tags.PATIENT_ID)).contains("991");
            assertThat(match.text(Tags.ISSUER_OF_PATIENT_ID).orElse("")).isEmpty();
        });
    }

    @Test
    void studyOfTwoSitesThatWereGivenNoIssuer_isNotOnePatients() {
        foreign.simple("99.3", "993", "LOCAL", "Roe^Richard", "20240101", 1);
        own.simple("99.3", "993", "LOCAL", "Doe^Jane", "20240101", 1);
        assertThat(found(QueryLevel.STUDY, uid("99.3")).getFirst())
                .extracting(HolderAttributes::read)
                .satisfies(holders -> assertThat(holders)
                        .extracting(Holder::label, Holder::otherPatient)
                        .contains(tuple("there", true)));
    }

    @Test
    void orderOfASiteThatWasGivenNoIssuer_isNotThisSites() {
        for (StudyStories site : List.of(own, foreign)) {
            StudyInstanceUid uid = new StudyInstanceUid(site == own ? "99.4" : "99.5");
            StudyCopyId study = site.names.study(uid);
            site.append(new StudyEvent.StudyRegistered(
                    study,
                    uid,
                    Optional.empty(),
                    new KeyId(Digest.sha256()),
                    set(Tags.STUDY_INSTANCE_UID, text(Vr.UI, uid.value()))
                            .with(Tags.ACCESSION_NUMBER, text(Vr.SH, "A994")),
                    Optional.of(new AccessionIdentifier("A994", "LOCAL")),
                    StudyStories.NOON));
            site.series(study, uid.value() + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
            site.instances(study, uid.value() + ".1", 1, 1);
        }
        assertThat(studiesAskedBy("LOCAL", key(Tags.ACCESSION_NUMBER, Vr.SH, "A994")))
                .containsExactly("99.4");
    }

    @Test
    void bareAccessionNumber_meansThisSitesDomain() {
        AttributeSet order = person("86", "Doe^Order").with(Tags.ACCESSION_NUMBER, text(Vr.SH, "A86"));
        PatientRecordId patient = foreign.patient("86", "HARBOR", order);
        StudyCopyId study = foreign.study("86.1", Optional.of(patient), order);
        foreign.series(study, "86.1.1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        foreign.instances(study, "86.1.1", 1, 1);
        assertThat(studies(uid("86.1"))).hasSize(1);
        assertThat(studies(key(Tags.ACCESSION_NUMBER, Vr.SH, "A86"))).isEmpty();
    }

    /** Each person of a study of several is judged by the issuer that its own site gave. */
    @Test
    void studyOfSeveralPatientsAtAnotherSite_isShownAsWhomTheQueryMeans() {
        AttributeSet first = person("87", "Doe^First").with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "HARBOR"));
        AttributeSet second = person("88", "Roe^Second").with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, "HARBOR"));
        StudyCopyId study = foreign.study("87.1", Optional.of(foreign.patient("87", "HARBOR", first)), first);
        foreign.series(study, "87.1.1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        foreign.instances(study, "87.1.1", 1, 1);
        foreign.ofOther(study, 1, foreign.patient("88", "HARBOR", second), "87.1.1", 2, second, 1);
        assertThat(found(QueryLevel.STUDY, patientId("88"), issuer("HARBOR")))
                .singleElement()
                .satisfies(match -> assertThat(match.text(Tags.PATIENT_ID)).contains("88"));
        assertThat(studies(patientId("88"))).isEmpty();
    }

    @Test
    void pages_neitherRepeatNorSkipWhatSeveralSitesHold() {
        for (int i = 10; i < 20; i++) {
            String date = "202401" + i;
            foreign.simple("89." + i, "f89", "HARBOR", "Doe^Paged", date, 1);
            own.simple("89." + i, "n89", "NORTH", "Doe^Paged", date, 1);
        }
        node.awaitIndex();
        List<String> paged = new ArrayList<>();
        for (int offset = 0; offset < 10; offset += 3) {
            node.network()
                    .find(new ArchiveQuery(
                            QueryLevel.STUDY,
                            List.of(key(Tags.PATIENT_NAME, Vr.PN, "doe^paged")),
                            SearchNode.ISSUER,
                            false,
                            Set.of(),
                            true,
                            offset,
                            3,
                            new LocalPosition(-1)))
                    .matches()
                    .forEach(match ->
                            paged.add(match.text(Tags.STUDY_INSTANCE_UID).orElseThrow()));
        }
        assertThat(paged).hasSize(10).doesNotHaveDuplicates().startsWith("89.19", "89.18");
    }

    @Test
    void unreadableRecords_areCountedForTheirSite() {
        PatientRecordId patient = foreign.names.patient(new PatientIdentifier("90", "HARBOR"));
        log.lock(patient.stream());
        foreign.simple("90.1", "90", "HARBOR", "Doe^Locked", "20240101", 1);
        node.awaitIndex();
        node.everything();
        assertThat(node.network().unreadable()).isEqualTo(Map.of(MemoryLog.OTHER_SITE, 1L));
        assertThat(studies(patientId("90"))).isEmpty();
    }

    @Test
    void instances_areRefused() {
        node.awaitIndex();
        assertThatThrownBy(() -> node.findInNetwork(QueryLevel.IMAGE, uid("81.1")))
                .isInstanceOf(ArchiveException.class);
    }
}
