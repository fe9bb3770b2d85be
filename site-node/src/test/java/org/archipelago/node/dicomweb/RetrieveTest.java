package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.study.VersionId;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetrieveTest {
    private static final String STUDY = "/dicom-web/studies/1.2.3";
    private static final String LOSSLESS = STUDY + "/series/1.2.3.1/instances/1.1";
    private static final String LOSSY = STUDY + "/series/1.2.3.1/instances/1.2";
    private static final String NATIVE = STUDY + "/series/1.2.3.2/instances/1.3";
    private static final String BIG_ENDIAN = "/dicom-web/studies/1.2.4/series/1.2.4.1/instances/1.4";
    private static final TransferSyntaxUid JLS = new TransferSyntaxUid("1.2.840.10008.1.2.4.80");
    private static final TransferSyntaxUid JPEG = new TransferSyntaxUid("1.2.840.10008.1.2.4.50");
    private static final String EVLE = "1.2.840.10008.1.2.1";

    private static final FakeArchive ARCHIVE = new FakeArchive();
    private static final FakeAccess ACCESS = new FakeAccess();
    private static final FakeDicom DICOM = new FakeDicom();
    private static TestServer server;
    private static VersionId older;

    @BeforeAll
    static void start() throws Exception {
        ARCHIVE.keep(JLS, FakeArchive.dataset("1.2.3", "1.2.3.1", "1.1", "aaaabbbbcccc"), AttributeSet.EMPTY);
        ARCHIVE.keep(JPEG, FakeArchive.dataset("1.2.3", "1.2.3.1", "1.2", "dddd"), AttributeSet.EMPTY);
        byte[] document = FakeArchive.dataset("1.2.3", "1.2.3.2", "1.3", "%PDF-1.4 nested!");
        int start = document.length - 16;
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                document,
                AttributeSet.of(Map.of(
                        0x00100010, new Attribute(Vr.PN, List.of()),
                        0x00420012, new Attribute(Vr.LO, List.of(new Value.Text("application/pdf"))),
                        0x00420011, new Attribute(Vr.OB, List.of(new Value.Bulk(start, 9))),
                        0x00480105,
                                new Attribute(
                                        Vr.SQ,
                                        List.of(new Value.Item(AttributeSet.of(Map.of(
                                                0x00282000,
                                                new Attribute(Vr.OB, List.of(new Value.Bulk(start + 9, 7)))))))))));
        byte[] swapped = FakeArchive.dataset("1.2.4", "1.2.4.1", "1.4", "abcdef");
        System.arraycopy(new byte[] {0, 8, 0, 5, 'C', 'S', 0, 10}, 0, swapped, 0, 8);
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN,
                swapped,
                AttributeSet.of(Map.of(
                        0x00281201, new Attribute(Vr.OW, List.of(new Value.Bulk(swapped.length - 6, 6))))));
        ARCHIVE.keep(
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                FakeArchive.dataset("1.2.5", "1.2.5.1", "1.5", "newer"),
                AttributeSet.EMPTY);
        older = ARCHIVE.keepBeside(FakeArchive.dataset("1.2.5", "1.2.5.1", "1.5", "older"));
        server = TestServer.start(
                HttpOptions.loopback(0), FakeDicom.feature(ARCHIVE, ACCESS, DICOM, DicomWebLimits.standard()));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void reset() {
        ARCHIVE.undecodable = false;
        ARCHIVE.undecodableInstance = "";
        ARCHIVE.openConflicts.clear();
        ARCHIVE.failAfterBytes = Integer.MAX_VALUE;
        ARCHIVE.breaking.clear();
        ARCHIVE.missing.clear();
        DICOM.breaksAfterBytes = 0;
        ARCHIVE.revision = "r1";
        DICOM.undecodable = false;
        ACCESS.down = false;
        ARCHIVE.unreadable.clear();
        ACCESS.recorded.clear();
    }

    private static String related(String type, String more) {
        return "multipart/related; type=\"" + type + "\"" + more;
    }

    @Test
    void studyAsStored_comesPartByPartByteIdentical() throws Exception {
        var response = server.get(STUDY, "Accept", "multipart/related; type=\"application/dicom\"; transfer-syntax=*");

        assertThat(response.statusCode()).isEqualTo(200);
        List<Multiparts.Part> parts = Multiparts.read(response);
        assertThat(parts).hasSize(3);
        assertThat(parts.getFirst().contentType()).isEqualTo("application/dicom;transfer-syntax=" + JLS);
        assertThat(parts.getFirst().location()).isEqualTo(server.url(LOSSLESS));
        assertThat(parts.getFirst().body())
                .isEqualTo(FakeDicom.file(JLS, "1.1", FakeArchive.dataset("1.2.3", "1.2.3.1", "1.1", "aaaabbbbcccc")));
    }

    @Test
    void metadataAsXml_comesPartByPart() throws Exception {
        String xml = related("application/dicom+xml", "");

        var response = server.get(STUDY + "/metadata", "Accept", "application/dicom+json; q=0.5, " + xml);

        assertThat(response.statusCode()).isEqualTo(200);
        List<Multiparts.Part> parts = Multiparts.read(response);
        assertThat(parts).hasSize(3);
        assertThat(parts.getFirst().contentType()).isEqualTo("application/dicom+xml");
        assertThat(parts.getFirst().location()).isEqualTo(server.url(LOSSLESS + "/metadata"));
        assertThat(parts.getFirst().text())
                .contains(
                        "<NativeDicomModel",
                        "<DicomAttribute keyword=\"SOPInstanceUID\" tag=\"00080018\" vr=\"UI\"><Value"
                                + " number=\"1\">1.1</Value>");
    }

    @Test
    void formOfMetadata_isTheBestThatTheCallerTakes() throws Exception {
        String xml = related("application/dicom+xml", "");
        assertThat(formOf(STUDY, "*/*")).isEqualTo("application/dicom+json");
        assertThat(formOf(STUDY, "application/*")).isEqualTo("application/dicom+json");
        assertThat(formOf(STUDY, xml + "; q=0.5, application/json")).isEqualTo("application/json");
        assertThat(formOf(STUDY, xml + ", application/json; q=0.5")).startsWith(xml);
        assertThat(formOf(STUDY, "multipart/related")).startsWith(xml);
        assertThat(formOf(LOSSLESS, "application/dicom+xml")).isEqualTo("application/dicom+xml");
    }

    private static String formOf(String path, String accept) throws Exception {
        return server.get(path + "/metadata", "Accept", accept)
                .headers()
                .firstValue("Content-Type")
                .orElseThrow();
    }

    @Test
    void tagOfOneForm_isNotThatOfAnother() throws Exception {
        String tag =
                server.get(STUDY + "/metadata").headers().firstValue("ETag").orElseThrow();
        String xml = related("application/dicom+xml", "");

        assertThat(server.get(STUDY + "/metadata", "Accept", xml, "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void metadataWithoutADamagedObject_saysSo() throws Exception {
        ARCHIVE.unreadable.add(new SopInstanceUid("1.2"));

        var response = server.get(STUDY + "/metadata");

        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.headers().allValues("Warning"))
                .containsExactly("299 archipelago \"instance 1.2 cannot be read and is left out\"");
        assertThat(TestServer.text(response)).contains("\"1.1\"", "\"1.3\"").doesNotContain("\"1.2\"");
    }

    @Test
    void versionNamed_leavesInPlaceOfTheCurrentOne_andIsRecorded() throws Exception {
        String instance = "/dicom-web/studies/1.2.5/series/1.2.5.1/instances/1.5";
        byte[] newer = server.get(instance, "Accept", "application/dicom").body();
        byte[] named = server.get(instance + "?version=" + older, "Accept", "application/dicom")
                .body();

        assertThat(newer)
                .isEqualTo(FakeDicom.file(
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                        "1.5",
                        FakeArchive.dataset("1.2.5", "1.2.5.1", "1.5", "newer")));
        assertThat(named)
                .isEqualTo(FakeDicom.file(
                        TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                        "1.5",
                        FakeArchive.dataset("1.2.5", "1.2.5.1", "1.5", "older")));
        assertThat(ACCESS.last().what).endsWith("version " + older);
        assertThat(ACCESS.last().version).contains(older);
        assertThat(server.get(instance + "?version=00").statusCode()).isEqualTo(404);
    }

    @Test
    void everyWayToRetrieve_namesThePatient() throws Exception {
        for (String way : List.of(STUDY, STUDY + "/metadata", LOSSLESS, LOSSLESS + "/frames/1")) {
            server.get(way);
            assertThat(ACCESS.last().patients).as(way).containsExactly(FakeArchive.ANNA);
        }
        server.get("/dicom-web/studies/9.9.9");
        assertThat(ACCESS.last().patients).isEmpty();
    }

    @Test
    void retrieval_isRecordedBeforeItLeavesAndCountedAfter() throws Exception {
        var response = server.get(STUDY);

        assertThat(ACCESS.recorded).hasSize(1);
        FakeAccess.Recorded access = ACCESS.last();
        assertThat(access.kind).isEqualTo(AccessKind.RETRIEVE);
        assertThat(access.who.name()).isEqualTo("http");
        assertThat(access.study.orElseThrow().value()).isEqualTo("1.2.3");
        assertThat(access.patients).containsExactly(FakeArchive.ANNA);
        assertThat(access.objects).isEqualTo(3);
        assertThat(access.bytes).isBetween(response.body().length - 100L, (long) response.body().length);
        assertThat(access.outcome).isEqualTo(AccessOutcome.COMPLETED);
        assertThat(access.closed).isTrue();
    }

    @Test
    void withoutAnAccessRecord_nothingLeaves() throws Exception {
        ACCESS.down = true;
        for (String path : List.of(
                STUDY,
                LOSSLESS,
                STUDY + "/metadata",
                LOSSLESS + "/frames/1",
                NATIVE + "/bulkdata/00420011",
                "/dicom-web/studies")) {
            var response = server.get(path);
            assertThat(response.statusCode()).as(path).isEqualTo(503);
            assertThat(response.headers().firstValue("Retry-After")).contains("5");
            assertThat(TestServer.text(response)).contains("LOG_UNAVAILABLE").doesNotContain("aaaa");
        }
    }

    @Test
    void defaultSyntax_decodesLosslessAndKeepsLossy() throws Exception {
        List<Multiparts.Part> parts = Multiparts.read(server.get(STUDY, "Accept", related("application/dicom", "")));

        assertThat(parts.get(0).contentType()).endsWith(EVLE);
        assertThat(parts.get(0).text()).contains("decoded:");
        assertThat(parts.get(1).contentType()).endsWith(JPEG.value());
    }

    @Test
    void undecodableObject_leavesAsStoredByDefaultButNotWhenASyntaxWasNamed() throws Exception {
        ARCHIVE.undecodable = true;

        var byDefault = Multiparts.read(server.get(STUDY));
        var named = server.get(LOSSLESS, "Accept", related("application/dicom", "; transfer-syntax=" + EVLE));

        assertThat(byDefault.getFirst().contentType()).endsWith(JLS.value());
        assertThat(named.statusCode()).isEqualTo(406);
        assertThat(TestServer.text(named)).contains("TRANSCODING_FAILED", "ask for the stored one");
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.FAILED);
    }

    @Test
    void undecodableObjectAmongOthers_isLeftOutAndNamed() throws Exception {
        ARCHIVE.undecodableInstance = "1.2";

        var response = server.get(STUDY, "Accept", related("application/dicom", "; transfer-syntax=" + EVLE));

        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.headers().firstValue("Warning").orElseThrow()).contains("1 of 3");
        assertThat(Multiparts.read(response)).hasSize(2);
        assertThat(ACCESS.last().objects).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/dicom; transfer-syntax=* | application/dicom;transfer-syntax=1.2.840.10008.1.2.4.80",
                "application/dicom | application/dicom;transfer-syntax=1.2.840.10008.1.2.1",
                "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.80 |"
                        + " application/dicom;transfer-syntax=1.2.840.10008.1.2.4.80",
                "text/html, application/dicom;q=0.3 | application/dicom;transfer-syntax=1.2.840.10008.1.2.1",
                "application/*;q=0.9, application/dicom;transfer-syntax=*;q=1 |"
                        + " application/dicom;transfer-syntax=1.2.840.10008.1.2.4.80",
            })
    void oneInstance_leavesAloneWhenAskedFor(String accept, String type) throws Exception {
        var response = server.get(LOSSLESS, "Accept", accept);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains(type);
        assertThat(new String(response.body(), 128, 4, StandardCharsets.US_ASCII))
                .isEqualTo("DICM");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/dicom-web/studies/1.2.3 | application/dicom",
                "/dicom-web/studies/1.2.3 | text/html",
                "/dicom-web/studies/1.2.3 | multipart/related; type=\"application/dicom+xml\"",
                "/dicom-web/studies/1.2.3 | multipart/related; type=\"application/dicom\"; q=0",
                "/dicom-web/studies/1.2.3/metadata | application/dicom+xml",
                "/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.1/frames/1 | image/jpeg",
                "/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.1/frames/1,2 | application/octet-stream",
                "/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.1/frames/1 | multipart/related;"
                        + " type=\"image/jp2\"",
                "/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.1/frames/1 | multipart/related;"
                        + " type=\"application/octet-stream\"; transfer-syntax=1.2.840.10008.1.2.4.90",
                "/dicom-web/studies/1.2.3/series/1.2.3.2/instances/1.3/bulkdata/00420011 | image/png",
            })
    void unacceptableForms_answer406InWords(String path, String accept) throws Exception {
        var response = server.get(path, "Accept", accept);

        assertThat(response.statusCode()).isEqualTo(406);
        assertThat(TestServer.text(response)).contains("NOT_ACCEPTABLE");
    }

    @Test
    void acceptParameter_goesBeforeTheHeader() throws Exception {
        var response = server.get(
                LOSSLESS + "?accept=application/dicom;transfer-syntax=*", "Accept", related("application/dicom", ""));
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/dicom;");
    }

    @Test
    void unknownStudy_isNotFound() throws Exception {
        assertThat(server.get("/dicom-web/studies/7.7").statusCode()).isEqualTo(404);
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.REFUSED);
        assertThat(ACCESS.last().study.orElseThrow().value()).isEqualTo("7.7");
        assertThat(server.get("/dicom-web/studies/7.7/metadata").statusCode()).isEqualTo(404);
        assertThat(server.get("/dicom-web/studies/not_a_uid").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/metadata",
                "/series/7.7.1",
                "/series/7.7.1/metadata",
                "/series/7.7.1/instances/7.7.1.1",
                "/series/7.7.1/instances/7.7.1.1/metadata",
                "/series/7.7.1/instances/7.7.1.1/frames/1",
                "/series/7.7.1/instances/7.7.1.1/bulkdata/7FE00010",
                "/series/7.7.1/instances/7.7.1.1/frames/0",
                "/series/7.7.1/instances/7.7.1.1/bulkdata/nonsense"
            })
    void refusal_isOnRecordWhateverIsHere(String path) throws Exception {
        assertThat(server.get("/dicom-web/studies/7.7" + path).statusCode()).isBetween(400, 404);

        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.REFUSED);
        assertThat(ACCESS.last().study.orElseThrow().value()).isEqualTo("7.7");
    }

    @ParameterizedTest
    @ValueSource(strings = {LOSSLESS, LOSSLESS + "/metadata", "/dicom-web/studies"})
    void formThatIsNotServed_isOnRecordAsRefused(String path) throws Exception {
        ACCESS.recorded.clear();
        assertThat(server.get(path, "Accept", "audio/midi").statusCode()).isEqualTo(406);

        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {STUDY, STUDY + "/series/1.2.3.1", LOSSLESS, STUDY + "/metadata", LOSSLESS + "/metadata"})
    void openConflictsOfTheStudy_areSaidBesideWhateverElseIs(String path) throws Exception {
        String accept = path.endsWith("/metadata") ? "application/dicom+json" : related("application/dicom", "");
        ARCHIVE.undecodableInstance = "1.2";
        ARCHIVE.unreadable.add(new SopInstanceUid("1.2"));
        List<String> before = server.get(path, "Accept", accept).headers().allValues("Warning");
        assertThat(before).noneMatch(warning -> warning.contains("conflict"));
        ARCHIVE.openConflicts.put("1.2.3", 1);

        assertThat(server.get(path, "Accept", accept).headers().allValues("Warning"))
                .containsAll(before)
                .contains("299 archipelago \"The study has open conflicts: see /studies/1.2.3\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dicom-web/studies/1.2.66", "/dicom-web/studies/1.2.66/series/1.2.66.1/instances/1.6"})
    void onlyObjectThatCannotBeReadToItsEnd_isAnsweredWithAStatus(String path) throws Exception {
        byte[] large = new byte[200_000];
        ARCHIVE.keep(
                JLS,
                FakeArchive.dataset("1.2.66", "1.2.66.1", "1.6", new String(large, StandardCharsets.ISO_8859_1)),
                AttributeSet.EMPTY);
        ARCHIVE.failAfterBytes = 100_000;

        for (String accept :
                List.of(related("application/dicom", ";transfer-syntax=*"), "application/dicom; transfer-syntax=*")) {
            if (accept.startsWith("multipart") || path.contains("instances")) {
                HttpResponse<byte[]> response = server.get(path, "Accept", accept);
                assertThat(response.statusCode()).isEqualTo(500);
                assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
                assertThat(TestServer.text(response)).contains("CORRUPT");
                assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.FAILED);
                assertThat(ACCESS.last().bytes).isZero();
            }
        }
    }

    @Test
    void frameThatBreaksOnItsWay_isOnRecordWithTheBytesThatLeft() {
        DICOM.breaksAfterBytes = 1 << 20;

        assertThatThrownBy(() -> server.get(LOSSLESS + "/frames/1", "Accept", "application/octet-stream"))
                .isInstanceOf(IOException.class);

        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.PARTIAL);
        assertThat(ACCESS.last().objects).isZero();
        assertThat(ACCESS.last().bytes).isEqualTo(1 << 20);
    }

    @Test
    void partOfTheMetadata_hasNoTagThatItsHolderCouldAskBy() throws Exception {
        String whole =
                server.get(STUDY + "/metadata").headers().firstValue("ETag").orElseThrow();
        ARCHIVE.unreadable.add(new SopInstanceUid("1.2"));

        assertThat(server.get(STUDY + "/metadata").headers().firstValue("ETag")).isEmpty();
        assertThat(server.get(STUDY + "/metadata", "If-None-Match", whole).statusCode())
                .isEqualTo(304);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1", "1.2", "1.3"})
    void objectThatIsNotThere_isLeftOutOfItsStudyAndCounted(String missing) throws Exception {
        ARCHIVE.missing.add(missing);

        for (String accept : List.of(
                related("application/dicom", "; transfer-syntax=*"),
                related("application/dicom", ""),
                related("application/dicom", "; transfer-syntax=" + EVLE))) {
            var response = server.get(STUDY, "Accept", accept);

            assertThat(response.statusCode()).isEqualTo(206);
            assertThat(response.headers().allValues("Warning"))
                    .containsExactly("299 archipelago \"1 of 3 objects cannot be read and are left out\"");
            assertThat(response.headers().firstValue("ETag")).isEmpty();
            assertThat(Multiparts.read(response)).hasSize(2);
            assertThat(ACCESS.last().objects).isEqualTo(2);
        }
        assertThat(server.send("HEAD", STUDY, BodyPublishers.noBody()).statusCode())
                .isEqualTo(206);
    }

    @Test
    void firstObjectsThatBreakBeforeAnyByteLeft_areLeftOutAndCounted() throws Exception {
        ARCHIVE.failAfterBytes = 10;
        ARCHIVE.breaking.addAll(List.of("1.1", "1.2"));

        var response = server.get(STUDY);

        assertThat(response.statusCode()).isEqualTo(206);
        assertThat(response.headers().firstValue("Warning").orElseThrow()).contains("2 of 3 objects cannot be read");
        assertThat(Multiparts.read(response))
                .singleElement()
                .satisfies(part -> assertThat(part.location()).isEqualTo(server.url(NATIVE)));
    }

    @Test
    void laterObjectThatBreaks_cutsTheConnection() {
        String large = "x".repeat(100_000);
        ARCHIVE.keep(JLS, FakeArchive.dataset("1.2.77", "1.2.77.1", "1.7", large), AttributeSet.EMPTY);
        ARCHIVE.keep(JLS, FakeArchive.dataset("1.2.77", "1.2.77.1", "1.8", large), AttributeSet.EMPTY);
        ARCHIVE.failAfterBytes = 10;
        ARCHIVE.breaking.add("1.8");

        assertThatThrownBy(() -> server.get("/dicom-web/studies/1.2.77")).isInstanceOf(IOException.class);
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.PARTIAL);
    }

    @Test
    void studyOfWhichNothingCanBeRead_isAnsweredWithTheError() throws Exception {
        ARCHIVE.missing.addAll(List.of("1.1", "1.2", "1.3"));

        assertThat(server.get(STUDY).statusCode()).isEqualTo(500);
        assertThat(server.get(LOSSLESS).statusCode()).isEqualTo(500);
        assertThat(ACCESS.last().bytes).isZero();
    }

    @Test
    void failureAfterTheFirstBytes_cutsTheConnection() {
        byte[] large = new byte[3 * HeldBack.MAX_BYTES];
        ARCHIVE.keep(
                JLS,
                FakeArchive.dataset("1.2.5", "1.2.5.1", "1.5", new String(large, StandardCharsets.ISO_8859_1)),
                AttributeSet.EMPTY);
        ARCHIVE.failAfterBytes = 2 * HeldBack.MAX_BYTES;

        assertThatThrownBy(() -> server.get(
                        "/dicom-web/studies/1.2.5", "Accept", related("application/dicom", ";transfer-syntax=*")))
                .isInstanceOf(IOException.class);
        assertThat(ACCESS.last().outcome).isEqualTo(AccessOutcome.PARTIAL);
        assertThat(ACCESS.last().bytes).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "multipart/related; type=\"application/octet-stream\"; transfer-syntax=\"*\" |"
                        + " application/octet-stream;transfer-syntax=1.2.840.10008.1.2.4.80 | bbbb",
                "multipart/related; type=application/octet-stream; transfer-syntax=* |"
                        + " application/octet-stream;transfer-syntax=1.2.840.10008.1.2.4.80 | bbbb",
                "multipart/related; type=\"application/octet-stream\" |"
                        + " application/octet-stream;transfer-syntax=1.2.840.10008.1.2.1 | BBBB",
                "multipart/related; type=\"application/octet-stream\"; transfer-syntax=1.2.840.10008.1.2 |"
                        + " application/octet-stream;transfer-syntax=1.2.840.10008.1.2.1 | BBBB",
                "*/* | application/octet-stream;transfer-syntax=1.2.840.10008.1.2.1 | BBBB",
                "multipart/related; type=\"image/jls\" | image/jls;transfer-syntax=1.2.840.10008.1.2.4.80 | bbbb",
                "multipart/related; type=\"image/x-jls\"; transfer-syntax=* |"
                        + " image/jls;transfer-syntax=1.2.840.10008.1.2.4.80 | bbbb",
                "multipart/related; type=image/jp2, multipart/related; type=image/jpeg;q=0.9, multipart/related;"
                        + " type=image/jls;q=0.1 | image/jls;transfer-syntax=1.2.840.10008.1.2.4.80 | bbbb",
                "multipart/related; type=image/jls;q=0.5, multipart/related; type=application/octet-stream |"
                        + " application/octet-stream;transfer-syntax=1.2.840.10008.1.2.1 | BBBB",
            })
    void frames_leaveInTheBestFormAskedFor(String accept, String type, String frame) throws Exception {
        List<Multiparts.Part> parts = Multiparts.read(server.get(LOSSLESS + "/frames/2,1", "Accept", accept));

        assertThat(parts).hasSize(2);
        assertThat(parts.getFirst().contentType()).isEqualTo(type);
        assertThat(parts.getFirst().text()).isEqualTo(frame);
        assertThat(parts.getFirst().location()).endsWith("/frames/2");
        assertThat(parts.get(1).text()).isEqualToIgnoringCase("aaaa");
    }

    @Test
    void oneFrame_leavesAloneWhenAskedFor() throws Exception {
        var plain = server.get(LOSSLESS + "/frames/3", "Accept", "application/octet-stream");
        var compressed = server.get(LOSSLESS + "/frames/3", "Accept", "image/jls");

        assertThat(TestServer.text(plain)).isEqualTo("CCCC");
        assertThat(TestServer.text(compressed)).isEqualTo("cccc");
        assertThat(compressed.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("image/jls");
    }

    @Test
    void undecodableFrame_leavesAsStoredOnlyWhereThatWasAskedFor() throws Exception {
        DICOM.undecodable = true;

        assertThat(Multiparts.read(server.get(LOSSLESS + "/frames/1"))
                        .getFirst()
                        .text())
                .isEqualTo("aaaa");
        var named = server.get(LOSSLESS + "/frames/1", "Accept", related("application/octet-stream", ""));
        assertThat(named.statusCode()).isEqualTo(406);
    }

    @Test
    void framesThatAreNotThere_areNotFound() throws Exception {
        assertThat(server.get(LOSSLESS + "/frames/4").statusCode()).isEqualTo(404);
        assertThat(server.get(LOSSLESS + "/frames/0").statusCode()).isEqualTo(400);
        assertThat(server.get(LOSSLESS + "/frames/x").statusCode()).isEqualTo(400);
        assertThat(server.get(LOSSLESS + "/frames/1," + "1,".repeat(11_000) + "1")
                        .statusCode())
                .isEqualTo(413);
    }

    @Test
    void metadata_keepsEmptyAttributesAndAddressesBulkData() throws Exception {
        var response = server.get(NATIVE + "/metadata");

        assertThat(response.headers().firstValue("Content-Type")).contains("application/dicom+json");
        assertThat(TestServer.text(response))
                .contains("\"00100010\":{\"vr\":\"PN\"}")
                .contains("\"BulkDataURI\":\"" + server.url(NATIVE) + "/bulkdata/00420011\"")
                .contains("\"BulkDataURI\":\"" + server.url(NATIVE) + "/bulkdata/00480105/1/00282000\"");
    }

    @Test
    void metadataTag_validatesUntilACorrection() throws Exception {
        String tag =
                server.get(STUDY + "/metadata").headers().firstValue("ETag").orElseThrow();

        var same = server.get(STUDY + "/metadata", "If-None-Match", "\"other\", " + tag);
        ARCHIVE.revision = "r2";
        var corrected = server.get(STUDY + "/metadata", "If-None-Match", tag);

        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        assertThat(corrected.statusCode()).isEqualTo(200);
        assertThat(corrected.headers().firstValue("ETag").orElseThrow()).isNotEqualTo(tag);
    }

    @Test
    void objectsTag_validatesUntilACorrection() throws Exception {
        for (String path : List.of(STUDY, NATIVE)) {
            ARCHIVE.revision = "r1";
            String tag = server.get(path).headers().firstValue("ETag").orElseThrow();

            var same = server.get(path, "If-None-Match", tag);
            ARCHIVE.revision = "r2";
            var corrected = server.get(path, "If-None-Match", tag);

            assertThat(same.statusCode()).isEqualTo(304);
            assertThat(same.body()).isEmpty();
            assertThat(corrected.statusCode()).isEqualTo(200);
            assertThat(corrected.body()).isNotEmpty();
        }
    }

    @Test
    void tagOfPixels_validatesWhileTheVersionIsCurrent() throws Exception {
        for (String path : List.of(NATIVE + "/frames/1", NATIVE + "/bulkdata/00420011")) {
            String tag = server.get(path).headers().firstValue("ETag").orElseThrow();

            assertThat(server.get(path, "If-None-Match", tag).statusCode()).isEqualTo(304);
            assertThat(server.get(path, "If-None-Match", "\"other\"").statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void metadata_isCompressedForWhoTakesIt() throws Exception {
        for (int i = 0; i < 40; i++) {
            ARCHIVE.keep(JLS, FakeArchive.dataset("1.2.6", "1.2.6.1", "1.6." + i, ""), AttributeSet.EMPTY);
        }

        HttpResponse<byte[]> response = server.get("/dicom-web/studies/1.2.6/metadata", "Accept-Encoding", "gzip");

        assertThat(response.headers().firstValue("Content-Encoding")).contains("gzip");
        byte[] plain = new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes();
        assertThat(new String(plain, StandardCharsets.UTF_8))
                .startsWith("[{")
                .endsWith("}]")
                .contains("1.6.39");
        assertThat(response.body().length).isLessThan(plain.length / 4);
    }

    @Test
    void bulkData_leavesInItsOwnTypeOrAsOctets() throws Exception {
        var pdf = Multiparts.read(server.get(NATIVE + "/bulkdata/00420011", "Accept", related("application/pdf", "")));
        var octets = Multiparts.read(
                server.get(NATIVE + "/bulkdata/00420011", "Accept", related("application/octet-stream", "")));
        var alone = server.get(NATIVE + "/bulkdata/00420011", "Accept", "application/pdf");
        var nested = server.get(NATIVE + "/bulkdata/00480105/1/00282000", "Accept", "application/octet-stream");

        assertThat(pdf.getFirst().contentType()).isEqualTo("application/pdf");
        assertThat(pdf.getFirst().text()).isEqualTo("%PDF-1.4 ");
        assertThat(octets.getFirst().contentType()).isEqualTo("application/octet-stream");
        assertThat(TestServer.text(alone)).isEqualTo("%PDF-1.4 ");
        assertThat(TestServer.text(nested)).isEqualTo("nested!");
        assertThat(ACCESS.last().bytes).isEqualTo(7);
    }

    @Test
    void bulkDataOfBigEndianObject_leavesLittleEndian() throws Exception {
        var response = server.get(BIG_ENDIAN + "/bulkdata/00281201", "Accept", "application/octet-stream");
        assertThat(TestServer.text(response)).isEqualTo("badcfe");
    }

    @Test
    void bulkDataThatIsNotThere_isNotFound() throws Exception {
        assertThat(server.get(NATIVE + "/bulkdata/00420010").statusCode()).isEqualTo(404);
        assertThat(server.get(NATIVE + "/bulkdata/00480105/2/00282000").statusCode())
                .isEqualTo(404);
        assertThat(server.get(NATIVE + "/bulkdata/00420012").statusCode()).isEqualTo(404);
        assertThat(server.get(NATIVE + "/bulkdata/0042001").statusCode()).isEqualTo(400);
        assertThat(server.get(NATIVE + "/bulkdata/00480105/1").statusCode()).isEqualTo(400);
    }

    @Test
    void headAndOptions_answerWithoutABody() throws Exception {
        var head = server.send("HEAD", STUDY, BodyPublishers.noBody());
        var options = server.send("OPTIONS", STUDY, BodyPublishers.noBody());

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Type").orElseThrow()).startsWith("multipart/related");
        assertThat(head.body()).isEmpty();
        assertThat(options.statusCode()).isEqualTo(200);
        assertThat(options.headers().firstValue("Allow").orElseThrow()).contains("GET", "HEAD", "OPTIONS");
        assertThat(server.send("DELETE", STUDY, BodyPublishers.noBody()).statusCode())
                .isEqualTo(405);
    }
}
