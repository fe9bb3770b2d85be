package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends an HTTP request byte for byte, true or not, and says what came back. */
final class HostileHttp {
    private static final int ANSWER_MS = 30_000;
    private static final int MOST_ANSWER_BYTES = 1 << 20;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})");

    private HostileHttp() {}

    /** @param status 0 when the node closed without a word */
    record Answer(int status, String text) {
        /** What the node blames itself for, and no request may bring about. */
        boolean isDefect() {
            return status == 500;
        }

        /** @throws AssertionError it was served */
        String refusal() {
            if (status != 0 && status < 400) {
                throw new AssertionError("HTTP " + status + " " + text.substring(0, Math.min(200, text.length())));
            }
            if (isDefect()) {
                throw new AssertionError("a defect: HTTP " + status + " " + text);
            }
            return status == 0 ? "closed" : "HTTP " + status;
        }
    }

    /** Part of a request, as often as one likes: what would not fit into memory. */
    interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    static Answer get(NodeProcess node, String target, String... headers) throws IOException {
        return send(node, "GET", target, out -> {}, headers);
    }

    static Answer post(NodeProcess node, String target, String type, byte[] body, String... headers)
            throws IOException {
        String[] more = java.util.Arrays.copyOf(headers, headers.length + 2);
        more[headers.length] = "Content-Type: " + type;
        more[headers.length + 1] = "Content-Length: " + body.length;
        return send(node, "POST", target, out -> out.write(body), more);
    }

    /** @param headers whole lines */
    static Answer send(NodeProcess node, String method, String target, Body body, String... headers)
            throws IOException {
        StringBuilder head =
                new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return raw(node, HostilePeer.ascii(head + "\r\n"), body);
    }

    static Answer raw(NodeProcess node, byte[] head, Body body) throws IOException {
        return raw(node, head, body, false);
    }

    /** @param ends whether the node learns that nothing more will come */
    static Answer raw(NodeProcess node, byte[] head, Body body, boolean ends) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(
                            InetAddress.getLoopbackAddress(), node.http("/").getPort()),
                    ANSWER_MS);
            socket.setSoTimeout(ANSWER_MS);
            try {
                socket.getOutputStream().write(head);
                body.writeTo(socket.getOutputStream());
                if (ends) {
                    socket.shutdownOutput();
                }
            } catch (IOException closed) {
                // What the node said before it closed is still to be read.
            }
            return answer(socket);
        }
    }

    private static Answer answer(Socket socket) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            InputStream in = socket.getInputStream();
            byte[] piece = new byte[8192];
            for (int n = in.read(piece); n >= 0 && text.size() < MOST_ANSWER_BYTES; n = in.read(piece)) {
                text.write(piece, 0, n);
            }
        } catch (SocketTimeoutException e) {
            if (text.size() == 0) {
                throw new AssertionError("no answer within " + ANSWER_MS + " ms");
            }
        } catch (IOException reset) {
            // As far as it came.
        }
        String whole = text.toString(StandardCharsets.UTF_8);
        Matcher status = STATUS.matcher(whole);
        return new Answer(status.lookingAt() ? Integer.parseInt(status.group(1)) : 0, whole);
    }
}
