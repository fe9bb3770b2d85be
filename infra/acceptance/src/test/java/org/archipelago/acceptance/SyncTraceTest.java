package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.archipelago.acceptance.SyncTrace.Sent;
import org.junit.jupiter.api.Test;

/** The reader of the trace must see each sync that is missing. A good trace is taken, and one line of it left out or moved. */
class SyncTraceTest {
    private static final String SMALL = "1.2.3.1";
    private static final String LARGE = "1.2.3.2";
    private static final long LARGE_BYTES = 3_000_000;

    private static final String KEYS_HEADER = write("keys/0001.keys", "\0\0", 24);
    private static final String KEYS_DIRECTORY = sync("keys");
    private static final String KEYS = write("keys/0001.keys", "GRP1\0\0\0\2", 300);
    private static final String KEYS_SYNC = sync("keys/0001.keys");
    private static final String SEGMENT_HEADER = write("blobs/segments/0001.seg", "\0", 4096);
    private static final String SEGMENT_DIRECTORY = sync("blobs/segments");
    private static final String SEGMENT = write("blobs/segments/0001.seg", "\0", 8192);
    private static final String SEGMENT_SYNC = sync("blobs/segments/0001.seg");
    private static final String LOG = write("log/000012.log", "\0", 500);
    private static final String LOG_SYNC = sync("log/000012.log");
    private static final String LOG_DIRECTORY = sync("log");
    private static final String RESPONSE = response(SMALL, 0);

    private static final List<String> GOOD = List.of(
            SEGMENT_HEADER,
            SEGMENT_SYNC,
            SEGMENT_DIRECTORY,
            KEYS_HEADER,
            KEYS_SYNC,
            KEYS_DIRECTORY,
            SEGMENT,
            SEGMENT_SYNC,
            KEYS,
            KEYS_SYNC,
            LOG,
            LOG_DIRECTORY,
            LOG_SYNC,
            LOG,
            LOG_SYNC,
            RESPONSE);

    private static final String GROWN = write("blobs/incoming/00ff", "\0", LARGE_BYTES + 4096);
    private static final String NAMED =
            "7 10:00:00.000001 rename(\"/d/blobs/incoming/00ff\", \"/d/blobs/incoming/abcd\") = 0";
    private static final String OWN_SYNC = sync("blobs/incoming/abcd");
    private static final String INCOMING = sync("blobs/incoming");
    private static final String MOVED =
            "7 10:00:00.000001 rename(\"/d/blobs/incoming/abcd\", \"/d/blobs/objects/ab/abcd\") = 0";

    private static final List<String> GOOD_OWN_FILE = plus(
            GOOD, GROWN, NAMED, OWN_SYNC, INCOMING, SEGMENT, SEGMENT_SYNC, MOVED, LOG, LOG_SYNC, response(LARGE, 0));

    @Test
    void everySync_isGood() {
        SyncTrace trace = read(GOOD_OWN_FILE);
        assertThat(trace.acknowledged()).containsExactlyInAnyOrder(SMALL, LARGE);
        assertThat(trace.violations()).isEmpty();
    }

    @Test
    void missingSegmentSync_isSeen() {
        assertThat(violations(without(GOOD, 7))).anyMatch(line -> line.contains("its segment was not synced"));
    }

    @Test
    void missingLogSync_isSeen() {
        assertThat(violations(without(without(GOOD, 14), 12)))
                .anyMatch(line -> line.contains("the log was not synced after its blob"));
    }

    @Test
    void logBeforeBlob_isSeen() {
        List<String> early = new ArrayList<>(GOOD.subList(0, 6));
        early.addAll(GOOD.subList(10, 15));
        early.addAll(GOOD.subList(6, 10));
        early.add(RESPONSE);
        assertThat(violations(early)).anyMatch(line -> line.contains("the log was not synced after its blob"));
    }

    @Test
    void missingKeySync_isSeen() {
        assertThat(violations(without(GOOD, 9))).anyMatch(line -> line.contains("keys of its study were not synced"));
    }

    @Test
    void missingSyncOfANewFilesDirectory_isSeen() {
        assertThat(violations(without(GOOD, 2))).anyMatch(line -> line.contains("new file: SEGMENT"));
        assertThat(violations(without(GOOD, 5))).anyMatch(line -> line.contains("new file: KEYS"));
        assertThat(violations(without(GOOD, 11))).anyMatch(line -> line.contains("new file: LOG"));
    }

    @Test
    void missingSyncOfAnOwnFile_isSeen() {
        assertThat(violations(without(GOOD_OWN_FILE, GOOD.size() + 2)))
                .anyMatch(line -> line.contains("its own file was not synced"));
        assertThat(violations(without(GOOD_OWN_FILE, GOOD.size() + 3)))
                .anyMatch(line -> line.contains("its own file's directory was not synced"));
    }

    @Test
    void missingSyncOfAnOwnFilesRecord_isSeen() {
        assertThat(violations(without(GOOD_OWN_FILE, GOOD.size() + 5)))
                .anyMatch(line -> line.contains("no segment was written and synced for it"));
    }

    @Test
    void syncOfAnotherFile_doesNotCount() {
        List<String> other = new ArrayList<>(GOOD);
        other.set(7, sync("blobs/index/000009.log"));
        assertThat(violations(other)).isNotEmpty();
    }

