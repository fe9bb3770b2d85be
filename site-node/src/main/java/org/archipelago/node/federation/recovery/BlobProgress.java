package org.archipelago.node.federation.recovery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.archipelago.federation.disk.DurableFile;

/**
 * How far the blobs are back.
 *
 * @param next position of the first own record whose blobs were not looked for in this pass
 * @param recovered how many came, over all passes
 * @param recoveredBytes of them as they are stored
 * @param absent in this pass: every member answers, and none has them
 * @param closed in this pass: the key of their study is lost
 * @param waiting in this pass: not all members could be asked, or there was no room
 * @param ended whether nothing more is to be had
 */
record BlobProgress(
        long next, long recovered, long recoveredBytes, long absent, long closed, long waiting, boolean ended) {
    static final BlobProgress NONE = new BlobProgress(0, 0, 0, 0, 0, 0, false);

    private static final String VERSION = "archipelago recovered blobs 1";
    private static final int LINES = 8;

    BlobProgress nextPass() {
        return new BlobProgress(0, recovered, recoveredBytes, 0, 0, 0, false);
    }

    BlobProgress through(long position) {
        return new BlobProgress(position, recovered, recoveredBytes, absent, closed, waiting, ended);
    }

    BlobProgress withRecovered(long bytes) {
        return new BlobProgress(next, recovered + 1, recoveredBytes + bytes, absent, closed, waiting, ended);
    }

    BlobProgress withAbsent() {
        return new BlobProgress(next, recovered, recoveredBytes, absent + 1, closed, waiting, ended);
    }

    BlobProgress withClosed() {
        return new BlobProgress(next, recovered, recoveredBytes, absent, closed + 1, waiting, ended);
    }

    BlobProgress withWaiting() {
        return new BlobProgress(next, recovered, recoveredBytes, absent, closed, waiting + 1, ended);
    }

    BlobProgress end() {
        return new BlobProgress(next, recovered, recoveredBytes, absent, closed, waiting, true);
    }

    /** Empty where there is no such file; from the beginning where it is not of this form, since all of it can be found again. */
    static Optional<BlobProgress> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        if (lines.size() != LINES || !lines.getFirst().equals(VERSION)) {
            return Optional.of(NONE);
        }
        try {
            return Optional.of(new BlobProgress(
                    value(lines, 1),
                    value(lines, 2),
                    value(lines, 3),
                    value(lines, 4),
                    value(lines, 5),
                    value(lines, 6),
                    lines.get(7).equals("ended true")));
        } catch (NumberFormatException _) {
            return Optional.of(NONE);
        }
    }

    private static long value(List<String> lines, int at) {
        return Long.parseLong(lines.get(at).substring(lines.get(at).indexOf(' ') + 1));
    }

    /** Durable on return. */
    void write(Path file) throws IOException {
        String text = String.join(
                "\n",
                VERSION,
                "next " + next,
                "recovered " + recovered,
                "bytes " + recoveredBytes,
                "absent " + absent,
                "closed " + closed,
                "waiting " + waiting,
                "ended " + ended,
                "");
        DurableFile.replace(file, text.getBytes(StandardCharsets.US_ASCII));
    }
}
