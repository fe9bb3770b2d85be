package org.archipelago.query.search;

import static org.archipelago.query.testing.SearchNode.key;
import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.person;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.tags;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.MatchingKey.Extended;
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

/** Every kind of matching of PS3.4 §C.2.2.2 against the real Elasticsearch. */
@ExtendWith(RunningElasticsearch.class)
class MatchingTest {
    private static final int STATION_NAME = 0x00081010;
    private static final int KVP = 0x00180060;
    private static final int VIEW_CODES = 0x00540220;
    private static final int PROCEDURE_CODES = 0x00081032;
    private static final int CODE_VALUE = 0x00080100;
    private static final int CODING_SCHEME = 0x00080102;
    private static final MemoryLog LOG = new MemoryLog();
    private static SearchNode node;

    @BeforeAll
    static void fill(RunningElasticsearch.Server elasticsearch, @TempDir Path folder) {
        StudyStories stories = new StudyStories(LOG);
        yamada(stories);
        mueller(stories);
        stories.simple("1.3", "17", "SOUTH", "Παπαδόπουλος^Γιώργος", "20240303", 1);
        StudyCopyId unidentified = stories.study(
                "1.4",
                Optional.empty(),
                person("", "NN").with(Tags.STUDY_DATE, text(Vr.DA)).with(Tags.PATIENT_ID, text(Vr.LO)));
        stories.series(unidentified, "1.4.1", set(Tags.MODALITY, text(Vr.CS, "US")));
        stories.instances(unidentified, "1.4.1", 1, 1);
        node = new SearchNode(elasticsearch.uri(), LOG, folder);
    }

    private static void yamada(StudyStories stories) {
        AttributeSet person =
                person("17", "Yamada^Tarou=山田^太郎=やまだ^たろう").with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19500102"));
        PatientRecordId patient = stories.patient("17", SearchNode.ISSUER, person);
        Value knee = new Value.Item(set(CODE_VALUE, text(Vr.SH, "KNEE1")).with(CODING_SCHEME, text(Vr.SH, "99LOCAL")));
        Value leg = new Value.Item(set(CODE_VALUE, text(Vr.SH, "LEG2")).with(CODING_SCHEME, text(Vr.SH, "SCT")));
        StudyCopyId study = stories.study(
                "1.1",
                Optional.of(patient),
                person.with(Tags.STUDY_DATE, text(Vr.DA, "20240101"))
                        .with(Tags.STUDY_TIME, text(Vr.TM, "101530.25"))
                        .with(Tags.ACCESSION_NUMBER, text(Vr.SH, "A1"))
                        .with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Knee left [special]"))
                        .with(PROCEDURE_CODES, new Attribute(Vr.SQ, List.of(knee, leg))));
        stories.series(
                study,
                "1.1.1",
                set(Tags.MODALITY, text(Vr.CS, "MR"))
                        .with(Tags.SERIES_NUMBER, text(Vr.IS, "2"))
                        .with(STATION_NAME, text(Vr.SH, "SCANNER1"))
                        .with(KVP, text(Vr.DS, "80"))
                        .with(Tags.IMAGE_TYPE, text(Vr.CS, "ORIGINAL", "PRIMARY")));
        stories.instances(study, "1.1.1", 1, 3);
        stories.series(
                study,
                "1.1.2",
                set(Tags.MODALITY, text(Vr.CS, "SR"))
                        .with(Tags.SERIES_NUMBER, text(Vr.IS, "1"))
                        .with(KVP, text(Vr.DS, "120"))
                        .with(
                                VIEW_CODES,
                                new Attribute(Vr.SQ, List.of(new Value.Item(set(CODE_VALUE, text(Vr.SH, "V1")))))));
        stories.instances(study, "1.1.2", 1, 1);
        stories.append(new StudyEvent.AttributesVaried(
                study, Optional.of(new SeriesInstanceUid("1.1.2")), tags(KVP, VIEW_CODES)));
    }