    @Test
    void syncThatBeganBeforeTheWriteReturned_doesNotCount() {
        List<String> early = new ArrayList<>(GOOD);
        early.set(6, "8 10:00:00.000001 fdatasync(31</d/blobs/segments/0001.seg> <unfinished ...>");
        early.set(7, SEGMENT);
        early.add(8, "8 10:00:00.000001 <... fdatasync resumed>) = 0");
        assertThat(violations(early)).isNotEmpty();
    }

    @Test
    void syncThatHasNotReturned_doesNotCount() {
        List<String> late = new ArrayList<>(GOOD);
        late.set(14, "8 10:00:00.000001 fdatasync(31</d/log/000012.log> <unfinished ...>");
        late.remove(12);
        assertThat(violations(late)).isNotEmpty();
        late.add(late.size() - 1, "8 10:00:00.000001 <... fdatasync resumed>) = 0");
        assertThat(violations(late)).isEmpty();
    }

    @Test
    void failedSync_doesNotCount() {
        List<String> failed = new ArrayList<>(GOOD);
        failed.set(7, SEGMENT_SYNC.replace("= 0", "= -1 EIO (Input/output error)"));
        assertThat(violations(failed)).isNotEmpty();
    }

    @Test
    void warningStatus_isASuccessToo() {
        List<String> warned = plus(without(without(GOOD, 15), 7), response(SMALL, 0xB007));
        assertThat(violations(warned)).isNotEmpty();
        assertThat(violations(plus(without(without(GOOD, 15), 7), response(SMALL, 0xA700))))
                .isEmpty();
    }

    @Test
    void stowAnswer_isASuccessToo() {
        String status = left("HTTP/1.1 200 \r\nContent-Type: application/dicom+json\r\n\r\n");
        String body = left("{\"00081199\":{\"vr\":\"SQ\",\"Value\":[{\"00081155\":{\"Value\":[\"" + SMALL + "\"]}}]}}");
        assertThat(violations(plus(without(GOOD, 15), status, body))).isEmpty();
        List<String> tooEarly = new ArrayList<>(without(GOOD, 15));
        tooEarly.add(6, status);
        tooEarly.add(body);
        assertThat(violations(tooEarly)).isNotEmpty();
    }

    @Test
    void commitmentReport_needsItsReportAndItsRecord() {
        String draft = write("commitment/1.new", "x", 200);
        String draftSync = sync("commitment/1.new");
        String renamed = "7 10:00:00.000001 rename(\"/d/commitment/1.new\", \"/d/commitment/1.report\") = 0";
        String directory = sync("commitment");
        String accepted = left(SyncTrace.commandField(0x8130));
        String report = left(SyncTrace.commandField(0x0100) + SMALL + "\0");
        List<String> good = plus(GOOD, draft, draftSync, renamed, directory, accepted, LOG, LOG_SYNC, report);
        assertThat(read(good).committed()).containsExactly(SMALL);
        assertThat(violations(good)).isEmpty();
        assertThat(violations(without(good, GOOD.size() + 1))).anyMatch(line -> line.contains("report is not durable"));
        assertThat(violations(without(good, GOOD.size() + 3))).anyMatch(line -> line.contains("report is not durable"));
        assertThat(violations(without(good, GOOD.size() + 6)))
                .anyMatch(line -> line.contains("its commitment is not in the log"));
    }

    private static SyncTrace read(List<String> lines) {
        SyncTrace trace = new SyncTrace(
                "/d",
                List.of(
                        new Sent(SMALL, "1.2.3", 5000, false, false),
                        new Sent(LARGE, "1.2.3", LARGE_BYTES, true, false)));
        trace.read(lines);
        return trace;
    }

    private static List<String> violations(List<String> lines) {
        return read(lines).violations();
    }

    private static List<String> without(List<String> lines, int index) {
        List<String> fewer = new ArrayList<>(lines);
        fewer.remove(index);
        return fewer;
    }

    private static List<String> plus(List<String> lines, String... more) {
        List<String> longer = new ArrayList<>(lines);
        longer.addAll(Arrays.asList(more));
        return longer;
    }

    private static String write(String path, String bytes, long length) {
        return "7 10:00:00.000001 pwrite64(31</d/" + path + ">, \"" + hex(bytes) + "\"..., " + length + ", 0) = "
                + length;
    }

    private static String sync(String path) {
        return "7 10:00:00.000001 fdatasync(31</d/" + path + ">) = 0";
    }

    private static String response(String uid, int status) {
        return left(SyncTrace.commandField(0x8001) + "\0\0\0\t\2\0\0\0" + (char) (status & 0xFF) + (char) (status >> 8)
                + "\0\0\0\u0010" + uid + "\0");
    }

    private static String left(String bytes) {
        return "7 10:00:00.000001 write(55<TCP:[127.0.0.1:11111->127.0.0.1:40000]>, \"" + hex(bytes) + "\", 130) = 130";
    }

    private static String hex(String bytes) {
        StringBuilder text = new StringBuilder();
        bytes.chars().forEach(value -> text.append("\\x%02x".formatted(value)));
        return text.toString();
    }
}
