package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Requests that lie about their length, lead out of their place, or are larger than anybody needs. */
final class HttpAttacks {
    private static final String STORE = "/dicom-web/studies";
    private static final String MULTIPART = "Content-Type: multipart/related; type=\"application/dicom\"; boundary=b";
    private static final String DISCARD = "/api/dead-letters/00000000-0000-0000-0000-000000000000/discard";
    private static final byte[] ENTITIES = HostilePeer.ascii("""
            <?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
            <NativeDicomModel><DicomAttribute tag="00100010" vr="PN">&c;&f;</DicomAttribute></NativeDicomModel>
            """);
    private static final List<String> ESCAPES = List.of(
            "/viewer/../../../../etc/passwd",
            "/viewer/..%2f..%2f..%2f..%2fetc/passwd",
            "/viewer/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/viewer/%252e%252e/%252e%252e/etc/passwd",
            "/viewer/..%5c..%5c..%5cetc%5cpasswd",
            "/viewer/%00/etc/passwd",
            "/assets/../../../etc/passwd",
            "/dicom-web/studies/..%2f..%2fetc%2fpasswd",
            "/dicom-web/studies/%2e%2e/metadata",
            "/dicom-web/studies/1.2.3%00/metadata",
            "/dicom-web/studies/" + "1".repeat(10_000) + "/metadata",
            "/dicom-web/studies/1.2/series/1.3/instances/1.4/bulkdata/../../../../../../etc/passwd",
            "/api/export/file?study=../../etc&instance=../passwd",
            "/api/quarantine/..%2f..%2f..%2fmaster.key",
            "/api/studies/%2e%2e%2f%2e%2e%2fmaster.key");

    private HttpAttacks() {}

    static List<Attack> all() {
        List<Attack> all = new ArrayList<>(lengths());
        all.addAll(places());
        all.addAll(bodies());
        return all;
    }

    private static List<Attack> lengths() {
        return List.of(
                sent("content-length-of-4-gib", STORE, "", MULTIPART, "Content-Length: 4294967296"),
                sent("content-length-of-8-eib", STORE, "", MULTIPART, "Content-Length: 9223372036854775807"),
                sent("content-length-beyond-64-bits", STORE, "", MULTIPART, "Content-Length: 99999999999999999999999"),
                sent("content-length-negative", STORE, "", MULTIPART, "Content-Length: -1"),
                sent("content-length-twice", STORE, "--b--\r\n", MULTIPART, "Content-Length: 7", "Content-Length: 700"),
                sent(
                        "content-length-too-short",
                        STORE,
                        "--b\r\n\r\nsome bytes\r\n--b--\r\n",
                        MULTIPART,
                        "Content-Length: 12"),
                sent(
                        "content-length-beside-chunks",
                        STORE,
                        "0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
                        MULTIPART,
                        "Content-Length: 3",
                        "Transfer-Encoding: chunked"),
                sent("chunk-of-16-eib", STORE, "FFFFFFFFFFFFFFFF\r\n--b\r\n", MULTIPART, "Transfer-Encoding: chunked"),
                sent(
                        "chunk-extension-without-end",
                        STORE,
                        "1;" + "x".repeat(1 << 20),
                        MULTIPART,
                        "Transfer-Encoding: chunked"),
                Attack.of(
                        "headers-of-4-mb",
                        node -> HostileHttp.send(node, "GET", STORE, out -> {}, "X-Long: " + "x".repeat(4 << 20))
                                .refusal()),
                Attack.of(
                        "headers-10000",
                        node -> HostileHttp.send(node, "GET", STORE, out -> {}, "X: y\r\n".repeat(10_000) + "X: y")
                                .refusal()),
                Attack.of(
                        "request-line-without-end",
                        node -> HostileHttp.get(node, "/" + "a".repeat(4 << 20)).refusal()));
    }

