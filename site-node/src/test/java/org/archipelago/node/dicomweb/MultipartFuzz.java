package org.archipelago.node.dicomweb;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.fuzz.FuzzTarget;

/** Bodies in parts, behind a line with their Content-Type, as {@link StoreController} takes them. */
public final class MultipartFuzz implements FuzzTarget {
    private static final MultipartLimits LIMITS = new MultipartLimits(100, 16 << 10, 1 << 20);
    private static final String TYPE = "multipart/related; type=\"application/dicom\"; boundary=\"b-1\"\n";

    @Override
    public String name() {
        return "multipart";
    }

    @Override
    public List<byte[]> corpus() {
        return List.of(
                bytes(
                        TYPE
                                + "--b-1\r\nContent-Type: application/dicom\r\nContent-Location: a\r\n\r\nsome\r\n--b-1\r\n\r\nbytes\r\n--b-1--\r\n"),
                bytes(
                        TYPE
                                + "preamble\r\n--b-1  \r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x--\r\n--b-1--epilogue"),
                bytes("multipart/related;type=application/dicom;boundary=b\n--b\r\n\r\n\r\n--b--"));
    }

    @Override
    public boolean take(byte[] input) throws IOException {
        int line = new String(input, StandardCharsets.ISO_8859_1).indexOf('\n');
        if (line < 0) {
            return false;
        }
        try {
            MediaRange type = MediaRange.parse(new String(input, 0, line, StandardCharsets.ISO_8859_1));
            MultipartReader parts = new MultipartReader(
                    new ByteArrayInputStream(input, line + 1, input.length - line - 1),
                    type.parameter("boundary").orElse(""),
                    LIMITS);
            while (parts.next()) {
                MediaRange.parse(parts.header("content-type").orElse("application/dicom"));
                parts.body().readAllBytes();
            }
            return true;
        } catch (MalformedMultipartException refused) {
            return false;
        } catch (ArchiveException e) {
            return switch (e.error()) {
                case INVALID_REQUEST, REQUEST_TOO_LARGE, UNSUPPORTED_MEDIA -> false;
                default -> throw e;
            };
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
