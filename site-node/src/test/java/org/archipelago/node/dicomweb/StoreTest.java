package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StoreTest {
    private static final TransferSyntaxUid JPEG = new TransferSyntaxUid("1.2.840.10008.1.2.4.70");
    private static final FakeArchive ARCHIVE = new FakeArchive();
    private static TestServer server;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(
                HttpOptions.loopback(0),
                FakeDicom.feature(
                        ARCHIVE,
                        new FakeAccess(),
                        new FakeDicom(),
                        new DicomWebLimits(5, 400_000, 100_000, DataSetLimits.DEFAULT, 10, 10, 10, 100)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void empty() {
        ARCHIVE.kept.clear();
        ARCHIVE.refusal = arrival -> Optional.empty();
        ARCHIVE.quarantines = false;
    }

    private static byte[] object(String instance) {
        return FakeDicom.file(
                JPEG, instance, FakeArchive.dataset("1.2.3", "1.2.3.1", instance, "\r\n--test-bound--pixels"));
    }

    private static HttpResponse<byte[]> store(String path, byte[] body) throws Exception {
        return server.post(path, body, "Content-Type", Multiparts.DICOM_TYPE);
    }

    @Test
    void storedObjects_areReferencedWithPositionAndAddress() throws Exception {
        var response = store("/dicom-web/studies", Multiparts.of(object("1.2.3.1.1"), object("1.2.3.1.2")));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/dicom+json");
        assertThat(response.headers().firstValue("Archipelago-Position")).contains("2");
        assertThat(TestServer.text(response))
                .contains("\"00081199\":{\"vr\":\"SQ\"", "1.2.3.1.1", "1.2.3.1.2")
                .contains("\"00081190\":{\"vr\":\"UR\",\"Value\":[\""
                        + server.url("/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.2.3.1.2") + "\"]}")
                .doesNotContain("00081198");
        assertThat(ARCHIVE.kept).hasSize(2);
        assertThat(ARCHIVE.kept.getFirst().held().current().transferSyntax()).isEqualTo(JPEG);
        assertThat(ARCHIVE.kept.getFirst().dataset())
                .isEqualTo(FakeArchive.dataset("1.2.3", "1.2.3.1", "1.2.3.1.1", "\r\n--test-bound--pixels"));
    }

    @Test
    void senders_areNotTakenForOneSource() throws Exception {
        List<Actor> sources = new CopyOnWriteArrayList<>();
        ARCHIVE.refusal = arrival -> {
            sources.add(arrival.source());
            return Optional.empty();
        };

        store("/dicom-web/studies", Multiparts.of(object("1.1")));
        store("/dicom-web/studies", Multiparts.of(object("1.1")));

        assertThat(sources).hasSize(2);
        assertThat(sources.getFirst().isSameSource(sources.getLast())).isFalse();
    }

    @Test
    void oneRefusedPart_harmsNoOther() throws Exception {
        ARCHIVE.refusal =
                arrival -> arrival.announcedInstance().orElseThrow().value().endsWith("2")
                        ? Optional.of(ArchiveError.SOP_CLASS_NOT_SUPPORTED)
                        : Optional.empty();

        var response = store(
                "/dicom-web/studies",
                Multiparts.of(object("1.1"), object("1.2"), "junk".getBytes(StandardCharsets.US_ASCII), object("1.3")));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(ARCHIVE.kept).hasSize(2);
        assertThat(TestServer.text(response))
                .contains("\"00081198\":{\"vr\":\"SQ\",\"Value\":[{\"00081150\"")
                .contains("\"00081197\":{\"vr\":\"US\",\"Value\":[290]}")
                .contains("\"0008119A\":{\"vr\":\"SQ\",\"Value\":[{\"00081197\":{\"vr\":\"US\",\"Value\":[49152]}}]}");
    }

    @Test
    void coercedUid_isStoredWithWarningB007() throws Exception {
        byte[] file = FakeDicom.file(JPEG, "9.9.9", FakeArchive.dataset("1.2.3", "1.2.3.1", "1.1", ""));

        var response = store("/dicom-web/studies", Multiparts.of(file));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(TestServer.text(response)).contains("\"00081196\":{\"vr\":\"US\",\"Value\":[45063]}");
    }

    @Test
    void objectOfAnotherStudy_isRefusedAndNotKept() throws Exception {
        var response = store("/dicom-web/studies/9.9", Multiparts.of(object("1.1")));

        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(TestServer.text(response)).contains("\"00081197\":{\"vr\":\"US\",\"Value\":[49162]}");
        assertThat(ARCHIVE.kept).isEmpty();
    }

    @Test
    void quarantinedObjectSentToAStudy_isReferenced() throws Exception {
        ARCHIVE.quarantines = true;

        var response = store("/dicom-web/studies/1.2.3", Multiparts.of(object("1.1")));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(TestServer.text(response))
                .contains("\"00081199\"", "\"1.1\"")
                .doesNotContain("00081198");
    }

    @Test
    void fullArchive_answers503WithRetryAfter() throws Exception {
        ARCHIVE.refusal = arrival -> Optional.of(ArchiveError.BLOB_STORE_FULL);

        var response = store("/dicom-web/studies", Multiparts.of(object("1.1"), object("1.2")));

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("5");
        assertThat(TestServer.text(response)).contains("42752");
    }

    @Test
    void singleFile_isStoredWithoutMultipart() throws Exception {
        var response = server.post("/dicom-web/studies", object("1.1"), "Content-Type", "application/dicom");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(ARCHIVE.kept).hasSize(1);
    }

    @Test
    void bodyThatEndsInsideAPart_keepsOnlyWholeObjects() throws Exception {
        byte[] body = Multiparts.of(object("1.1"), object("1.2"));
        byte[] cut = java.util.Arrays.copyOf(body, body.length - 40);

        var response = store("/dicom-web/studies", cut);

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(ARCHIVE.kept).hasSize(1);
        assertThat(TestServer.text(response)).contains("1.1").doesNotContain("\"1.2\"");
    }

    @Test
    void brokenTransport_keepsOnlyWholeObjects() throws Exception {
        byte[] body = Multiparts.of(object("1.1"), object("1.2"));
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + Multiparts.DICOM_TYPE
                            + "\r\nContent-Length: " + (body.length + 5000) + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body, 0, body.length - 40);
            out.flush();
        }
        await().until(() -> ARCHIVE.kept.size() == 1);
        var next = store("/dicom-web/studies", Multiparts.of(object("1.9")));
        assertThat(next.statusCode()).isEqualTo(200);
        assertThat(ARCHIVE.kept).hasSize(2);
    }

    @Test
    void moreBytesThanContentLengthSays_areNotPartOfTheRequest() throws Exception {
        byte[] body = Multiparts.of(object("1.1"), object("1.2"));
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("POST /dicom-web/studies HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + Multiparts.DICOM_TYPE
                            + "\r\nContent-Length: " + (body.length - 60) + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(body);
            out.flush();
            String status = new java.io.BufferedReader(
                            new java.io.InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            assertThat(status).contains("202");
        }
        assertThat(ARCHIVE.kept).hasSize(1);
    }

    @Test
    void tooManyParts_areCutShortAndWhatWasTakenIsNamed() throws Exception {
        byte[][] objects = new byte[7][];
        for (int i = 0; i < objects.length; i++) {
            objects[i] = object("1." + i);
        }

        var response = store("/dicom-web/studies", Multiparts.of(objects));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(ARCHIVE.kept).hasSize(5);
        assertThat(TestServer.text(response)).contains("42754");
    }

    @Test
    void endlessBody_isCutAtItsBound() throws Exception {
        byte[] head = ("--" + Multiparts.BOUNDARY + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] body = java.util.Arrays.copyOf(head, 2_000_000);

        var response = server.send(
                "POST",
                "/dicom-web/studies",
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)),
                "Content-Type",
                Multiparts.DICOM_TYPE);

        assertThat(response.statusCode()).isIn(409, 413);
        assertThat(ARCHIVE.kept).isEmpty();
    }

    @Test
    void endlessHeaders_areRefused() throws Exception {
        String body = "--" + Multiparts.BOUNDARY + "\r\nX: " + "a".repeat(100_000);

        var response = store("/dicom-web/studies", body.getBytes(StandardCharsets.US_ASCII));

        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void noPartAtAll_isABadRequest() throws Exception {
        assertThat(store("/dicom-web/studies", Multiparts.of()).statusCode()).isEqualTo(400);
        assertThat(store("/dicom-web/studies", new byte[0]).statusCode()).isEqualTo(400);
    }

    @Test
    void compressedBody_isRefused() throws Exception {
        var response = server.post(
                "/dicom-web/studies",
                Multiparts.of(object("1.1")),
                "Content-Type",
                Multiparts.DICOM_TYPE,
                "Content-Encoding",
                "gzip");

        assertThat(response.statusCode()).isEqualTo(415);
    }

    @Test
    void otherMedia_areRefusedWithAdvice() throws Exception {
        var response = server.post("/dicom-web/studies", new byte[0], "Content-Type", "text/plain");

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(TestServer.text(response)).contains("UNSUPPORTED_MEDIA", "store DICOM files");
    }

    @Test
    void callerThatTakesNoJson_isToldBeforeAnythingIsStored() throws Exception {
        var response = server.post(
                "/dicom-web/studies",
                Multiparts.of(object("1.1")),
                "Content-Type",
                Multiparts.DICOM_TYPE,
                "Accept",
                "application/dicom+xml");

        assertThat(response.statusCode()).isEqualTo(406);
        assertThat(ARCHIVE.kept).isEmpty();
    }

    @Test
    void pageOfAnotherOrigin_mayNotStore() throws Exception {
        var response = server.post(
                "/dicom-web/studies",
                Multiparts.of(object("1.1")),
                "Content-Type",
                Multiparts.DICOM_TYPE,
                "Origin",
                "https://evil.example");

        assertThat(response.statusCode()).isEqualTo(403);
        assertThat(ARCHIVE.kept).isEmpty();
    }
}
