package org.archipelago.acceptance;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Arrays;

/** Requests one after the other on a connection that stays open, and what they take. */
final class BenchHttp {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int BUFFER_BYTES = 256 << 10;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param firstMs until the first byte of the body */
    record Answer(int status, long bytes, double ms, double firstMs, String text) {}

    Answer get(String uri, String accept) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(uri)).header("Accept", accept), false);
    }

    Answer text(String uri, String accept) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(uri)).header("Accept", accept), true);
    }

    /** By curl, which takes a body faster than it comes. */
    Answer download(String uri, String accept) throws IOException, InterruptedException {
        Process curl = new ProcessBuilder(
                        "curl",
                        "-sS",
                        "-o",
                        "/dev/null",
                        "-H",
                        "Accept: " + accept,
                        "-w",
                        "%{http_code} %{size_download} %{time_total} %{time_starttransfer}",
                        uri)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String[] told = new String(curl.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII)
                .split(" ", -1);
        if (curl.waitFor() != 0) {
            throw new IOException("curl ended with " + curl.exitValue());
        }
        return new Answer(
                Integer.parseInt(told[0]),
                Long.parseLong(told[1]),
                Double.parseDouble(told[2]) * 1000,
                Double.parseDouble(told[3]) * 1000,
                "");
    }

    Answer post(String uri, String type, byte[] body) throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(URI.create(uri))
                        .header("Content-Type", type)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)),
                true);
    }

    Answer put(String uri, String json) throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(URI.create(uri))
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(json)),
                true);
    }

    private Answer send(HttpRequest.Builder request, boolean keep) throws IOException, InterruptedException {
        byte[] buffer = new byte[BUFFER_BYTES];
        java.io.ByteArrayOutputStream kept = new java.io.ByteArrayOutputStream();
        long began = System.nanoTime();
        HttpResponse<InputStream> response =
                client.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofInputStream());
        long bytes = 0;
        long first = 0;
        try (InputStream body = response.body()) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                first = first == 0 ? System.nanoTime() : first;
                bytes += read;
                if (keep) {
                    kept.write(buffer, 0, read);
                }
            }
        }
        long end = System.nanoTime();
        double firstMs = ((first == 0 ? end : first) - began) / 1e6;
        return new Answer(
                response.statusCode(),
                bytes,
                (end - began) / 1e6,
                firstMs,
                kept.toString(java.nio.charset.StandardCharsets.UTF_8));
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
