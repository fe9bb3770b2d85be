package org.archipelago.node.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.lang.reflect.Method;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.FakeNetwork;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.ClassPathScanningCandidateComponentProvider;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.type.filter.AnnotationTypeFilter;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PortalTest {
    private static final FakeArchive ARCHIVE = new FakeArchive();
    private static final FakeAccess ACCESS = new FakeAccess();

    @TempDir
    private static Path viewer;

    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        Files.writeString(viewer.resolve("index.html"), "<html>OHIF</html>");
        Files.writeString(viewer.resolve("app.bundle.0123456789abcdef0123.js"), "let x;");
        Files.writeString(viewer.resolve("app-config.js"), "shipped");
        Files.writeString(viewer.getParent().resolve("secret.txt"), "secret");
        AttributeSet metadata = FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "CT thorax", "CT");
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                FakeArchive.dataset("1.2.3", "1.2.3.1", "1.1", ""),
                metadata);
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN, FakeArchive.dataset("1.2.3", "1.2.3.2", "1.2", ""), metadata);
        server = TestServer.start(HttpOptions.loopback(0), FakePortal.of(ARCHIVE, ACCESS, Optional.of(viewer)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void reset() {
        ARCHIVE.matches.clear();
        ARCHIVE.people.clear();
        ARCHIVE.asked.clear();
        ARCHIVE.more = false;
        ARCHIVE.searchFailure = Optional.empty();
        ACCESS.recorded.clear();
    }

    private static String page(String path) throws Exception {
        HttpResponse<byte[]> response = server.get(path, "Accept", "text/html");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        return TestServer.text(response);
    }

    @Test
    void firstPage_listsStudiesWithTheirMarks() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE^M", "", "4711", "CT <thorax>", "CT", "SR"));
        ARCHIVE.matches.add(FakePortal.study("1.2.4", "Yamada^Tarou", "山田^太郎", "4712", "MR knee", "MR"));

        String html = page("/");

        assertThat(html)
                .contains("DOE, JANE M", "4711", "2024-01-31", "14:22", "href=\"/studies/1.2.3\"")
                .contains("1 conflict", ">held<")
                .contains("CT &lt;thorax&gt;")
                .contains("山田 太郎 · Yamada, Tarou")
                .doesNotContain("<thorax>");
        assertThat(ACCESS.last().kind).isEqualTo(AccessKind.QUERY);
        assertThat(ACCESS.last().objects).isEqualTo(2);
    }

    @Test
    void networkView_showsHoldersAndWhatMayBeMissing() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "x", "CT"));
        ARCHIVE.more = true;

        String html = page("/?view=network");

        assertThat(html)
                .contains("Held by", ">harbor<", "differs in PatientName")
                .contains("harbor: 10 records behind, 3 records unreadable here")
                .contains("href=\"/studies/1.2.3\"", "view=network")
                .containsPattern("value=\"network\"\\s+checked");
        assertThat(page("/")).contains("Held by");
        assertThat(page("/?view=site"))
                .doesNotContain("Held by", "harbor")
                .containsPattern("value=\"site\"\\s+checked");
    }

    /** This site holds a study of that UID, and of another patient. */
    @Test
    void networkRowThatIsNotHere_leadsToNoStudyOfThisSite() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "x", "CT")
                .with(Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text("UNAVAILABLE")))));

        assertThat(page("/?view=network"))
                .contains("DOE, JANE", ">north<", "unavailable now", "href=\"/network/studies/1.2.3\"")
                .doesNotContain("href=\"/studies/1.2.3\"");
        assertThat(TestServer.text(server.get("/api/network/studies?q=doe")))
                .contains("\"here\":false", "\"availability\":\"UNAVAILABLE\"");
        assertThat(page("/network/studies/1.2.3"))
                .contains("Images are not available now", "2 of 3: harbor, valley")
                .doesNotContain("Open images");
    }

    @Test
    void studyThatComesFromAnotherSite_opensInTheViewerByTheNetwork() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "x", "CT")
                .with(Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text("NEARLINE")))));

        assertThat(page("/?view=network"))
                .contains("href=\"/network/studies/1.2.3\"")
                .doesNotContain("unavailable now");
        assertThat(page("/network/studies/1.2.3"))
                .contains("DOE, JANE", "come from another site when opened", "harbor: 10 records behind")
                .contains("href=\"/viewer/viewer/network?StudyInstanceUIDs=1.2.3\"");
        assertThat(ACCESS.last().kind).isEqualTo(AccessKind.VIEW);
    }

    @Test
    void studyOfDifferentPeopleAtDifferentSites_isOpenedNowhereInTheNetwork() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", FakeNetwork.OF_TWO_PEOPLE, "x", "CT")
                .with(Tags.INSTANCE_AVAILABILITY, new Attribute(Vr.CS, List.of(new Value.Text("UNAVAILABLE")))));

        assertThat(page("/?view=network"))
                .contains("DOE, JANE", "other people", "under this UID")
                .doesNotContain("studies/1.2.3");
        assertThat(page("/network/studies/1.2.3"))
                .contains("Objects of different people")
                .doesNotContain("Open images", "<h2>Series");
    }

    @Test
    void networkStanding_isToldToPrograms() throws Exception {
        assertThat(TestServer.text(server.get("/api/network")))
                .contains("\"complete\":false", "\"label\":\"harbor\"", "\"records\":90", "\"knownRecords\":100")
                .contains("\"unreadableRecords\":3", "\"contactAgeSeconds\":2", "\"reachable\":true");
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "x", "CT"));
        assertThat(TestServer.text(server.get("/api/network/studies?q=doe")))
                .contains("\"uid\":\"1.2.3\"", "\"label\":\"harbor\"", "\"differsIn\":[\"PatientName\"]", "\"gaps\"");
        assertThat(ACCESS.last().objects).isEqualTo(1);
    }

    @Test
    void searchLine_staysInTheFieldAndInPaging() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "x", "CT"));
        ARCHIVE.more = true;

        String html = page("/?q=%22%3E%3Cscript%3E&offset=50");

        assertThat(html)
                .contains("value=\"&quot;&gt;&lt;script&gt;\"")
                .contains("offset=100", "offset=0")
                .doesNotContain("<script>\"");
        assertThat(ARCHIVE.asked.getFirst().offset()).isEqualTo(50);
    }

    @Test
    void studyFoundByTwoReadings_isShownOnce() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "x", "CT"));

        String html = page("/?q=4711");

        assertThat(ARCHIVE.asked).hasSize(4);
        assertThat(html.split("href=\"/studies/1.2.3\"", -1)).hasSize(2);
    }

    @Test
    void searchDown_saysWhatStillWorks() throws Exception {
        ARCHIVE.searchFailure = Optional.of(ArchiveError.SEARCH_UNAVAILABLE);

        HttpResponse<byte[]> response = server.get("/", "Accept", "text/html");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("5");
        assertThat(response.headers().firstValue("Content-Security-Policy")).isPresent();
        assertThat(TestServer.text(response))
                .contains("Search is not available", "C-STORE and STOW-RS", "id=\"results\"");
    }

    @Test
    void studyPage_showsSeriesHistoryAndMarks_evenWhileSearchIsDown() throws Exception {
        ARCHIVE.searchFailure = Optional.of(ArchiveError.SEARCH_UNAVAILABLE);

        String html = page("/studies/1.2.3");

        assertThat(html)
                .contains(
                        "DOE, JANE",
                        "/api/thumbnails/studies/1.2.3/series/1.2.3.1",
                        "VersionSuperseded",
                        "2026-03-04 12:00:02 UTC")
                .contains("One open conflict.", "Held.", "without their descriptions")
                .contains("/viewer/viewer?StudyInstanceUIDs=1.2.3");
        assertThat(ACCESS.last().kind).isEqualTo(AccessKind.VIEW);
        assertThat(ACCESS.last().study.orElseThrow().value()).isEqualTo("1.2.3");
    }

    @Test
    void studyOfSeveralPatients_isHeadedAsItsRowAndNamesThemAll() throws Exception {
        keepOf("6.1", "UNI^A", "");
        keepOf("6.2", "UNI^C", "UN3");
        keepOf("6.3", "UNI^B", "UN2");
        keepOf("6.4", "UNI^B", "");
        ARCHIVE.people.addAll(List.of("6.2", "6.3", "6.1"));
        AttributeSet row = FakePortal.study("6.1.2", "UNI^B", "", "UN2", "x", "CT");
        ARCHIVE.matches.add(row);

        String html = page("/studies/6.1.2");
        String json = TestServer.text(server.get("/api/studies/6.1.2"));

        assertThat(html)
                .contains("<h1>UNI, B</h1>", "Objects of 3 patients.")
                .contains("UNI, A (no ID, 1961-04-12)", "UNI, C (UN3, 1961-04-12)", "UNI, B (UN2, 1961-04-12)");
        assertThat(json.substring(0, json.indexOf("\"series\":[")))
                .contains("\"study\":{")
                .containsOnlyOnce("\"patientId\":\"UN3\"");
        assertThat(json.substring(json.indexOf("\"study\":"), json.indexOf("\"patients\":")))
                .contains("\"patient\":\"UNI, B\"", "\"patientId\":\"UN2\"");

        ARCHIVE.searchFailure = Optional.of(ArchiveError.SEARCH_UNAVAILABLE);
        assertThat(page("/studies/6.1.2")).contains("<h1>UNI, C</h1>", "Objects of 3 patients.");
    }

    @Test
    void seriesOfAStudyOfSeveralPatients_saysWhoseItIs() throws Exception {
        keep("6.2.1", "6.2.1.1", "6.2.11", "WHO^ANNA", "WH1");
        keep("6.2.1", "6.2.1.2", "6.2.12", "WHO^BERT", "WH2");
        ARCHIVE.people.addAll(List.of("6.2.11", "6.2.12"));
        ARCHIVE.searchFailure = Optional.of(ArchiveError.SEARCH_UNAVAILABLE);

        String html = page("/studies/6.2.1");
        JsonNode series = JsonMapper.shared()
                .readTree(server.get("/api/studies/6.2.1").body())
                .get("series");

        String cards = html.substring(html.indexOf("<ul class=\"series\">"));
        String first = cards.substring(0, cards.indexOf("series/6.2.1.2"));
        String second = cards.substring(cards.indexOf("series/6.2.1.2"), cards.indexOf("</ul>"));
        assertThat(first).contains("WHO, ANNA (WH1, 1961-04-12)").doesNotContain("BERT");
        assertThat(second).contains("WHO, BERT (WH2, 1961-04-12)").doesNotContain("ANNA");
        assertThat(series.get(1).get("patients").get(0).get("patientId").asString())
                .isEqualTo("WH2");
    }

    @Test
    void seriesOfAStudyOfOnePatient_saysNothingOfWhoseItIs() throws Exception {
        assertThat(page("/studies/1.2.3")).doesNotContain("class=\"patient\"");
    }

    @Test
    void seriesOfPeopleBeyondThoseWhoAreNamed_saysThatThereAreMore() throws Exception {
        for (int i = 0; i < 22; i++) {
            keep("6.3.1", "6.3.1.1", "6.3.1" + i, "MANY^N" + i, "MA" + i);
            ARCHIVE.people.add("6.3.1" + i);
        }

        assertThat(page("/studies/6.3.1"))
                .contains("MANY, N19 (MA19", "2 further patients")
                .doesNotContain("MA20");
    }

    private static void keep(String study, String series, String instance, String name, String id) {
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                FakeArchive.dataset(study, series, instance, "x"),
                FakePortal.study(study, name, "", id, "x", "CT"));
    }

    private static void keepOf(String instance, String name, String id) {
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                FakeArchive.dataset("6.1.2", "6.1.2.1", instance, "x"),
                FakePortal.study("6.1.2", name, "", id, "x", "CT"));
    }

    @Test
    void studyPage_describesSeriesFromSearch() throws Exception {
        ARCHIVE.matches.add(AttributeSet.of(java.util.Map.of(
                Tags.SERIES_INSTANCE_UID, FakeArchive.uid("1.2.3.1"),
                Tags.SERIES_NUMBER, FakePortal.text(org.archipelago.contract.dicom.Vr.IS, "7"),
                Tags.SERIES_DESCRIPTION, FakePortal.text(org.archipelago.contract.dicom.Vr.LO, "Axial soft"))));

        assertThat(page("/studies/1.2.3"))
                .contains("Series 7", "Axial soft")
                .doesNotContain("without their descriptions");
    }

    @Test
    void pagesThatAreNotThere_areFriendly() throws Exception {
        for (String path : List.of("/studies/9.9", "/nothing/here")) {
            HttpResponse<byte[]> response = server.get(path, "Accept", "text/html");
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(TestServer.text(response)).contains("To the studies", "portal.css");
        }
    }

    @Test
    void otherPages_render() throws Exception {
        assertThat(page("/quarantine")).contains("1.2.840.99.1", "no patient");
        assertThat(page("/status")).contains("Version", "0.1.0");
        assertThat(page("/studies/1.2.3/access")).contains("63000000", "COMPLETED", "http");
        assertThat(ACCESS.last().kind).isEqualTo(AccessKind.READ_HISTORY);
    }

    @Test
    void quarantinedObject_isRefusedAlikeWhetherOrNotItIsThere() throws Exception {
        for (String id : List.of(FakePortal.QUARANTINED, "no-such-object")) {
            assertThat(server.get("/api/quarantine/" + id).statusCode()).isEqualTo(403);
            assertThat(ACCESS.last().what).endsWith(id);
            assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.REFUSED);
        }
        assertThat(page("/quarantine")).contains("http.mayFetchQuarantined").doesNotContain("/api/quarantine/");
    }

    @Test
    void quarantinedObjectWherePermitted_leavesAsAFileAndOnRecord() throws Exception {
        try (TestServer permitting = TestServer.start(
                HttpOptions.loopback(0),
                FakePortal.of(ARCHIVE, ACCESS, Optional.empty(), Optional.of(FakePortal.quarantined(ARCHIVE))))) {
            assertThat(TestServer.text(permitting.get("/quarantine", "Accept", "text/html")))
                    .contains("href=\"/api/quarantine/" + FakePortal.QUARANTINED + "\"");

            HttpResponse<byte[]> file = permitting.get("/api/quarantine/" + FakePortal.QUARANTINED);

            assertThat(file.statusCode()).isEqualTo(200);
            assertThat(file.headers().firstValue("Content-Type")).contains("application/octet-stream");
            assertThat(file.headers().firstValue("Content-Disposition").orElseThrow())
                    .startsWith("attachment");
            assertThat(new String(file.body(), StandardCharsets.ISO_8859_1))
                    .contains("DICM")
                    .endsWith(new String(
                            FakeArchive.dataset("1.2.3", "1.2.3.1", "1.1", ""), StandardCharsets.ISO_8859_1));
            assertThat(ACCESS.last().kind).isEqualTo(AccessKind.EXPORT);
            assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.COMPLETED);
            assertThat(ACCESS.last().bytes).isEqualTo(file.body().length);

            assertThat(permitting.get("/api/quarantine/no-such-object").statusCode())
                    .isEqualTo(404);
            assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.REFUSED);
        }
    }

    @Test
    void longLists_comeInPagesAndSaySo() throws Exception {
        assertThat(page("/studies/1.2.3"))
                .contains("StudyRegistered", "offset=2")
                .doesNotContain("StudySettled");
        assertThat(page("/studies/1.2.3?offset=2")).contains("StudySettled").doesNotContain("offset=4");

        HttpResponse<byte[]> first = server.get("/api/studies/1.2.3/history");
        assertThat(first.headers().firstValue("Archipelago-More")).contains("true");
        HttpResponse<byte[]> second = server.get("/api/studies/1.2.3/history?offset=2");
        assertThat(TestServer.text(second)).contains("StudySettled").doesNotContain("StudyRegistered");
        assertThat(second.headers().firstValue("Archipelago-More")).contains("false");
    }

    @Test
    void pageThatCannotBeWritten_doesNotCountAsSeen() throws Exception {
        assertThat(server.get("/studies/" + FakePortal.UNPRINTABLE + "/access").statusCode())
                .isEqualTo(500);
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.FAILED);

        assertThat(server.get("/api/access?study=" + FakePortal.UNPRINTABLE).statusCode())
                .isEqualTo(500);
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.FAILED);
    }

    @Test
    void pages_carrySecurityHeaders() throws Exception {
        HttpResponse<byte[]> response = server.get("/");
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(response.headers().firstValue("X-Frame-Options")).contains("DENY");
        assertThat(response.headers().firstValue("Referrer-Policy")).contains("no-referrer");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void api_tellsWhatThePagesShow() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "CT thorax", "CT"));

        assertThat(TestServer.text(server.get("/api/studies?q=doe&minimumPosition=40")))
                .contains("\"uid\":\"1.2.3\"", "\"patient\":\"DOE, JANE\"", "\"position\":41", "\"openConflicts\":1");
        assertThat(ARCHIVE.asked.getFirst().minimum().value()).isEqualTo(40);
        assertThat(TestServer.text(server.get("/api/studies/1.2.3"))).contains("\"instances\":2");
        assertThat(TestServer.text(server.get("/api/studies/1.2.3/history")))
                .contains("{\"position\":17,\"recordedAt\":\"2026-03-04T12:00:00Z\",\"event\":\"StudyRegistered\"");
        assertThat(TestServer.text(server.get("/api/access?study=1.2.3")))
                .contains("\"kind\":\"RETRIEVE\"", "\"bytes\":63000000");
        assertThat(TestServer.text(server.get("/api/quarantine"))).contains("NON_PATIENT_OBJECT");
        assertThat(TestServer.text(server.get("/api/status"))).contains("\"Studies\":\"3\"");
        assertThat(server.get("/api/access").statusCode()).isEqualTo(400);
    }

    @Test
    void accessOfAPatient_isListedAndOnRecordUnderThePatient() throws Exception {
        for (String address : List.of("/api/access?patient=17", "/api/access?patient=17&issuer=NORTH")) {
            assertThat(TestServer.text(server.get(address))).contains("\"kind\":\"RETRIEVE\"", "\"kind\":\"QUERY\"");
            assertThat(ACCESS.last().kind).isEqualTo(AccessKind.READ_HISTORY);
            assertThat(ACCESS.last().patients).containsExactly(FakeArchive.ANNA);
        }
        assertThat(TestServer.text(server.get("/api/access?patient=17&issuer=HARBOR")))
                .isEqualTo("[]");
        assertThat(ACCESS.last().patients).isEmpty();
        assertThat(server.get("/api/access?patient=17&study=1.2.3").statusCode())
                .isEqualTo(400);
    }

    @Test
    void whatIsFoundAndViewed_isOnRecordUnderItsPatient() throws Exception {
        ARCHIVE.matches.add(FakePortal.study("1.2.3", "DOE^JANE", "", "4711", "CT thorax", "CT"));
        for (String address : List.of(
                "/?q=doe",
                "/studies/1.2.3",
                "/api/studies?q=doe",
                "/api/studies/1.2.3",
                "/api/studies/1.2.3/instances/1.1/versions")) {
            assertThat(server.get(address).statusCode()).as(address).isEqualTo(200);
            assertThat(ACCESS.last().patients).as(address).containsExactly(FakeArchive.ANNA);
        }
    }

    @Test
    void decisionOnAnotherPatientsVersion_isOnRecordUnderThatPatient() throws Exception {
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                FakeArchive.dataset("6.7.1", "6.7.1.1", "6.7", "first"),
                AttributeSet.EMPTY);
        VersionId challenger = ARCHIVE.keepBeside(FakeArchive.dataset("6.7.1", "6.7.1.1", "6.7", "of another"));
        ARCHIVE.ofBert.add(challenger);
        FakePortal.CHALLENGED.put(
                new StudyInstanceUid("6.7.1"),
                new StudyConflicts.Open(
                        new ConflictId(2),
                        ConflictKind.DIFFERENT_CONTENT,
                        "2026-03-04T12:00:00Z",
                        Actor.device("CT1", "127.0.0.1"),
                        Optional.of(new SopInstanceUid("6.7")),
                        Optional.of(challenger),
                        Optional.empty()));

        assertThat(page("/studies/6.7.1")).contains("Conflict 2:");

        assertThat(ACCESS.last().patients).containsExactlyInAnyOrder(FakeArchive.ANNA, FakeArchive.BERT);
        // A program is told which versions there are, and nothing of what they say.
        assertThat(server.get("/api/studies/6.7.1/conflicts").statusCode()).isEqualTo(200);
        assertThat(ACCESS.last().patients).containsExactly(FakeArchive.ANNA);
    }

    @Test
    void openApi_namesEveryAddressOfTheApiWithEachOfItsMethods() throws Exception {
        JsonNode paths =
                new JsonMapper().readTree(server.get("/api/openapi").body()).get("paths");
        List<String> described = new ArrayList<>();
        paths.propertyNames()
                .forEach(path -> paths.get(path).propertyNames().forEach(method -> described.add(method + " " + path)));
        List<String> answered = answered();
        assertThat(answered).hasSizeGreaterThan(35);
        assertThat(described)
                .containsAll(answered)
                .contains("get /dicom-web/studies", "get /network/dicom-web/studies");
    }

    /** Below /api, by all controllers of the program. */
    private static List<String> answered() throws Exception {
        ClassPathScanningCandidateComponentProvider controllers =
                new ClassPathScanningCandidateComponentProvider(false) {
                    @Override
                    protected boolean isCandidateComponent(AnnotatedBeanDefinition definition) {
                        return true;
                    }
                };
        controllers.addIncludeFilter(new AnnotationTypeFilter(Controller.class));
        List<String> answered = new ArrayList<>();
        for (BeanDefinition found : controllers.findCandidateComponents("org.archipelago.node")) {
            Class<?> controller = Class.forName(found.getBeanClassName());
            if (!isOfTheProgram(controller)) {
                continue;
            }
            for (Method method : controller.getDeclaredMethods()) {
                MergedAnnotation<RequestMapping> mapping =
                        MergedAnnotations.from(method).get(RequestMapping.class);
                if (mapping.isPresent()) {
                    String name = mapping.getEnumArray("method", RequestMethod.class)[0]
                            .name()
                            .toLowerCase(Locale.ROOT);
                    Stream.of(mapping.getStringArray("path"))
                            .filter(path -> path.startsWith("/api"))
                            .forEach(path -> answered.add(name + " " + path));
                }
            }
        }
        return answered;
    }

    private static boolean isOfTheProgram(Class<?> controller) {
        return controller
                .getProtectionDomain()
                .getCodeSource()
                .equals(ApiController.class.getProtectionDomain().getCodeSource());
    }

    @Test
    void conflict_isShownDecidedFromItsFormAndGone() throws Exception {
        assertThat(page("/studies/1.2.3"))
                .contains("Conflict 1:", "objects of two patients", "/studies/1.2.3/conflicts/1");
        assertThat(new JsonMapper()
                        .readTree(TestServer.text(server.get("/api/studies/1.2.3/conflicts")))
                        .get(0)
                        .get("kind")
                        .asString())
                .isEqualTo("TWO_PATIENTS");
        assertThat(TestServer.text(server.get("/api/conflicts"))).contains("\"openConflicts\":1");
        assertThat(server.post("/studies/1.2.3/conflicts/1?reason=%20", new byte[0])
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.post("/studies/1.2.3/conflicts/1", new byte[0]).statusCode())
                .isEqualTo(400);
        assertThat(server.post("/api/studies/1.2.3/conflicts/0/resolve?reason=seen", new byte[0])
                        .statusCode())
                .isEqualTo(400);
        HttpResponse<byte[]> decided = server.post("/studies/1.2.3/conflicts/1?reason=seen", new byte[0]);
        assertThat(decided.statusCode()).isEqualTo(303);
        assertThat(decided.headers().firstValue("Location")).contains("/studies/1.2.3");
        assertThat(server.post("/api/studies/1.2.3/conflicts/1/resolve?reason=seen", new byte[0])
                        .statusCode())
                .isEqualTo(404);
        assertThat(TestServer.text(server.get("/api/studies/1.2.3/conflicts"))).isEqualTo("[]");
    }

    @Test
    void versions_areListedWithTheirAddresses() throws Exception {
        JsonNode versions = new JsonMapper()
                .readTree(
                        server.get("/api/studies/1.2.3/instances/1.1/versions").body());

        assertThat(versions).hasSize(1);
        JsonNode current = versions.get(0);
        assertThat(current.get("role").asString()).isEqualTo("current");
        assertThat(current.get("transferSyntax").asString()).isEqualTo("1.2.840.10008.1.2.1");
        assertThat(current.get("source").asString()).isEqualTo("CT1");
        assertThat(current.get("storedAt").asString()).isEqualTo("1970-01-01T00:00:00Z");
        assertThat(current.get("url").asString())
                .isEqualTo("/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.1?version="
                        + current.get("version").asString());
        assertThat(ACCESS.last().kind).isEqualTo(AccessKind.VIEW);
        assertThat(server.get("/api/studies/1.2.3/instances/9.9/versions").statusCode())
                .isEqualTo(404);
    }

    @Test
    void history_leadsToTheVersionsOfAnInstance() throws Exception {
        String versions = "/api/studies/1.2.3/instances/1.1/versions";

        assertThat(page("/studies/1.2.3")).contains("href=\"" + versions + "\"", "<span class=\"mono\">1.1</span>");
        assertThat(TestServer.text(server.get("/api/studies/1.2.3/history")))
                .contains("\"instance\":\"1.1\",\"versions\":\"" + versions + "\"");
        assertThat(server.get(versions).statusCode()).isEqualTo(200);
    }

    @Test
    void thumbnail_isAPictureOrAPlaceholder() throws Exception {
        HttpResponse<byte[]> picture = server.get("/api/thumbnails/studies/1.2.3/series/1.2.3.1");
        HttpResponse<byte[]> placeholder = server.get("/api/thumbnails/studies/1.2.3/series/1.2.3.2/instances/1.2");
        String tag = picture.headers().firstValue("ETag").orElseThrow();

        assertThat(picture.headers().firstValue("Content-Type")).contains("image/jpeg");
        assertThat(picture.body()).hasSize(3);
        assertThat(placeholder.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("image/svg+xml");
        assertThat(server.get("/api/thumbnails/studies/1.2.3/series/1.2.3.1", "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(304);
        assertThat(server.get("/api/thumbnails/studies/1.2.3/series/9.9").statusCode())
                .isEqualTo(404);
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.REFUSED);
        assertThat(ACCESS.recorded)
                .allMatch(access -> access.kind == AccessKind.VIEW)
                .hasSize(4);
    }

    @Test
    void viewer_servesItsFilesAndItsOwnPages() throws Exception {
        HttpResponse<byte[]> bundle = server.get("/viewer/app.bundle.0123456789abcdef0123.js");
        HttpResponse<byte[]> config = server.get("/viewer/app-config.js");

        assertThat(TestServer.text(server.get("/viewer/"))).isEqualTo("<html>OHIF</html>");
        assertThat(TestServer.text(server.get("/viewer/viewer?StudyInstanceUIDs=1.2")))
                .isEqualTo("<html>OHIF</html>");
        assertThat(bundle.headers().firstValue("Cache-Control").orElseThrow()).contains("immutable");
        assertThat(bundle.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/javascript");
        assertThat(TestServer.text(config))
                .contains("\"qidoRoot\":\"/dicom-web\"", "\"routerBasename\":\"/viewer/\"")
                .doesNotContain("shipped");
        assertThat(TestServer.text(config)).contains("'/assets/viewer-conflicts.js'");
        assertThat(TestServer.text(server.get("/assets/viewer-conflicts.js")))
                .contains("/api/studies/", "openConflicts");
        assertThat(server.get("/viewer/missing.js").statusCode()).isEqualTo(404);
        assertThat(server.get("/viewer").statusCode()).isEqualTo(302);
    }

    @Test
    void viewerPaths_neverLeaveItsDirectory() throws Exception {
        for (String path : List.of(
                "/viewer/../secret.txt",
                "/viewer/%2e%2e/secret.txt",
                "/viewer/..%2fsecret.txt",
                "/viewer/x/../../secret.txt",
                "/viewer/..\\secret.txt",
                "/viewer/%5c..%5csecret.txt",
                "/viewer//etc/passwd",
                "/viewer/%00")) {
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                OutputStream out = socket.getOutputStream();
                out.write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(answer)
                        .as(path)
                        .doesNotContain("secret\n")
                        .doesNotEndWith("secret")
                        .doesNotContain("root:");
            }
        }
    }

    @Test
    void withoutTheViewer_thePageSaysHowToGetIt() throws Exception {
        try (TestServer bare =
                TestServer.start(HttpOptions.loopback(0), FakePortal.of(ARCHIVE, ACCESS, Optional.empty()))) {
            HttpResponse<byte[]> response = bare.get("/viewer/");
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(TestServer.text(response)).contains("infra/ohif/fetch");
            assertThat(TestServer.text(bare.get("/studies/1.2.3"))).contains("Viewer not installed");
        }
    }
}
