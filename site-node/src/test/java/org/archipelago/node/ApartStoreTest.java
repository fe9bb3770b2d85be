package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** STOW-RS of metadata and bulk data apart, over a whole node without Elasticsearch. */
class ApartStoreTest {
    private static final String RELATED = "multipart/related; type=\"application/dicom+json\"; boundary=b";
    private static final String JSON = "application/dicom+json";
    private static final String OCTETS = "application/octet-stream";
    private static final int METADATA_BYTES = 16 << 20;

    @TempDir
    static Path folder;

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static ArchiveNode node;
    private static URI address;
    private static int studies;

    @BeforeAll
    static void start() throws IOException {
        int http = LoopbackPorts.free();
        Path file = Files.writeString(
                folder.resolve("node.yaml"), """
                    data: data
                    site: { label: north }
                    blobs: { lowWaterMarkBytes: 1000000 }
                    dicom: { listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ] }
                    http: { port: %d, maxMetadataBytes: %d, maxParts: 50 }
                    elasticsearch: { url: "http://127.0.0.1:9" }
                    """.formatted(LoopbackPorts.free(), http, METADATA_BYTES));
        node = ArchiveNode.start(ConfigurationFile.read(file), Clock.systemUTC());
        address = URI.create("http://127.0.0.1:" + http + "/dicom-web");
    }

    @AfterAll
    static void stop() {
        node.close();
        CLIENT.close();
    }

    /** A part of a request. */
    private record Part(String headers, byte[] body) {
        static Part metadata(String json) {
            return new Part("Content-Type: " + JSON, json.getBytes(StandardCharsets.UTF_8));
        }

        static Part bulk(String type, String location, byte[] body) {
            return new Part("Content-Type: " + type + "\r\nContent-Location: " + location, body);
        }
    }

