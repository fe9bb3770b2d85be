package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/**
 * Reads a multipart body (RFC 2046 §5.1.1) part by part as it arrives, in one buffer of 64 KiB whatever the size of a
 * part. A part whose delimiter never comes fails its reader: a truncated object is never taken for a whole one. Not
 * thread-safe.
 */
final class MultipartReader {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MAX_BOUNDARY_CHARS = 70;

    private final InputStream in;
    private final MultipartLimits limits;
    private final byte[] delimiter;
    private final int[] shifts = new int[256];
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int end;
    /** Bytes before this index belong to the current part; at a delimiter it is the delimiter's index. */
    private int safeEnd;

    private boolean atDelimiter;
    private boolean exhausted;
    private long total;
    private int parts;
    private boolean finished;
    private Map<String, String> headers = Map.of();

    /** @throws ArchiveException INVALID_REQUEST for a boundary that RFC 2046 does not allow */
    MultipartReader(InputStream in, String boundary, MultipartLimits limits) {
        if (boundary.isEmpty()
                || boundary.length() > MAX_BOUNDARY_CHARS
                || !boundary.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            throw new ArchiveException(ArchiveError.INVALID_REQUEST, "multipart boundary");
        }
        this.in = in;
        this.limits = limits;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
        prepareShifts();
        // The first delimiter may open the body; this line end stands for the one that others begin with.
        buffer[0] = '\r';
        buffer[1] = '\n';
        end = 2;
        classify();
    }

    /**
     * Goes to the next part, passing what is left of the current one.
     *
     * @return false after the closing delimiter
     * @throws MalformedMultipartException the body ends without it
     * @throws ArchiveException REQUEST_TOO_LARGE
     */
    boolean next() throws IOException {
        if (finished) {
            return false;
        }
        passRest(parts == 0 ? limits.maxHeaderBytes() : Long.MAX_VALUE);
        position += delimiter.length;
        if (readDelimiterTail()) {
            finished = true;
            return false;
        }
        if (++parts > limits.maxParts()) {
            throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "parts of one request: " + limits.maxParts());
        }
        headers = readHeaders();
        classify();
        return true;
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    /** Bytes of the current part. Ends at its delimiter; throws {@link MalformedMultipartException} when there is none. */
    InputStream body() {
        return new Body();
    }

    private void passRest(long atMost) throws IOException {
        long passed = 0;
        while (available() >= 0) {
            passed += safeEnd - position;
            if (passed > atMost) {
                throw new MalformedMultipartException("no delimiter at the start of the body");
            }
            position = safeEnd;
        }
    }

    /** Number of bytes of the part that are at hand, at least 1, or -1 at its delimiter. */
    private int available() throws IOException {
        while (position == safeEnd) {
            if (atDelimiter) {
                return -1;
            }
            if (!fill()) {
                throw new MalformedMultipartException("the body ends inside a part");
            }
            classify();
        }
        return safeEnd - position;
    }

    private boolean fill() throws IOException {
        if (exhausted) {
            return false;
        }
        System.arraycopy(buffer, position, buffer, 0, end - position);
        end -= position;
        safeEnd -= position;
        position = 0;
        int n = in.read(buffer, end, buffer.length - end);
        if (n < 0) {
            exhausted = true;
            return false;
        }
        total += n;
        if (total > limits.maxTotalBytes()) {
            throw new ArchiveException(
                    ArchiveError.REQUEST_TOO_LARGE, "bytes of one request: " + limits.maxTotalBytes());
        }
        end += n;
        return true;
    }

    private void classify() {
        int found = indexOfDelimiter();
        atDelimiter = found >= 0;
        safeEnd = atDelimiter ? found : Math.max(position, end - delimiter.length + 1);
    }

    /** Horspool's search, from the position on. */
    private int indexOfDelimiter() {
        int last = delimiter.length - 1;
        int at = position;
        while (at + last < end) {
            int i = last;
            while (i >= 0 && buffer[at + i] == delimiter[i]) {
                i--;
            }
            if (i < 0) {
                return at;
            }
            at += shifts[buffer[at + last] & 0xff];
        }
        return -1;
    }

    private void prepareShifts() {
        java.util.Arrays.fill(shifts, delimiter.length);
        for (int i = 0; i < delimiter.length - 1; i++) {
            shifts[delimiter[i] & 0xff] = delimiter.length - 1 - i;
        }
    }

    /** Rest of the line behind a delimiter; true when it was the closing one. */
    private boolean readDelimiterTail() throws IOException {
        int first = readByte();
        if (first == '-') {
            if (readByte() != '-') {
                throw new MalformedMultipartException("the delimiter is followed by something else");
            }
            return true;
        }
        int c = first;
        int padding = 0;
        while (c == ' ' || c == '\t') {
            if (++padding > limits.maxHeaderBytes()) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "padding of a delimiter");
            }
            c = readByte();
        }
        if (c != '\r' || readByte() != '\n') {
            throw new MalformedMultipartException("the delimiter is followed by something else");
        }
        return false;
    }

    private Map<String, String> readHeaders() throws IOException {
        Map<String, String> read = new HashMap<>();
        int left = limits.maxHeaderBytes();
        while (true) {
            String line = readLine(left);
            left -= line.length() + 2;
            if (line.isEmpty()) {
                return read;
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                throw new MalformedMultipartException("a part's header has no name");
            }
            read.putIfAbsent(
                    line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    private String readLine(int atMost) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int c = readByte();
            if (c == '\r') {
                if (readByte() != '\n') {
                    throw new MalformedMultipartException("a part's header has a stray carriage return");
                }
                return line.toString();
            }
            if (line.length() >= atMost) {
                throw new ArchiveException(
                        ArchiveError.REQUEST_TOO_LARGE, "headers of a part: " + limits.maxHeaderBytes());
            }
            line.append((char) c);
        }
    }

    private int readByte() throws IOException {
        if (position == end) {
            safeEnd = position;
            if (!fill()) {
                throw new MalformedMultipartException("the body ends inside a part's headers");
            }
        }
        return buffer[position++] & 0xff;
    }

    private final class Body extends InputStream {
        private final int part = parts;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (part != parts || finished) {
                throw new IOException("the reader has gone on to another part");
            }
            if (length == 0) {
                return 0;
            }
            int n = MultipartReader.this.available();
            if (n < 0) {
                return -1;
            }
            int taken = Math.min(n, length);
            System.arraycopy(buffer, position, target, offset, taken);
            position += taken;
            return taken;
        }
    }
}