    private static void mueller(StudyStories stories) {
        AttributeSet person = person("18", "Müller^Jürgen^^Dr.");
        PatientRecordId patient = stories.patient("18", SearchNode.ISSUER, person);
        StudyCopyId study = stories.study(
                "1.2",
                Optional.of(patient),
                person.with(Tags.STUDY_DATE, text(Vr.DA, "20240202"))
                        .with(Tags.STUDY_TIME, text(Vr.TM, "235900"))
                        .with(Tags.ACCESSION_NUMBER, text(Vr.SH, "A2"))
                        .with(Tags.REFERRING_PHYSICIAN_NAME, name("Ångström^Åsa"))
                        .with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Head")));
        stories.series(study, "1.2.1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        stories.instances(study, "1.2.1", 1, 2);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static List<String> studies(int tag, Vr vr, String value) {
        return node.studies(key(tag, vr, value));
    }

    @Test
    void noKeys_findAllNewestFirst() {
        assertThat(node.studies()).containsExactly("1.3", "1.2", "1.1", "1.4");
    }

    @Test
    void singleValue_isExactAndCaseSensitive() {
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "Head")).containsExactly("1.2");
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "head")).isEmpty();
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "Hea")).isEmpty();
    }

    @Test
    void uidList_findsEach() {
        assertThat(studies(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1\\1.3\\9.9")).containsExactly("1.3", "1.1");
    }

    @Test
    void wildCards_matchManyAndOne() {
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "*left*")).containsExactly("1.1");
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "H?ad")).containsExactly("1.2");
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "*[special]")).containsExactly("1.1");
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "*")).hasSize(4);
    }

    @Test
    void wildCardInUid_isLiteral() {
        assertThat(studies(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.*")).isEmpty();
    }

    @Test
    void dateRanges_includeTheirEnds() {
        assertThat(studies(Tags.STUDY_DATE, Vr.DA, "20240101-20240202")).containsExactly("1.2", "1.1");
        assertThat(studies(Tags.STUDY_DATE, Vr.DA, "20240202-")).containsExactly("1.3", "1.2");
        assertThat(studies(Tags.STUDY_DATE, Vr.DA, "-20240101")).containsExactly("1.1");
        assertThat(studies(Tags.STUDY_DATE, Vr.DA, "20240202")).containsExactly("1.2");
    }

    @Test
    void timeRanges_fillUpMissingPrecision() {
        assertThat(studies(Tags.STUDY_TIME, Vr.TM, "1015-1015")).containsExactly("1.1");
        assertThat(studies(Tags.STUDY_TIME, Vr.TM, "10-11")).containsExactly("1.1");
        assertThat(studies(Tags.STUDY_TIME, Vr.TM, "2359")).containsExactly("1.2");
        assertThat(studies(Tags.STUDY_TIME, Vr.TM, "101531-")).containsExactly("1.2");
    }

    @Test
    void malformedDate_isRefused() {
        assertThatThrownBy(() -> studies(Tags.STUDY_DATE, Vr.DA, "yesterday"))
                .isInstanceOfSatisfying(
                        ArchiveException.class, e -> assertThat(e.error()).isEqualTo(ArchiveError.INVALID_QUERY));
    }

    @Test
    void sequenceKey_matchesInItems() {
        MatchingKey knee = new MatchingKey(List.of(PROCEDURE_CODES, CODE_VALUE), Vr.SH, "KNEE1");
        MatchingKey hip = new MatchingKey(List.of(PROCEDURE_CODES, CODE_VALUE), Vr.SH, "HIP1");
        assertThat(node.studies(knee)).containsExactly("1.1");
        assertThat(node.studies(hip)).isEmpty();
    }

    @Test
    void keysOfOneSequence_matchInOneItem() {
        assertThat(node.studies(code("KNEE1"), scheme("99LOCAL"))).containsExactly("1.1");
        assertThat(node.studies(code("KNEE1"), scheme("SCT"))).isEmpty();
        assertThat(node.studies(code("LEG*"), scheme("SCT"))).containsExactly("1.1");
        assertThat(node.studies(code("LEG*"), scheme("SCT"), key(Tags.MODALITY, Vr.CS, "MR")))
                .containsExactly("1.1");
        assertThat(node.find(QueryLevel.SERIES, code("LEG2"), scheme("99LOCAL")).matches())
                .isEmpty();
        assertThat(node.find(QueryLevel.SERIES, code("LEG2"), scheme("SCT")).matches())
                .hasSize(2);
    }

    private static MatchingKey code(String value) {
        return new MatchingKey(List.of(PROCEDURE_CODES, CODE_VALUE), Vr.SH, value);
    }

    private static MatchingKey scheme(String value) {
        return new MatchingKey(List.of(PROCEDURE_CODES, CODING_SCHEME), Vr.SH, value);
    }

    @Test
    void longUidList_isTaken() {
        String uids = java.util.stream.IntStream.range(0, 9_000)
                .mapToObj(i -> "1.2.840.113619.2.55.3.2831." + i)
                .collect(java.util.stream.Collectors.joining("\\"));
        assertThat(studies(Tags.STUDY_INSTANCE_UID, Vr.UI, uids + "\\1.2")).containsExactly("1.2");
    }

    @Test
    void keyWithoutMatchingAtTheLevel_isNamedAndConstrainsNothing() {
        ArchiveQuery query = new ArchiveQuery(
                QueryLevel.STUDY,
                List.of(
                        key(Tags.INSTANCE_NUMBER, Vr.IS, "7"),
                        key(Tags.NUMBER_OF_STUDY_RELATED_INSTANCES, Vr.IS, "3"),
                        key(Tags.SPECIFIC_CHARACTER_SET, Vr.CS, "ISO_IR 192"),
                        key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.2")),
                SearchNode.ISSUER,
                false,
                Set.of(),
                true,
                0,
                10,
                LOG.head());
        assertThat(node.queries().unmatched(query))
                .containsExactly(List.of(Tags.INSTANCE_NUMBER), List.of(Tags.NUMBER_OF_STUDY_RELATED_INSTANCES));
        assertThat(node.queries().find(query).matches()).hasSize(1);
    }

    @Test
    void emptyValue_findsWhatHasNone() {
        assertThat(node.studies(asked(Tags.STUDY_DESCRIPTION, Vr.LO, "\"\"", Extended.EMPTY_VALUE)))
                .containsExactly("1.3", "1.4");
        assertThat(studies(Tags.STUDY_DESCRIPTION, Vr.LO, "\"\"")).isEmpty();
    }

    @Test
    void severalValues_areEnoughOneByOneOrAllAsAgreed() {
        assertThat(studies(Tags.MODALITIES_IN_STUDY, Vr.CS, "SR\\US")).containsExactly("1.1", "1.4");
        assertThat(every("SR\\US")).isEmpty();
        assertThat(every("SR\\MR")).containsExactly("1.1");
        assertThat(every("CT")).containsExactly("1.3", "1.2");
    }

    private static List<String> every(String modalities) {
        return node.studies(asked(Tags.MODALITIES_IN_STUDY, Vr.CS, modalities, Extended.MULTIPLE_VALUES));
    }

    private static MatchingKey asked(int tag, Vr vr, String value, Extended extended) {
        return new MatchingKey(List.of(tag), vr, value, Set.of(extended));
    }

    @Test
    void names_ignoreCaseAccentsAndSpelling() {
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "MÜLLER^jürgen*")).containsExactly("1.2");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "muller*")).containsExactly("1.2");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "MUELLER*")).containsExactly("1.2");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "παπαδοπουλοσ^*")).containsExactly("1.3");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "ΠΑΠΑΔΌΠΟΥΛΟΣ^ΓΙΏΡΓΟΣ")).containsExactly("1.3");
        assertThat(studies(Tags.REFERRING_PHYSICIAN_NAME, Vr.PN, "angstrom^asa"))
                .containsExactly("1.2");
    }

    @Test
    void names_matchInEachComponentGroup() {
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "yamada^tarou")).containsExactly("1.1");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "山田*")).containsExactly("1.1");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "やまだ^たろう")).containsExactly("1.1");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "=山田^太郎")).containsExactly("1.1");
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "山田^太郎=")).isEmpty();
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "やまた^たろう")).isEmpty();
    }

    @Test
    void nameWithoutWildCard_matchesTheWholeName() {
        assertThat(studies(Tags.PATIENT_NAME, Vr.PN, "Müller")).isEmpty();
    }

    @Test
    void fuzzyNames_forgiveTyposAndMissingComponents() {
        QueryPage page = node.queries()
                .find(new ArchiveQuery(
                        QueryLevel.STUDY,
                        List.of(key(Tags.PATIENT_NAME, Vr.PN, "Jurgen Muler")),
                        SearchNode.ISSUER,
                        true,
                        Set.of(),
                        true,
                        0,
                        10,
                        LOG.head()));
        assertThat(page.matches()).hasSize(1);
    }

    @Test
    void barePatientId_meansTheAskersDomain() {
        assertThat(studies(Tags.PATIENT_ID, Vr.LO, "17")).containsExactly("1.1");
        assertThat(node.studies(key(Tags.PATIENT_ID, Vr.LO, "17"), key(Tags.ISSUER_OF_PATIENT_ID, Vr.LO, "SOUTH")))
                .containsExactly("1.3");
        assertThat(studies(Tags.PATIENT_ID, Vr.LO, "1?")).containsExactly("1.2", "1.1");
    }

    @Test
    void modalitiesInStudy_matchesAnySeries() {
        assertThat(studies(Tags.MODALITIES_IN_STUDY, Vr.CS, "SR")).containsExactly("1.1");
        assertThat(studies(Tags.MODALITIES_IN_STUDY, Vr.CS, "CT\\SR")).containsExactlyInAnyOrder("1.3", "1.2", "1.1");
    }

    @Test
    void seriesAttribute_findsStudiesAndPatients() {
        assertThat(studies(STATION_NAME, Vr.SH, "SCAN*")).containsExactly("1.1");
        assertThat(node.find(QueryLevel.PATIENT, key(STATION_NAME, Vr.SH, "SCANNER1"))
                        .matches())
                .hasSize(1);
    }

    private static List<String> series(MatchingKey... keys) {
        return node.find(QueryLevel.SERIES, keys).matches().stream()
                .map(match -> match.text(Tags.SERIES_INSTANCE_UID).orElseThrow())
                .toList();
    }

    private static List<List<Integer>> ignored(QueryLevel level, MatchingKey... keys) {
        return node.queries()
                .unmatched(new ArchiveQuery(
                        level, List.of(keys), SearchNode.ISSUER, false, Set.of(), false, 0, 10, node.head()));
    }

    @Test
    void seriesWithinWhichAnAttributeVaries_countsAsIfItsKeyWereEmpty_andThatIsSaid() {
        assertThat(series(key(KVP, Vr.DS, "80"))).containsExactly("1.1.2", "1.1.1");
        assertThat(series(key(KVP, Vr.DS, "81"))).containsExactly("1.1.2");
        assertThat(studies(KVP, Vr.DS, "81")).containsExactly("1.1");
        assertThat(ignored(QueryLevel.SERIES, key(KVP, Vr.DS, "81"))).containsExactly(List.of(KVP));
        assertThat(ignored(QueryLevel.STUDY, key(KVP, Vr.DS, "80"))).containsExactly(List.of(KVP));
        // Of what the other keys leave out nothing is said.
        MatchingKey ofAnother = key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.2");
        assertThat(series(ofAnother, key(KVP, Vr.DS, "80"))).isEmpty();
        assertThat(ignored(QueryLevel.SERIES, ofAnother, key(KVP, Vr.DS, "80"))).isEmpty();
        assertThat(ignored(QueryLevel.SERIES, key(STATION_NAME, Vr.SH, "SCANNER1")))
                .isEmpty();
    }

    @Test
    void itemsThatVary_countAsIfTheirKeysWereEmpty() {
        MatchingKey code = new MatchingKey(List.of(VIEW_CODES, CODE_VALUE), Vr.SH, "V2");
        MatchingKey scheme = new MatchingKey(List.of(VIEW_CODES, CODING_SCHEME), Vr.SH, "SCT");

        assertThat(series(code, scheme)).containsExactly("1.1.2");
        assertThat(ignored(QueryLevel.SERIES, code, scheme)).hasSize(1);
    }

    @Test
    void attributeThatVaries_isNotWithoutValue() {
        assertThat(series(asked(KVP, Vr.DS, "\"\"", Extended.EMPTY_VALUE)))
                .contains("1.2.1")
                .doesNotContain("1.1.1", "1.1.2");
    }

    @Test
    void secondValue_matches() {
        assertThat(studies(Tags.IMAGE_TYPE, Vr.CS, "PRIMARY")).containsExactly("1.1");
    }

    @Test
    void number_matchesHoweverItIsWritten() {
        assertThat(node.find(QueryLevel.SERIES, key(Tags.SERIES_NUMBER, Vr.IS, "02"))
                        .matches())
                .hasSize(1);
    }

    @Test
    void studyMatch_hasItsComputedAttributes() {
        AttributeSet match = node.find(QueryLevel.STUDY, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1"))
                .matches()
                .getFirst();
        assertThat(match.get(Tags.MODALITIES_IN_STUDY)).contains(text(Vr.CS, "MR", "SR"));
        assertThat(match.get(Tags.SOP_CLASSES_IN_STUDY)).contains(text(Vr.UI, StudyStories.CT_IMAGE.value()));
        assertThat(match.text(Tags.NUMBER_OF_STUDY_RELATED_SERIES)).contains("2");
        assertThat(match.text(Tags.NUMBER_OF_STUDY_RELATED_INSTANCES)).contains("4");
        assertThat(match.text(Tags.NUMBER_OF_PATIENT_RELATED_STUDIES)).contains("1");
    }

    @Test
    void seriesOfStudy_comeByNumber() {
        List<AttributeSet> series = node.find(QueryLevel.SERIES, key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1"))
                .matches();
        assertThat(series.stream().map(s -> s.text(Tags.SERIES_INSTANCE_UID).orElseThrow()))
                .containsExactly("1.1.2", "1.1.1");
        assertThat(series.getLast().text(Tags.NUMBER_OF_SERIES_RELATED_INSTANCES))
                .contains("3");
    }

    @Test
    void relationalSeriesQuery_matchesPatientAndStudyKeys() {
        assertThat(node.find(
                                QueryLevel.SERIES,
                                key(Tags.PATIENT_NAME, Vr.PN, "yamada*"),
                                key(Tags.MODALITY, Vr.CS, "MR"))
                        .matches())
                .hasSize(1);
    }

    @Test
    void patients_areGroupedAndCounted() {
        List<AttributeSet> patients =
                node.find(QueryLevel.PATIENT, key(Tags.PATIENT_ID, Vr.LO, "17")).matches();
        assertThat(patients).hasSize(1);
        assertThat(patients.getFirst().text(Tags.NUMBER_OF_PATIENT_RELATED_INSTANCES))
                .contains("4");
        assertThat(patients.getFirst().contains(Tags.STUDY_INSTANCE_UID)).isFalse();
    }

    @Test
    void includeFields_addToTheDefaultsOfTheLevel() {
        QueryPage page = node.queries()
                .find(new ArchiveQuery(
                        QueryLevel.STUDY,
                        List.of(key(Tags.STUDY_INSTANCE_UID, Vr.UI, "1.1")),
                        SearchNode.ISSUER,
                        false,
                        Set.of(Tags.STUDY_DESCRIPTION),
                        false,
                        0,
                        10,
                        LOG.head()));
        AttributeSet match = page.matches().getFirst();
        assertThat(match.text(Tags.STUDY_DESCRIPTION)).contains("Knee left [special]");
        assertThat(match.text(Tags.INSTANCE_AVAILABILITY)).contains("ONLINE");
        assertThat(match.contains(PROCEDURE_CODES)).isFalse();
    }

    @Test
    void pages_coverAllOnce() {
        QueryPage first = page(0, 3);
        QueryPage second = page(3, 3);
        assertThat(first.matches()).hasSize(3);
        assertThat(first.more()).isTrue();
        assertThat(second.matches()).hasSize(1);
        assertThat(second.more()).isFalse();
    }

    @Test
    void pageOfNone_tellsWhetherThereAreAny() {
        assertThat(page(3, 0).matches()).isEmpty();
        assertThat(page(3, 0).more()).isTrue();
        assertThat(page(4, 0).more()).isFalse();
    }

    private static QueryPage page(int offset, int limit) {
        node.awaitIndex();
        return node.queries()
                .find(new ArchiveQuery(
                        QueryLevel.STUDY,
                        List.of(),
                        SearchNode.ISSUER,
                        false,
                        Set.of(),
                        false,
                        offset,
                        limit,
                        new LocalPosition(-1)));
    }

    @Test
    void offsetBeyondTheWindow_isWalkedTo() {
        assertThat(page(10_500, 10).matches()).isEmpty();
    }
}
