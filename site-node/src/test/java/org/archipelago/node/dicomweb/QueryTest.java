package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.FakeNetwork;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.MatchingKey.Extended;
import org.archipelago.query.QueryLevel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {
    private static final FakeArchive ARCHIVE = new FakeArchive();
    private static final FakeAccess ACCESS = new FakeAccess();
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(
                HttpOptions.loopback(0),
                FakeDicom.feature(
                        ARCHIVE,
                        ACCESS,
                        new FakeDicom(),
                        new DicomWebLimits(5, 1000, 1000, DataSetLimits.DEFAULT, 200, 10, 64, 1_000_000)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void reset() {
        ARCHIVE.matches.clear();
        ARCHIVE.asked.clear();
        ARCHIVE.more = false;
        ARCHIVE.unmatched.clear();
        ARCHIVE.openConflicts.clear();
        ARCHIVE.searchFailure = Optional.empty();
        ACCESS.recorded.clear();
    }

    private static ArchiveQuery asked() {
        assertThat(ARCHIVE.asked).hasSize(1);
        return ARCHIVE.asked.getFirst();
    }

    @Test
    void ohifStudyList_isUnderstood() throws Exception {
        var response = server.get("/dicom-web/studies?PatientName=*KNEE^A*&ModalitiesInStudy=CT%2CMR&limit=101&offset=0"
                        .replace("^", "%5E")
                + "&fuzzymatching=false&includefield=00081030%2C00080060&includefield=PatientName"
                + "&StudyDate=20240101-20240131&00100020=*17*&StudyInstanceUID=1.2%5C1.3");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.text(response)).isEqualTo("[]");
        assertThat(asked())
                .isEqualTo(new ArchiveQuery(
                        QueryLevel.STUDY,
                        List.of(
                                new MatchingKey(List.of(0x00100010), Vr.PN, "*KNEE^A*"),
                                new MatchingKey(List.of(0x00080061), Vr.CS, "CT\\MR"),
                                new MatchingKey(List.of(0x00080020), Vr.DA, "20240101-20240131"),
                                new MatchingKey(List.of(0x00100020), Vr.LO, "*17*"),
                                new MatchingKey(List.of(0x0020000D), Vr.UI, "1.2\\1.3")),
                        "NORTH",
                        false,
                        Set.of(0x00081030, 0x00080060, 0x00100010),
                        false,
                        0,
                        101,
                        new LocalPosition(-1)));
    }

    @Test
    void resultsAsXml_comePartByPart() throws Exception {
        String xml = "multipart/related; type=\"application/dicom+xml\"";
        ARCHIVE.matches.add(AttributeSet.of(Map.of(Tags.STUDY_INSTANCE_UID, FakeArchive.uid("1.2.3"))));
        ARCHIVE.matches.add(AttributeSet.of(Map.of(Tags.STUDY_INSTANCE_UID, FakeArchive.uid("1.2.4"))));

        var response = server.get("/dicom-web/studies", "Accept", xml);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(Multiparts.read(response)).hasSize(2).last().satisfies(part -> {
            assertThat(part.contentType()).isEqualTo("application/dicom+xml");
            assertThat(part.text()).contains("tag=\"0020000D\" vr=\"UI\"><Value number=\"1\">1.2.4</Value>");
        });
        ARCHIVE.matches.clear();
        assertThat(server.get("/dicom-web/studies", "Accept", xml).statusCode()).isEqualTo(204);
        assertThat(server.get("/dicom-web/studies", "Accept", "application/dicom+xml")
                        .statusCode())
                .isEqualTo(406);
    }

    @Test
    void bulkValue_hasTheAddressThatMetadataGives_orIsLeftOutWhereThereIsNone() throws Exception {
        Attribute stayed = new Attribute(Vr.OW, List.of(new Value.Bulk(1_000, 4_000)));
        AttributeSet icon = AttributeSet.EMPTY.with(Tags.MODALITY, cs("CT")).with(Tags.PIXEL_DATA, stayed);
        AttributeSet series = AttributeSet.EMPTY
                .with(Tags.STUDY_INSTANCE_UID, FakeArchive.uid("1.2"))
                .with(Tags.SERIES_INSTANCE_UID, FakeArchive.uid("1.3"))
                .with(0x00880200, new Attribute(Vr.SQ, List.of(new Value.Item(icon))));
        ARCHIVE.matches.add(series.with(Tags.SOP_INSTANCE_UID, FakeArchive.uid("1.4")));

        assertThat(TestServer.text(server.get("/dicom-web/instances?includefield=all")))
                .contains("\"7FE00010\":{\"vr\":\"OW\",\"BulkDataURI\":\""
                        + server.url("/dicom-web/studies/1.2/series/1.3/instances/1.4/bulkdata/00880200/1/7FE00010")
                        + "\"}");

        ARCHIVE.matches.clear();
        ARCHIVE.matches.add(series);
        assertThat(TestServer.text(server.get("/dicom-web/series?includefield=all")))
                .contains("\"00080060\"")
                .doesNotContain("7FE00010", "BulkDataURI");
    }

    @Test
    void networkQuery_namesHoldersAndSaysHowCurrentItIs() throws Exception {
        ARCHIVE.matches.add(AttributeSet.EMPTY
                .with(Tags.STUDY_INSTANCE_UID, new Attribute(Vr.UI, List.of(new Value.Text("1.2.3"))))
                .with(Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text("UNAVAILABLE")))));

        var response = server.get("/network/dicom-web/studies?PatientID=17");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(asked().localIssuer()).isEqualTo("NORTH");
        assertThat(TestServer.text(response))
                .contains("\"00090010\":{\"vr\":\"LO\",\"Value\":[\"ARCHIPELAGO 1.0\"]}")
                .contains("\"00091003\":{\"vr\":\"LO\",\"Value\":[\"harbor\"]}")
                .contains("\"00091004\":{\"vr\":\"AT\",\"Value\":[\"00100010\"]}")
                .doesNotContain("00081190");
        assertThat(response.headers().firstValue("Archipelago-Completeness"))
                .contains("\"harbor\";site=\"" + FakeNetwork.HARBOR
                        + "\";records=90;known=100;unreadable=3;reachable=?1;age=2");
        assertThat(response.headers().allValues("Warning"))
                .anySatisfy(warning -> assertThat(warning)
                        .startsWith("299 archipelago")
                        .contains("harbor: 10 records behind, 3 records unreadable here"));
    }

    @Test
    void rowThatComesFromAnotherSite_hasTheNetworksUrl_andOfTwoPeopleThisSitesAlone() throws Exception {
        ARCHIVE.matches.add(row("1.2.3", "17", "HARBOR").with(Tags.INSTANCE_AVAILABILITY, cs("NEARLINE")));
        ARCHIVE.matches.add(row("1.2.4", FakeNetwork.OF_TWO_PEOPLE, "").with(Tags.INSTANCE_AVAILABILITY, cs("ONLINE")));

        assertThat(TestServer.text(server.get("/network/dicom-web/studies")))
                .contains(server.url("/network/dicom-web/studies/1.2.3") + "\"")
                .contains(server.url("/dicom-web/studies/1.2.4") + "\"")
                .doesNotContain("/network/dicom-web/studies/1.2.4");
    }

    /** It asks for a patient's other studies by the Patient ID of a row. */
    @Test
    void viewer_getsPatientIdsThatFindNobodyElse() throws Exception {
        ARCHIVE.matches.add(row("1.2.3", "17", "HARBOR"));
        ARCHIVE.matches.add(row("1.2.4", "17", "NORTH"));
        ARCHIVE.matches.add(row("1.2.5", "17", ""));

        String rows = TestServer.text(server.get("/network/viewer/studies"));
        assertThat(rows).contains("\"Value\":[\"17^^^HARBOR\"]", "\"Value\":[\"17\"]");
        assertThat(rows.split("00100020", -1)).hasSize(3);
        assertThat(asked().includeFields()).contains(Tags.ISSUER_OF_PATIENT_ID);

        ARCHIVE.asked.clear();
        server.get("/network/viewer/studies?00100020=17%5E%5E%5EHARBOR");
        assertThat(asked().keys())
                .extracting(key -> key.path().getFirst(), MatchingKey::value)
                .containsExactly(tuple(Tags.PATIENT_ID, "17"), tuple(Tags.ISSUER_OF_PATIENT_ID, "HARBOR"));
        ARCHIVE.asked.clear();
        server.get("/network/viewer/studies/1.2.3/series?00100020=17");
        assertThat(asked().keys())
                .extracting(key -> key.path().getFirst())
                .containsExactly(Tags.PATIENT_ID, Tags.STUDY_INSTANCE_UID);
    }

    private static AttributeSet row(String study, String id, String issuer) {
        AttributeSet row = AttributeSet.EMPTY
                .with(Tags.STUDY_INSTANCE_UID, new Attribute(Vr.UI, List.of(new Value.Text(study))))
                .with(Tags.PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text(id))));
        return issuer.isEmpty()
                ? row
                : row.with(Tags.ISSUER_OF_PATIENT_ID, new Attribute(Vr.LO, List.of(new Value.Text(issuer))));
    }

    private static Attribute cs(String value) {
        return new Attribute(Vr.CS, List.of(new Value.Text(value)));
    }

    @Test
    void ownQuery_saysNothingOfTheNetwork() throws Exception {
        var response = server.get("/dicom-web/studies");
        assertThat(response.headers().firstValue("Archipelago-Completeness")).isEmpty();
        assertThat(response.headers().allValues("Warning")).isEmpty();
    }

    @Test
    void query_isOnRecordWithThePatientsOfItsRows() throws Exception {
        server.get("/dicom-web/studies");
        assertThat(ACCESS.last().patients).isEmpty();
        ARCHIVE.matches.add(AttributeSet.EMPTY);
        server.get("/dicom-web/studies");
        assertThat(ACCESS.last().patients).containsExactly(FakeArchive.ANNA);
    }

    @Test
    void unescapedCaret_asBrowsersSendIt_isUnderstood() throws Exception {
        try (java.net.Socket socket = new java.net.Socket("127.0.0.1", server.port())) {
            socket.getOutputStream()
                    .write(
                            "GET /dicom-web/studies?PatientName=DOE^JANE|x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 200");
        }
        assertThat(asked().keys().getFirst().value()).isEqualTo("DOE^JANE|x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/studies", "/series", "/instances", "/studies/1.2.7/series", "/studies/1.2.7/instances"})
    void studiesWithOpenConflicts_areSaidAtEveryLevel(String path) throws Exception {
        for (String study : List.of("1.2.7", "1.2.7", "1.2.8", "1.2.9")) {
            ARCHIVE.matches.add(AttributeSet.of(Map.of(Tags.STUDY_INSTANCE_UID, FakeArchive.uid(study))));
        }
        ARCHIVE.more = true;
        assertThat(server.get("/dicom-web" + path).headers().allValues("Warning"))
                .noneMatch(warning -> warning.contains("conflict"));
        ARCHIVE.openConflicts.putAll(Map.of("1.2.7", 2, "1.2.9", 1));

        assertThat(server.get("/dicom-web" + path).headers().allValues("Warning"))
                .anyMatch(warning -> warning.contains("additional results"))
                .contains("299 archipelago \"2 of 3 studies in this answer have open conflicts:"
                        + " see /studies/1.2.7 /studies/1.2.9\"");
    }

    @Test
    void moreStudiesThanAreLookedAt_saysSoAndStaysShort() throws Exception {
        for (int i = 0; i < 2 * ConflictWarning.MAX_LOOKED_AT; i++) {
            String study = "1.2." + "3".repeat(50) + "." + i;
            ARCHIVE.matches.add(AttributeSet.of(Map.of(Tags.STUDY_INSTANCE_UID, FakeArchive.uid(study))));
            ARCHIVE.openConflicts.put(study, 1);
        }

        assertThat(server.get("/dicom-web/series").headers().allValues("Warning"))
                .singleElement()
                .asString()
                .contains("25 of the first 25 studies in this answer have open conflicts")
                .hasSizeLessThan(500);
    }

    @Test
    void tagsAndSequencePathsAndUidLists_areKeys() throws Exception {
        server.get("/dicom-web/series?00100020=ID&RequestAttributesSequence.ScheduledProcedureStepID=S"
                + "&StudyInstanceUID=1.2,1.3&StudyInstanceUID=1.4&fuzzymatching=true&includefield=all");

        assertThat(asked().level()).isEqualTo(QueryLevel.SERIES);
        assertThat(asked().fuzzyNames()).isTrue();
        assertThat(asked().includeAll()).isTrue();
        assertThat(asked().keys())
                .containsExactlyInAnyOrder(
                        new MatchingKey(List.of(0x00100020), Vr.LO, "ID"),
                        new MatchingKey(List.of(0x00400275, 0x00400009), Vr.SH, "S"),
                        new MatchingKey(List.of(0x0020000D), Vr.UI, "1.2\\1.3\\1.4"));
    }

    @Test
    void studyAndSeriesOfThePath_areKeys() throws Exception {
        server.get("/dicom-web/studies/1.2/series/1.3/instances");

        assertThat(asked().level()).isEqualTo(QueryLevel.IMAGE);
        assertThat(asked().keys())
                .containsExactly(
                        new MatchingKey(List.of(0x0020000D), Vr.UI, "1.2"),
                        new MatchingKey(List.of(0x0020000E), Vr.UI, "1.3"));
        assertThat(ACCESS.last().study.orElseThrow().value()).isEqualTo("1.2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "studies/1.2/instances?StudyInstanceUID=1.9",
                "studies/1.2/instances?0020000D=1.2,1.9",
                "studies/1.2/series?StudyInstanceUID=1.9",
                "studies/1.2/series/1.3/instances?SeriesInstanceUID=1.9"
            })
    void parameterThatNamesAnotherThanThePath_isRefused(String address) throws Exception {
        var response = server.get("/dicom-web/" + address);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.text(response)).contains("INVALID_QUERY");
        assertThat(ARCHIVE.asked).isEmpty();
    }

    @Test
    void parameterThatNamesWhatThePathNames_isOneKey() throws Exception {
        server.get("/dicom-web/studies/1.2/instances?StudyInstanceUID=1.2");

        assertThat(asked().keys()).containsExactly(new MatchingKey(List.of(0x0020000D), Vr.UI, "1.2"));
    }

    @Test
    void moreParametersThanTheContainerReads_areTheCallersFault() throws Exception {
        assertThat(server.get("/dicom-web/studies?" + "PatientID=1&".repeat(1000))
                        .statusCode())
                .isBetween(400, 499);
    }

    @Test
    void keysWithoutMatching_areNamedInAWarning() throws Exception {
        ARCHIVE.unmatched.add(List.of(0x00200013));
        ARCHIVE.unmatched.add(List.of(0x00400275, 0x00400009));

        var response = server.get("/dicom-web/studies?InstanceNumber=5");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Warning").orElseThrow())
                .startsWith("299 ")
                .contains("00200013 00400275.00400009");
    }

    @Test
    void emptyAttributes_haveNoEntry() throws Exception {
        ARCHIVE.matches.add(AttributeSet.of(Map.of(
                0x0020000D, FakeArchive.uid("1.2"),
                0x00080061, new Attribute(Vr.CS, List.of()),
                0x00081030, new Attribute(Vr.LO, List.of(new Value.Text(""))),
                0x00100010,
                        new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("Yamada^Tarou", "山田^太郎", "")))))));

        var response = server.get("/dicom-web/studies");

        assertThat(TestServer.text(response))
                .isEqualTo("[{\"00081190\":{\"vr\":\"UR\",\"Value\":[\"" + server.url("/dicom-web/studies/1.2")
                        + "\"]},\"00100010\":{\"vr\":\"PN\",\"Value\":[{\"Alphabetic\":\"Yamada^Tarou\",\"Ideographic\":\"山田^太郎\"}]},"
                        + "\"0020000D\":{\"vr\":\"UI\",\"Value\":[\"1.2\"]}}]");
        assertThat(ACCESS.last().kind).isEqualTo(AccessKind.QUERY);
        assertThat(ACCESS.last().objects).isEqualTo(1);
    }

    /** PS3.18 §8.3.4.5, §8.3.4.6; several values only where the attribute may have several (PS3.4 §C.2.2.2.8). */
    @Test
    void extendedMatching_isDoneWhereItIsAskedFor() throws Exception {
        String keys = "ModalitiesInStudy=CT%5CPT&PatientID=%22%22&StudyInstanceUID=1.2,1.3";
        server.get("/dicom-web/studies?" + keys);
        server.get("/dicom-web/studies?emptyvaluematching=false&multiplevaluematching=false&" + keys);
        server.get("/dicom-web/studies?" + keys + "&emptyvaluematching=true&multiplevaluematching=true");

        assertThat(ARCHIVE.asked.get(0)).isEqualTo(ARCHIVE.asked.get(1));
        assertThat(ARCHIVE.asked.get(0).keys())
                .allSatisfy(key -> assertThat(key.extended()).isEmpty());
        assertThat(ARCHIVE.asked.get(2).keys())
                .containsExactlyInAnyOrder(
                        new MatchingKey(
                                List.of(0x00080061),
                                Vr.CS,
                                "CT\\PT",
                                Set.of(Extended.EMPTY_VALUE, Extended.MULTIPLE_VALUES)),
                        new MatchingKey(List.of(0x00100020), Vr.LO, "\"\"", Set.of(Extended.EMPTY_VALUE)),
                        new MatchingKey(List.of(0x0020000D), Vr.UI, "1.2\\1.3", Set.of(Extended.EMPTY_VALUE)));
    }

    @Test
    void limitOfNone_answersNoMatchAndWhetherThereAreAny() throws Exception {
        ARCHIVE.more = true;

        var response = server.get("/dicom-web/studies?limit=0");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.text(response)).isEqualTo("[]");
        assertThat(asked().limit()).isZero();
        assertThat(response.headers().firstValue("Warning").orElseThrow()).contains("additional results");
    }

    @Test
    void moreMatches_areAnnounced() throws Exception {
        ARCHIVE.more = true;

        var response = server.get("/dicom-web/studies?limit=5000&offset=20");

        assertThat(asked().limit()).isEqualTo(200);
        assertThat(asked().offset()).isEqualTo(20);
        assertThat(response.headers().firstValue("Warning").orElseThrow()).startsWith("299 ");
        assertThat(response.headers().firstValue("Archipelago-Position")).contains("41");
    }

    @Test
    void minimumPosition_comesByParameterOrHeader() throws Exception {
        server.get("/dicom-web/studies?minimumPosition=40");
        server.get("/dicom-web/studies", "Archipelago-Minimum-Position", "39");

        assertThat(ARCHIVE.asked).extracting(q -> q.minimum().value()).containsExactly(40L, 39L);
    }

    @Test
    void searchDown_answers503InWords() throws Exception {
        ARCHIVE.searchFailure = Optional.of(ArchiveError.SEARCH_UNAVAILABLE);

        var response = server.get("/dicom-web/studies");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("5");
        assertThat(TestServer.text(response)).contains("SEARCH_UNAVAILABLE", "can still be stored and opened");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PatientNam=x",
                "limit=-1",
                "emptyvaluematching=1",
                "multiplevaluematching=",
                "limit=abc",
                "offset=-1",
                "fuzzymatching=maybe",
                "PatientID=1&PatientID=2",
                "includefield=Nonsense",
                "RequestAttributesSequence..x=1",
                "minimumPosition=soon"
            })
    void whatIsNotUnderstood_isRefusedByName(String query) throws Exception {
        var response = server.get("/dicom-web/studies?" + query);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.text(response)).contains("INVALID_QUERY");
        assertThat(ARCHIVE.asked).isEmpty();
    }
}
