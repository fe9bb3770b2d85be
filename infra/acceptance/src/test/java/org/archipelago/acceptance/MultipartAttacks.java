package org.archipelago.acceptance;

import java.io.IOException;
import java.util.List;

/** Bodies in parts that never begin, never end, or are not what they say (RFC 2046 §5.1.1). */
final class MultipartAttacks {
    private static final String STORE = "/dicom-web/studies";
    private static final String PART = "--b\r\nContent-Type: application/dicom\r\n\r\n";
    private static final int MIB = 1 << 20;

    private MultipartAttacks() {}

    static List<Attack> all() {
        return List.of(
                whole("multipart-without-boundary", "multipart/related; type=\"application/dicom\"", PART),
                whole("multipart-boundary-of-10-kb", related("b".repeat(10_000)), PART),
                whole("multipart-of-another-boundary", related("c"), PART.repeat(50_000)),
                whole("multipart-cut-off", related("b"), PART + "some bytes"),
                file(
                        "meta-of-unknown-vrs",
                        HostileDataSet.bare()
                                .times(3000, HostileDataSet.bare().shortForm(0x00020030, "ZZ", 8, new byte[8]))),
                file(
                        "meta-length-that-lies",
                        HostileDataSet.bare().longForm(0x00020001, "OB", 0xFFFFFFF0, new byte[2])),
                file(
                        "meta-without-end",
                        HostileDataSet.bare()
                                .times(100, HostileDataSet.bare().binary(0x00020102, "OB", new byte[60_000]))),
                whole("multipart-of-nothing", related("b"), "--b--\r\n"),
                endless("multipart-without-delimiter", "", "x".repeat(MIB)),
                endless("multipart-headers-without-end", "--b\r\n", "X-Header: " + "y".repeat(1000) + "\r\n"),
                endless("multipart-header-without-end", "--b\r\nX-Header: ", "y".repeat(MIB)),
                endless("multipart-delimiter-padding-without-end", "--b", " ".repeat(MIB)),
                endless("multipart-parts-without-end", "", "--b\r\n\r\n\r\n"),
                endless("multipart-part-of-noise-without-end", PART, "x".repeat(MIB)),
                endless(
                        "multipart-part-of-another-type-without-end",
                        "--b\r\nContent-Type: text/plain\r\n\r\n",
                        "x".repeat(MIB)),
                Attack.of("inline-binary-without-end", MultipartAttacks::inlineBinary),
                Attack.of(
                        "inline-binary-in-a-part",
                        node -> HostileHttp.post(
                                        node,
                                        STORE,
                                        related("b"),
                                        HostilePeer.joined(
                                                HostilePeer.ascii(
                                                        "--b\r\nContent-Type: application/dicom+json\r\n\r\n[{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":\""),
                                                HostilePeer.ascii("A".repeat(48 * MIB)),
                                                HostilePeer.ascii("\"}}]\r\n--b--\r\n")))
                                .refusal()));
    }

    private static String related(String boundary) {
        return "multipart/related; type=\"application/dicom\"; boundary=\"" + boundary + "\"";
    }

    private static Attack whole(String name, String type, String body) {
        return Attack.of(
                name,
                node -> HostileHttp.post(node, STORE, type, HostilePeer.ascii(body))
                        .refusal());
    }

    /** A file of nothing but this File Meta Information (PS3.10 §7.1). */
    private static Attack file(String name, HostileDataSet meta) {
        byte[] start = HostilePeer.joined(new byte[128], HostilePeer.ascii("DICM"), meta.bytes());
        return Attack.of(
                name,
                node -> HostileHttp.post(
                                node,
                                STORE,
                                related("b"),
                                HostilePeer.joined(HostilePeer.ascii(PART), start, HostilePeer.ascii("\r\n--b--\r\n")))
                        .refusal());
    }

    /** 64 MiB of it, in chunks; the node may have closed long before. */
    private static Attack endless(String name, String start, String again) {
        return Attack.of(
                name,
                node -> HostileHttp.send(
                                node,
                                "POST",
                                STORE,
                                out -> {
                                    chunk(out, HostilePeer.ascii(start));
                                    byte[] piece = HostilePeer.ascii(again.repeat(Math.max(1, MIB / again.length())));
                                    for (int i = 0; i < 64; i++) {
                                        chunk(out, piece);
                                    }
                                    out.write(HostilePeer.ascii("0\r\n\r\n"));
                                },
                                "Content-Type: " + related("b"),
                                "Transfer-Encoding: chunked")
                        .refusal());
    }

    private static String inlineBinary(NodeProcess node) throws IOException {
        return HostileHttp.send(
                        node,
                        "POST",
                        STORE,
                        out -> {
                            chunk(
                                    out,
                                    HostilePeer.ascii(
                                            "--b\r\nContent-Type: application/dicom+json\r\n\r\n[{\"00420011\":{\"vr\":\"OB\",\"InlineBinary\":\""));
                            byte[] piece = HostilePeer.ascii("A".repeat(MIB));
                            for (int i = 0; i < 200; i++) {
                                chunk(out, piece);
                            }
                        },
                        "Content-Type: multipart/related; type=\"application/dicom+json\"; boundary=b",
                        "Transfer-Encoding: chunked")
                .refusal();
    }

    private static void chunk(java.io.OutputStream out, byte[] piece) throws IOException {
        if (piece.length > 0) {
            out.write(HostilePeer.ascii(Integer.toHexString(piece.length) + "\r\n"));
            out.write(piece);
            out.write(HostilePeer.ascii("\r\n"));
        }
    }
}
