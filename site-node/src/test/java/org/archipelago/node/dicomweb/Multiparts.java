package org.archipelago.node.dicomweb;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Multipart bodies for tests. */
final class Multiparts {
    static final String BOUNDARY = "test-boundary";
    static final String DICOM_TYPE = "multipart/related; type=\"application/dicom\"; boundary=" + BOUNDARY;

    private Multiparts() {}

    record Part(String contentType, String location, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.ISO_8859_1);
        }
    }

    static byte[] of(byte[]... bodies) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] body : bodies) {
            out.writeBytes(("--" + BOUNDARY + "\r\nContent-Type: application/dicom\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.writeBytes(body);
            out.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes(("--" + BOUNDARY + "--").getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    static List<Part> read(HttpResponse<byte[]> response) throws IOException {
        MediaRange type =
                MediaRange.parse(response.headers().firstValue("Content-Type").orElseThrow());
        MultipartReader reader = new MultipartReader(
                new ByteArrayInputStream(response.body()),
                type.parameter("boundary").orElseThrow(),
                new MultipartLimits(1000, 10_000, Long.MAX_VALUE));
        List<Part> parts = new ArrayList<>();
        while (reader.next()) {
            parts.add(new Part(
                    reader.header("content-type").orElse(""),
                    reader.header("content-location").orElse(""),
                    reader.body().readAllBytes()));
        }
        return parts;
    }
}