    private static List<Attack> places() {
        return List.of(
                Attack.of("paths-that-lead-out", HttpAttacks::escapes),
                Attack.of(
                        "query-of-30-kb",
                        node -> HostileHttp.get(node, STORE + "?PatientID=" + "x".repeat(30_000))
                                .refusal()),
                Attack.of(
                        "query-without-end",
                        node -> HostileHttp.get(node, STORE + "?" + "PatientID=x&".repeat(400_000))
                                .refusal()),
                Attack.of(
                        "query-of-2000-keys",
                        node -> HostileHttp.get(node, STORE + "?" + keys(2000)).refusal()),
                Attack.of(
                        "query-of-200-keys",
                        node -> HostileHttp.get(node, STORE + "?" + keys(200)).refusal()),
                Attack.of(
                        "query-nested-2000-deep",
                        node -> HostileHttp.get(node, STORE + "?" + "00081115.".repeat(2000) + "0020000E=1")
                                .refusal()),
                Attack.of(
                        "query-of-5000-wildcards",
                        node -> HostileHttp.get(node, STORE + "?PatientName=" + "*a".repeat(5000))
                                .refusal()),
                Attack.of(
                        "frames-list-of-15000",
                        node -> HostileHttp.get(
                                        node,
                                        "/dicom-web/studies/1.2/series/1.3/instances/1.4/frames/1"
                                                + ",1".repeat(15_000))
                                .refusal()),
                Attack.of(
                        "accept-of-8000-types",
                        node -> HostileHttp.get(node, STORE + "?limit=1", "Accept: " + "a/b;q=0,".repeat(3500) + "a/c")
                                .refusal()),
                Attack.of(
                        "another-host",
                        node -> HostileHttp.raw(
                                        node,
                                        HostilePeer.ascii(
                                                "GET /api/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
                                        out -> {})
                                .refusal()));
    }

    private static List<Attack> bodies() {
        byte[] deep = HostilePeer.ascii("{\"00081115\":{\"vr\":\"SQ\",\"Value\":[".repeat(100_000));
        return List.of(
                Attack.of(
                        "gzip-bomb",
                        node -> HostileHttp.post(node, STORE, "application/dicom", gzipped(), "Content-Encoding: gzip")
                                .refusal()),
                Attack.of("xml-entities", node -> refusedEverywhere(node, "application/dicom+xml", ENTITIES)),
                Attack.of("json-100000-deep", node -> refusedEverywhere(node, "application/dicom+json", deep)),
                Attack.of("json-to-every-address", node -> refusedEverywhere(node, "application/json", deep)),
                Attack.of(
                        "form-of-64-mb",
                        node -> HostileHttp.send(
                                        node,
                                        "POST",
                                        DISCARD,
                                        out -> {
                                            byte[] piece = HostilePeer.ascii("reason=x&".repeat(7000));
                                            for (int i = 0; i < 1000; i++) {
                                                out.write(piece);
                                            }
                                        },
                                        "Content-Type: application/x-www-form-urlencoded",
                                        "Content-Length: 63000000")
                                .refusal()));
    }

    private static Attack sent(String name, String target, String body, String... headers) {
        return Attack.of(
                name,
                node -> HostileHttp.send(node, "POST", target, out -> out.write(HostilePeer.ascii(body)), headers)
                        .refusal());
    }

    private static String keys(int count) {
        StringBuilder keys = new StringBuilder();
        for (int i = 0; i < count; i++) {
            keys.append("%08X=1&".formatted(0x00091000 + i));
        }
        return keys.toString();
    }

    private static String escapes(NodeProcess node) throws IOException {
        for (String path : ESCAPES) {
            HostileHttp.Answer answer = HostileHttp.get(node, path);
            boolean viewersPage = path.startsWith("/viewer/")
                    && answer.text().toLowerCase(java.util.Locale.ROOT).contains("<!doctype html");
            if (answer.text().contains("root:")) {
                throw new AssertionError(path + " led out");
            }
            if (!viewersPage) { // which it gives for every address below its own
                answer.refusal();
            }
        }
        return ESCAPES.size() + " led nowhere";
    }

    /** Where anything may be posted, and at addresses that take nothing. */
    private static String refusedEverywhere(NodeProcess node, String type, byte[] body) throws IOException {
        StringBuilder answers = new StringBuilder();
        for (String target :
                List.of(STORE, STORE + "/1.2.3", DISCARD, "/api/studies", "/api/export/page", "/viewer/", "/nowhere")) {
            answers.append(HostileHttp.post(node, target, type, body).refusal()).append(' ');
        }
        return answers.toString().strip();
    }

    /** 1 GiB of zeros in 1 MiB. */
    private static byte[] gzipped() throws IOException {
        ByteArrayOutputStream small = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(small)) {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 1024; i++) {
                gzip.write(zeros);
            }
        }
        return small.toByteArray();
    }
}
