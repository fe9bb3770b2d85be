package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The reader of the trace must see each sync that is missing. */
class SyncTraceTest {
    private static final String BLOB = "100 10:00:00.000001 fdatasync(31</d/blobs/seg-1>) = 0";
    private static final String LOG = "101 10:00:00.000002 fdatasync(40</d/log/000012.log>) = 0";
    private static final String RESPONSE = "102 10:00:00.000003 write(55<TCP:[127.0.0.1:11111->127.0.0.1:40000]>, \""
            + SyncTrace.hex(4, 0, 0, 0, 0, 9) + SyncTrace.hex(0, 0, 0, 1, 2, 0, 0, 0, 1, 0x80)
            + SyncTrace.hex(0, 0, 0, 9, 2, 0, 0, 0, 0, 0) + "\", 130) = 130";

    @Test
    void bothSyncsBeforeResponse_isGood() {
        SyncTrace trace = read(BLOB, LOG, RESPONSE, BLOB, LOG, RESPONSE);
        assertThat(trace.successes()).isEqualTo(2);
        assertThat(trace.violations()).isEmpty();
    }

    @Test
    void missingBlobSync_isSeen() {
        assertThat(read(BLOB, LOG, RESPONSE, LOG, RESPONSE).violations())
                .singleElement()
                .asString()
                .contains("before a blob was synced");
    }

    @Test
    void missingLogSync_isSeen() {
        assertThat(read(BLOB, RESPONSE).violations()).singleElement().asString().contains("before the log was synced");
    }

    @Test
    void logBeforeBlob_isSeen() {
        assertThat(read(LOG, BLOB, RESPONSE).violations()).hasSize(1);
    }

    @Test
    void syncThatHasNotReturned_doesNotCount() {
        assertThat(read(
                                BLOB,
                                "101 10:00:00.000002 fdatasync(40</d/log/000012.log> <unfinished ...>",
                                RESPONSE,
                                "101 10:00:00.000009 <... fdatasync resumed>) = 0")
                        .violations())
                .hasSize(1);
    }

    @Test
    void syncThatReturnsInTime_counts() {
        assertThat(read(
                                BLOB,
                                "101 10:00:00.000002 fdatasync(40</d/log/000012.log> <unfinished ...>",
                                "101 10:00:00.000003 <... fdatasync resumed>) = 0",
                                RESPONSE)
                        .violations())
                .isEmpty();
    }

    @Test
    void failedSync_doesNotCount() {
        assertThat(read(BLOB, LOG.replace("= 0", "= -1 EIO (Input/output error)"), RESPONSE)
                        .violations())
                .hasSize(1);
    }

    @Test
    void warningStatus_isASuccessToo() {
        String warning = RESPONSE.replace(
                SyncTrace.hex(9, 2, 0, 0, 0, 0, 0) + "\"", SyncTrace.hex(9, 2, 0, 0, 0, 7, 0xB0) + "\"");
        assertThat(warning).isNotEqualTo(RESPONSE);
        assertThat(read(warning).violations()).hasSize(1);
    }

    private static SyncTrace read(String... lines) {
        SyncTrace trace = new SyncTrace("/d/blobs", "/d/log");
        trace.read(new ArrayList<>(List.of(lines)));
        return trace;
    }
}