    private static byte[] body(Part... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Part part : parts) {
            out.writeBytes(("--b\r\n" + part.headers() + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(part.body());
            out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes("--b--\r\n".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private static HttpResponse<String> post(HttpRequest.BodyPublisher body) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(address + "/studies"))
                        .header("Content-Type", RELATED)
                        .POST(body)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> store(Part... parts) throws Exception {
        return post(BodyPublishers.ofByteArray(body(parts)));
    }

    private static HttpResponse<byte[]> get(String path, String accept) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(address + path))
                        .header("Accept", accept)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    /** One study with one series; its instances are numbered. */
    private record Study(String uid) {
        static Study next() {
            return new Study("1.2.826.0.1.3680043.8.498.77." + ++studies);
        }

        String instance(int number) {
            return uid + ".1." + number;
        }

        String path(int number) {
            return "/studies/" + uid + "/series/" + uid + ".1/instances/" + instance(number);
        }

        /** Of 2 rows and 3 columns of 8 bits. */
        String metadata(int number, String more) {
            return """
                {"00080005":{"vr":"CS","Value":["ISO_IR 192"]},
                "00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},
                "00080018":{"vr":"UI","Value":["%s"]},
                "00080060":{"vr":"CS","Value":["OT"]},
                "00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎"}]},
                "00100020":{"vr":"LO","Value":["P%s"]},
                "0020000D":{"vr":"UI","Value":["%s"]},
                "0020000E":{"vr":"UI","Value":["%s.1"]},
                "00280002":{"vr":"US","Value":[1]},
                "00280004":{"vr":"CS","Value":["MONOCHROME2"]},
                "00280010":{"vr":"US","Value":[2]},
                "00280011":{"vr":"US","Value":[3]},
                "00280100":{"vr":"US","Value":[8]}%s}\
                """.formatted(instance(number), uid, uid, uid, more);
        }
    }

    private static String pixels(String uri) {
        return ",\"7FE00010\":{\"vr\":\"OB\",\"BulkDataURI\":\"" + uri + "\"}";
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String warnings(HttpResponse<String> response) {
        return String.join("\n", response.headers().allValues("Warning"));
    }

    private static void isHeld(Study study, int number) throws Exception {
        assertThat(get(study.path(number), "application/dicom").statusCode()).isEqualTo(200);
    }

    private static void isNotHeld(Study study, int number) throws Exception {
        assertThat(get(study.path(number), "application/dicom").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "xml"})
    void realFiles_comeBackAsPydicomReadThem(String form) throws Exception {
        List<String> names = new ArrayList<>();
        for (String name : RealFiles.names()) {
            if (name.startsWith("pydicom") || name.startsWith("dcm4che")) {
                names.add(RealFiles.file(name).toString());
            }
        }
        Map<String, List<String>> outcomes = outcomes(names, form);
        assertThat(outcomes.getOrDefault("DIFFERS", List.of())).isEmpty();
        assertThat(outcomes.getOrDefault("UNREAD", List.of())).isEmpty();
        assertThat(outcomes.get("OK")).hasSizeGreaterThan(60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "xml"})
    void phantoms_comeBackAsPydicomReadThem(String form) throws Exception {
        List<String> names = new ArrayList<>();
        for (PhantomObject object : Stream.of(
                        Samples.ct(form, 1), Samples.mr(form, 1), Samples.ultrasound(form, 1), Samples.pdf(form))
                .flatMap(List::stream)
                .toList()) {
            Path file = folder.resolve(object.sopInstanceUid() + ".dcm");
            Files.write(file, object.file());
            names.add(file.toString());
        }
        assertThat(outcomes(names, form)).containsOnlyKeys("OK");
    }

    /** Lines by outcome. */
    private static Map<String, List<String>> outcomes(List<String> files, String form) throws Exception {
        Path script = folder.resolve("stow_apart.py");
        try (InputStream in = ApartStoreTest.class.getResourceAsStream("stow_apart.py")) {
            Files.write(script, in.readAllBytes());
        }
        Path input = Files.writeString(folder.resolve("files"), String.join("\n", files) + "\n");
        Programs.Result result = Programs.run(
                input, List.of(Programs.require("python3").toString(), script.toString(), address.toString(), form));
        assertThat(result.exit()).as(result.output()).isZero();
        return result.output()
                .lines()
                .collect(Collectors.groupingBy(line -> line.split("\t")[1], TreeMap::new, Collectors.toList()));
    }

    @Test
    void octets_areStoredInExplicitLittleEndian() throws Exception {
        Study study = Study.next();

        var response = store(
                Part.metadata("[" + study.metadata(1, pixels("bulk/1")) + "]"),
                Part.bulk(OCTETS, address + "/bulk/1", bytes("abcdef")));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).contains("\"00081199\"", study.instance(1)).doesNotContain("00081198", "0008119A");
        assertThat(get(study.path(1) + "/frames/1", OCTETS).body()).isEqualTo(bytes("abcdef"));
        assertThat(new String(get(study.path(1) + "/metadata", JSON).body(), StandardCharsets.UTF_8))
                .contains("山田^太郎", "bulkdata/7FE00010");
    }

    @Test
    void addresses_areComparedAsTheyResolve() throws Exception {
        Study study = Study.next();

        var response = store(
                Part.metadata("["
                        + study.metadata(
                                1, pixels(address.toString().replace("http://127", "HTTP://127") + "/x/../bulk/a%20b"))
                        + "," + study.metadata(2, pixels("urn:uuid:1")) + "," + study.metadata(3, pixels("not a uri"))
                        + "]"),
                Part.bulk(OCTETS, "not a uri", bytes("abcdef")),
                Part.bulk(OCTETS, "./bulk/a%20b", bytes("ghijkl")),
                Part.bulk(OCTETS, "urn:uuid:1", bytes("mnopqr")));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(get(study.path(1) + "/frames/1", OCTETS).body()).isEqualTo(bytes("ghijkl"));
        assertThat(get(study.path(2) + "/frames/1", OCTETS).body()).isEqualTo(bytes("mnopqr"));
        assertThat(get(study.path(3) + "/frames/1", OCTETS).body()).isEqualTo(bytes("abcdef"));
    }

    @Test
    void bulkDataInItemsAndOfText_isPutInItsPlace() throws Exception {
        Study study = Study.next();
        String text = "ä".repeat(40_000) + "!";

        var response = store(
                Part.metadata("["
                        + study.metadata(
                                1,
                                ",\"00400555\":{\"vr\":\"SQ\",\"Value\":[{},{\"0040A160\":{\"vr\":\"UT\",\"BulkDataURI\":\"t\"},"
                                        + "\"00081199\":{\"vr\":\"SQ\",\"Value\":[{\"00420011\":{\"vr\":\"OB\",\"BulkDataURI\":\"deep\"}}]}}]}")
                        + "]"),
                Part.bulk("text/plain", "t", text.getBytes(StandardCharsets.UTF_8)),
                Part.bulk(OCTETS, "deep", bytes("x".repeat(2001))));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        String base = study.path(1) + "/bulkdata/00400555/2/";
        assertThat(new String(get(base + "0040A160", OCTETS).body(), StandardCharsets.UTF_8).strip())
                .isEqualTo(text);
        assertThat(get(base + "00081199/1/00420011", OCTETS).body()).isEqualTo(bytes("x".repeat(2001) + "\0"));
    }

    @Test
    void compressedFrames_areEncapsulatedInTheirSyntax() throws Exception {
        Study study = Study.next();
        String frames = ",\"00280008\":{\"vr\":\"IS\",\"Value\":[2]}" + pixels("p");
        String type = "image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50";

        var response = store(
                Part.metadata("[" + study.metadata(1, frames) + ","
                        + study.metadata(2, frames.replace("\"p\"", "\"q\""))
                        + ","
                        + study.metadata(
                                3, ",\"00083002\":{\"vr\":\"UI\",\"Value\":[\"1.2.840.10008.1.2.4.91\"]}" + pixels("r"))
                        + "]"),
                Part.bulk(type, "p", bytes("first")),
                Part.bulk(type, "p", bytes("second")),
                Part.bulk(type, "q/frames/1", bytes("third")),
                Part.bulk(type, "q/frames/2", bytes("fourth")),
                Part.bulk("image/jp2", "r", bytes("fifth")));

        assertThat(response.statusCode())
                .as(response.body() + warnings(response))
                .isEqualTo(200);
        String stored = "multipart/related; type=\"image/jpeg\"; transfer-syntax=*";
        assertThat(new String(get(study.path(1) + "/frames/1,2", stored).body(), StandardCharsets.ISO_8859_1))
                .contains("first", "second", "transfer-syntax=1.2.840.10008.1.2.4.50");
        assertThat(new String(get(study.path(2) + "/frames/2", stored).body(), StandardCharsets.ISO_8859_1))
                .contains("fourth")
                .doesNotContain("third");
        assertThat(new String(
                        get(study.path(3) + "/frames/1", "image/jp2; transfer-syntax=*")
                                .body(),
                        StandardCharsets.ISO_8859_1))
                .startsWith("fifth");
        assertThat(new String(get(study.path(3) + "/metadata", JSON).body(), StandardCharsets.UTF_8))
                .doesNotContain("00083002");
    }

    @Test
    void whatDoesNotFit_isRefusedForItsInstanceAlone() throws Exception {
        Study study = Study.next();

        var response = store(
                Part.metadata("["
                        + String.join(
                                ",",
                                study.metadata(1, pixels("good")),
                                study.metadata(2, pixels("missing")),
                                study.metadata(3, pixels("twice")),
                                study.metadata(4, pixels("lying")),
                                study.metadata(5, pixels("encoded")),
                                study.metadata(6, pixels("short")),
                                study.metadata(7, pixels("mpeg")),
                                study.metadata(8, pixels("frames")),
                                study.metadata(9, pixels("other-syntax")),
                                study.metadata(10, ",\"00400555\":{\"vr\":\"SQ\",\"BulkDataURI\":\"sequence\"}"),
                                study.metadata(11, ",\"00400555\":{\"vr\":\"ZZ\",\"Value\":[]}"),
                                study.metadata(12, ",\"00280103\":{\"vr\":\"US\",\"Value\":[70000]}"),
                                "7",
                                study.metadata(13, ""))
                        + "]"),
                Part.bulk(OCTETS, "good", bytes("abcdef")),
                Part.bulk(OCTETS, "twice", bytes("abcdef")),
                Part.bulk(OCTETS, "twice", bytes("ghijkl")),
                new Part("Content-Location: lying\r\nContent-Length: 7", bytes("abcdef")),
                new Part("Content-Location: encoded\r\nContent-Transfer-Encoding: base64", bytes("YWJjZGVm")),
                Part.bulk(OCTETS, "short", bytes("abcde")),
                Part.bulk("video/mp4", "mpeg", bytes("abcdef")),
                Part.bulk("image/jls", "frames", bytes("one")),
                Part.bulk("image/jls", "frames", bytes("two")),
                Part.bulk("image/jls; transfer-syntax=1.2.840.10008.1.2.4.90", "other-syntax", bytes("one")),
                Part.bulk(OCTETS, "sequence", bytes("abcdef")),
                Part.bulk(OCTETS, "of-nobody", bytes("abcdef")),
                new Part("Content-Type: " + OCTETS, bytes("without a location")));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        isHeld(study, 1);
        isHeld(study, 13);
        for (int refused = 2; refused <= 12; refused++) {
            isNotHeld(study, refused);
        }
        assertThat(warnings(response))
                .contains(
                        study.instance(2) + ": the bulk data of 7FE00010 did not come",
                        study.instance(3) + ": the bulk data of 7FE00010 came more than once",
                        study.instance(4) + ": the bulk data of 7FE00010 came in another length",
                        study.instance(5) + ": the bulk data of 7FE00010 came in an encoding",
                        study.instance(6) + ": fewer octets",
                        study.instance(7) + ": pixel data of a media type that is not taken",
                        study.instance(8) + ": pixel data in another number of parts",
                        study.instance(9) + ": frames whose media type is not of their transfer syntax",
                        study.instance(10) + ": a BulkDataURI in the place of a sequence",
                        study.instance(12) + ": value of VR US",
                        "no metadata refers to 1 of the bulk data parts",
                        "a bulk data part has no Content-Location");
        assertThat(response.body())
                .contains("{\"00081150\":{\"vr\":\"UI\",\"Value\":[\"1.2.840.10008.5.1.4.1.1.7\"]},"
                        + "\"00081155\":{\"vr\":\"UI\",\"Value\":[\"" + study.instance(7)
                        + "\"]},\"00081197\":{\"vr\":\"US\",\"Value\":[290]}}");
    }

    @Test
    void requestThatEndsEarly_losesOnlyWhatDidNotCome() throws Exception {
        Study study = Study.next();
        byte[] whole = body(
                Part.metadata("[" + study.metadata(1, pixels("1")) + "," + study.metadata(2, pixels("2")) + "]"),
                Part.bulk(OCTETS, "1", bytes("abcdef")),
                Part.bulk(OCTETS, "2", bytes("abcdef")));

        var response = post(BodyPublishers.ofByteArray(java.util.Arrays.copyOf(whole, whole.length - 10)));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        // The rest of the request, of which nobody knows what it was.
        assertThat(response.body())
                .contains("\"0008119A\":{\"vr\":\"SQ\",\"Value\":[{\"00081197\":{\"vr\":\"US\",\"Value\":[49162]}}]}");
        isHeld(study, 1);
        isNotHeld(study, 2);
    }

    @Test
    void metadataBeyondItsBound_isRefusedInBoundedMemory() throws Exception {
        Study study = Study.next();
        String start = "--b\r\nContent-Type: " + JSON + "\r\n\r\n[" + study.metadata(1, "")
                + ",{\"00080018\":{\"vr\":\"UI\",\"Value\":[\"";
        byte[] digits = bytes("1".repeat(1 << 20));
        List<InputStream> pieces =
                new ArrayList<>(List.of(new ByteArrayInputStream(start.getBytes(StandardCharsets.UTF_8))));
        for (int i = 0; i < 100; i++) {
            pieces.add(new ByteArrayInputStream(digits));
        }
        InputStream endless = new SequenceInputStream(Collections.enumeration(pieces));

        var response = post(BodyPublishers.ofInputStream(() -> endless));

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(warnings(response)).contains("bytes of the metadata of one request");
        isNotHeld(study, 1);
    }

    @Test
    void manyValuesInFewBytes_areRefusedForTheirInstanceAlone() throws Exception {
        Study study = Study.next();
        String values = "0" + ",0".repeat(METADATA_BYTES / 2 - 10_000);

        var response = store(Part.metadata("[" + study.metadata(1, "") + ","
                + study.metadata(2, ",\"00280103\":{\"vr\":\"US\",\"Value\":[" + values + "]}") + ","
                + study.metadata(3, "") + "]"));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        assertThat(warnings(response)).contains("size of header");
        isHeld(study, 1);
        isNotHeld(study, 2);
        isHeld(study, 3);
    }

    @Test
    void nestingWithoutEnd_isRefusedAndWhatCameBeforeIsKept() throws Exception {
        Study study = Study.next();
        String nested =
                ",\"00400555\":{\"vr\":\"SQ\",\"Value\":[{".repeat(100_000).replace("{,", "{");

        var response = store(Part.metadata("[" + study.metadata(1, "") + "," + study.metadata(2, nested)));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        isHeld(study, 1);
        isNotHeld(study, 2);
    }

    @Test
    void nothingOfARequest_isLeftInTheDataDirectory() throws Exception {
        store(Part.metadata("[" + Study.next().metadata(1, "") + "]"));

        try (var files = Files.list(folder.resolve("data"))) {
            assertThat(files.filter(f -> f.getFileName().toString().startsWith("incoming")))
                    .isEmpty();
        }
    }

    @Test
    void tooManyParts_areCutShort() throws Exception {
        Study study = Study.next();
        List<Part> parts = new ArrayList<>(List.of(Part.metadata("[" + study.metadata(1, pixels("0")) + "]")));
        for (int i = 0; i < 60; i++) {
            parts.add(Part.bulk(OCTETS, Integer.toString(i), bytes("abcdef")));
        }

        var response = store(parts.toArray(Part[]::new));

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(response.body()).contains("42754");
        isHeld(study, 1);
    }

    private static Part xml(String document) {
        return new Part("Content-Type: application/dicom+xml", document.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> storeXml(Part... parts) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(URI.create(address + "/studies"))
                        .header("Content-Type", RELATED.replace("json", "xml"))
                        .POST(BodyPublishers.ofByteArray(body(parts)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String document(Study study, int number, String more) {
        return """
            <NativeDicomModel>
            <DicomAttribute tag="00080016" vr="UI"><Value number="1">1.2.840.10008.5.1.4.1.1.7</Value></DicomAttribute>
            <DicomAttribute tag="00080018" vr="UI"><Value number="1">%s</Value></DicomAttribute>
            <DicomAttribute tag="00100020" vr="LO"><Value number="1">P%s</Value></DicomAttribute>
            <DicomAttribute tag="0020000D" vr="UI"><Value number="1">%s</Value></DicomAttribute>
            <DicomAttribute tag="0020000E" vr="UI"><Value number="1">%s.1</Value></DicomAttribute>
            %s</NativeDicomModel>\
            """.formatted(study.instance(number), study.uid(), study.uid(), study.uid(), more);
    }

    @Test
    void xmlWithBulkData_isStoredAndLeavesAsXml() throws Exception {
        Study study = Study.next();

        var response = storeXml(
                xml(document(
                        study,
                        1,
                        "<DicomAttribute tag='00090001' vr='LO'"
                                + " privateCreator='ACME'><Value>own</Value></DicomAttribute><DicomAttribute"
                                + " tag='00420011' vr='OB'><BulkData uri='doc'/></DicomAttribute>")),
                xml(document(
                        study, 2, "<DicomAttribute tag='00420011' vr='OB'><BulkData uri='none'/></DicomAttribute>")),
                Part.bulk("application/pdf", "doc", bytes("%PDF-1.7" + "x".repeat(2000))));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        isNotHeld(study, 2);
        assertThat(get(study.path(1) + "/bulkdata/00420011", OCTETS).body())
                .isEqualTo(bytes("%PDF-1.7" + "x".repeat(2000)));
        var single = get(study.path(1) + "/metadata", "application/dicom+xml");
        assertThat(single.headers().firstValue("Content-Type")).contains("application/dicom+xml");
        assertThat(new String(single.body(), StandardCharsets.UTF_8))
                .contains("privateCreator=\"ACME\"", "tag=\"00090001\"", "/bulkdata/00420011\"");
        var parts = get(study.path(1) + "/metadata", "multipart/related; type=\"application/dicom+xml\"");
        assertThat(parts.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("multipart/related; type=\"application/dicom+xml\"");
    }

    @Test
    void hostileXml_isRefusedAndHarmsNoOther() throws Exception {
        Study study = Study.next();
        Path secret = Files.writeString(folder.resolve("secret"), "top secret");
        String description = "<DicomAttribute tag='00081030' vr='LO'><Value>%s</Value></DicomAttribute>";
        StringBuilder bomb = new StringBuilder("<!DOCTYPE x [<!ENTITY a0 'ha'>");
        for (int i = 1; i < 30; i++) {
            bomb.append("<!ENTITY a")
                    .append(i)
                    .append(" '")
                    .append(("&a" + (i - 1) + ";").repeat(10))
                    .append("'>");
        }
        bomb.append("]>");

        var response = storeXml(
                xml(bomb + document(study, 1, description.formatted("&a29;"))),
                xml("<!DOCTYPE x [<!ENTITY e SYSTEM '" + secret.toUri() + "'>]>"
                        + document(study, 2, description.formatted("&e;"))),
                xml("<!DOCTYPE x SYSTEM '" + secret.toUri() + "'>" + document(study, 3, "")),
                xml(document(study, 4, description.formatted("&undeclared;"))),
                xml(document(study, 5, "<DicomAttribute tag='00400555' vr='SQ'><Item number='1'>".repeat(100_000))),
                xml(document(
                        study,
                        6,
                        "<DicomAttribute tag='00081030' vr='LO'><Value number='900000000'/></DicomAttribute>")),
                xml(document(study, 7, description.formatted("x")) + "<second/>"),
                xml("<html/>"),
                xml(document(study, 9, description.formatted("good"))));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        for (int refused = 1; refused <= 7; refused++) {
            isNotHeld(study, refused);
        }
        isHeld(study, 9);
        assertThat(warnings(response))
                .contains("a document type or an entity", "nesting")
                .doesNotContain("secret");
    }
}
