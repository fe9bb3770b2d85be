package org.archipelago.acceptance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends large objects to a node and reads them back, in pieces. */
final class LargeObjectTransfer {
    private static final String BOUNDARY = "large-object-7f3a91";
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");
    private static final int PREAMBLE_AND_PREFIX = 132;

    private final int dicomPort;
    private final String title;
    private final URI web;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param web root of its DICOMweb services */
    LargeObjectTransfer(int dicomPort, String title, URI web) {
        this.dicomPort = dicomPort;
        this.title = title;
        this.web = web;
    }

    /** By C-STORE. */
    void store(LargeObject object) throws IOException {
        try (RawStoreScu scu = new RawStoreScu(dicomPort, "SENDER", title, List.of(object.facts()));
                InputStream dataset = object.dataset()) {
            RawStoreScu.Response response = scu.store(object.facts(), dataset);
            if (response.status() != 0) {
                throw new IOException("C-STORE was answered with " + response.hex() + " " + response.comment());
            }
        }
    }

    /** By STOW-RS. */
    void stow(LargeObject object) throws IOException, InterruptedException {
        byte[] head = ascii("--" + BOUNDARY + "\r\nContent-Type: application/dicom\r\n\r\n");
        byte[] tail = ascii("\r\n--" + BOUNDARY + "--\r\n");
        long length = head.length + object.facts().part10().length + object.length() + tail.length;
        HttpRequest.BodyPublisher body =
                HttpRequest.BodyPublishers.ofInputStream(() -> new SequenceInputStream(Collections.enumeration(
                        List.of(new ByteArrayInputStream(head), object.part10(), new ByteArrayInputStream(tail)))));
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(web + "/studies"))
                        .header("Content-Type", "multipart/related; type=\"application/dicom\"; boundary=" + BOUNDARY)
                        .header("Accept", "application/dicom+json")
                        .POST(HttpRequest.BodyPublishers.fromPublisher(body, length))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("STOW-RS was answered with " + response.statusCode() + " " + response.body());
        }
    }

    /** SHA-256 of the data set that WADO-RS gives; it must be as long as the object, and nothing but the end of the answer follow. */
    String sha256OfRetrieved(LargeObject object) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = http.send(
                HttpRequest.newBuilder(URI.create(web + object.path()))
                        .header("Accept", Multipart.ANY_DICOM)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw new IOException("WADO-RS was answered with " + response.statusCode());
        }
        try (InputStream in = response.body()) {
            String opening = line(in);
            while (!line(in).isEmpty()) {
                // headers of the part
            }
            in.skipNBytes(PREAMBLE_AND_PREFIX);
            byte[] groupLength = in.readNBytes(12);
            in.skipNBytes(java.nio.ByteBuffer.wrap(groupLength)
                    .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                    .getInt(8));
            String digest = LargeObject.sha256(in, object.length());
            String end = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            if (!end.equals(opening + "--")) {
                throw new IOException("behind the data set comes '" + end + "'");
            }
            return digest;
        }
    }

    /** SHA-256 of the data set that C-GET gives. */
    String sha256OfGot(LargeObject object) throws IOException {
        MessageDigest digest = LargeObject.digest();
        RawRetrieveScu.Retrieved got = new RawRetrieveScu(dicomPort, title)
                .getInto(new DigestOutputStream(OutputStream.nullOutputStream(), digest), List.of(object.facts()));
        if (got.status() != 0 || got.completed() != 1) {
            throw new IOException("C-GET ended with %04XH".formatted(got.status()));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Most memory that the process has had resident, in MiB. */
    static long peakResidentMib(long pid) {
        try {
            Matcher peak = PEAK.matcher(Files.readString(Path.of("/proc", Long.toString(pid), "status")));
            if (!peak.find()) {
                throw new IllegalStateException("no VmHWM of process " + pid);
            }
            return Long.parseLong(peak.group(1)) / 1024;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Up to CR LF, without it. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            line.append((char) c);
        }
        return line.toString().strip();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
