package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Writes multipart/related (RFC 2387) as its parts come; nothing is buffered. */
final class MultipartWriter {
    private final OutputStream out;
    private final String boundary;
    private boolean open;

    MultipartWriter(OutputStream out, String boundary) {
        this.out = out;
        this.boundary = boundary;
    }

    /** The value of Content-Type for the whole. */
    static String contentType(String partType, String boundary) {
        return "multipart/related; type=\"" + partType + "\"; boundary=" + boundary;
    }

    /** Starts a part; its bytes go to the stream that this writer was made with. */
    void part(String contentType, String location) throws IOException {
        part(contentType, Optional.of(location));
    }

    /** @param location empty for what has no address */
    void part(String contentType, Optional<String> location) throws IOException {
        String head = (open ? "\r\n" : "") + "--" + boundary + "\r\nContent-Type: " + contentType
                + location.map(address -> "\r\nContent-Location: " + address).orElse("") + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        open = true;
    }

    void end() throws IOException {
        out.write(((open ? "\r\n" : "") + "--" + boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
