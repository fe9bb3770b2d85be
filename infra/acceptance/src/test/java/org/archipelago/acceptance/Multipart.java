package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bodies of multipart/related (RFC 2387), read and written by the tests' own lines. */
final class Multipart {
    /** What to accept to get objects as they are stored. */
    static final String ANY_DICOM = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    private static final Pattern BOUNDARY = Pattern.compile("boundary=\"?([^\";]+)\"?");

    private Multipart() {}

    static List<byte[]> parts(HttpResponse<byte[]> response) {
        String type = response.headers().firstValue("Content-Type").orElse("");
        Matcher matcher = BOUNDARY.matcher(type);
        if (!matcher.find()) {
            throw new AssertionError(response.statusCode() + " is not multipart but '" + type + "': "
                    + new String(response.body(), StandardCharsets.UTF_8));
        }
        byte[] body = response.body();
        byte[] delimiter = ("--" + matcher.group(1)).getBytes(StandardCharsets.ISO_8859_1);
        List<byte[]> parts = new ArrayList<>();
        int at = indexOf(body, delimiter, 0);
        while (at >= 0) {
            int start = at + delimiter.length;
            if (start + 2 <= body.length && body[start] == '-' && body[start + 1] == '-') {
                return parts;
            }
            int content = indexOf(body, "\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1), start) + 4;
            at = indexOf(body, ("\r\n--" + matcher.group(1)).getBytes(StandardCharsets.ISO_8859_1), content - 2);
            if (at < 0) {
                throw new AssertionError("a part without end after " + parts.size() + " parts");
            }
            parts.add(Arrays.copyOfRange(body, content, Math.max(content, at)));
            at += 2;
        }
        throw new AssertionError("no closing boundary after " + parts.size() + " parts");
    }

    /** A STOW-RS request body with these objects (PS3.18 §10.5.1). */
    static byte[] request(String boundary, byte[]... files) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] file : files) {
            body.writeBytes(("--" + boundary + "\r\nContent-Type: application/dicom\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            body.writeBytes(file);
            body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        body.writeBytes(("--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        return body.toByteArray();
    }

    private static int indexOf(byte[] haystack, byte[] needle, int from) {
        for (int i = Math.max(0, from); i <= haystack.length - needle.length; i++) {
            int j = 0;
            while (j < needle.length && haystack[i + j] == needle[j]) {
                j++;
            }
            if (j == needle.length) {
                return i;
            }
        }
        return -1;
    }
}
