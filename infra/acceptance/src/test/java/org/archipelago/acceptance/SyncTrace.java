package org.archipelago.acceptance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the output of {@code strace -f -yy -x}: for each C-STORE response with a success or warning status, whether a
 * sync of a blob file and, after it, a sync of a log file had returned since the response before. Holds for a sender
 * that waits for each response, with one object in flight.
 */
final class SyncTrace {
    private static final Pattern LINE = Pattern.compile("^(\\d+) +(?:[\\d.:]+ +)?(.*)$");
    private static final Pattern RESUMED = Pattern.compile("^<\\.\\.\\. (\\w+) resumed>(.*)$");
    private static final Pattern CALL = Pattern.compile("^(\\w+)\\(\\d+<([^>]*(?:->[^>]*)?)>.*$");
    private static final Set<String> SYNCS = Set.of("fsync", "fdatasync", "msync");
    /** Command Field (0000,0100) of a C-STORE-RSP, and Status (0000,0900) up to its length. */
    private static final String C_STORE_RSP = hex(0, 0, 0, 1, 2, 0, 0, 0, 1, 0x80);

    private static final String STATUS = hex(0, 0, 0, 9, 2, 0, 0, 0);

    private final String blobs;
    private final String log;
    private final Map<String, String> unfinished = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private final Set<String> syncedLogs = new HashSet<>();
    private boolean blobSynced;
    private boolean logSyncedAfterBlob;
    private int successes;

    SyncTrace(String blobs, String log) {
        this.blobs = blobs;
        this.log = log;
    }

    /** Lines in the order in which strace wrote them. */
    void read(Iterable<String> lines) {
        int number = 0;
        for (String line : lines) {
            number++;
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                read(number, matcher.group(1), matcher.group(2));
            }
        }
    }

    List<String> violations() {
        return violations;
    }

    int successes() {
        return successes;
    }

    Set<String> syncedLogs() {
        return syncedLogs;
    }

    private void read(int number, String thread, String text) {
        Matcher resumed = RESUMED.matcher(text);
        if (resumed.matches()) {
            String start = unfinished.remove(thread);
            if (start != null) {
                returned(start, resumed.group(2));
            }
            return;
        }
        Matcher call = CALL.matcher(text);
        if (!call.matches()) {
            return;
        }
        // A response counts from the moment when its write begins, a sync from the moment when it has returned.
        if (!SYNCS.contains(call.group(1))) {
            written(number, text);
        } else if (text.endsWith("<unfinished ...>")) {
            unfinished.put(thread, text);
        } else {
            returned(text, text);
        }
    }

    private void returned(String start, String end) {
        Matcher call = CALL.matcher(start);
        if (!call.matches() || !end.matches(".*= 0(?: .*)?$")) {
            return;
        }
        String path = call.group(2);
        if (path.startsWith(blobs)) {
            blobSynced = true;
        } else if (path.startsWith(log) && blobSynced) {
            logSyncedAfterBlob = true;
            syncedLogs.add(path);
        }
    }

    private void written(int number, String text) {
        int at = text.indexOf(C_STORE_RSP);
        if (at < 0 || !text.contains("TCP")) {
            return;
        }
        int status = status(text);
        if (status != 0 && (status & 0xF000) != 0xB000) {
            return;
        }
        successes++;
        if (!blobSynced) {
            violations.add("line " + number + ": success " + successes + " left before a blob was synced");
        } else if (!logSyncedAfterBlob) {
            violations.add(
                    "line " + number + ": success " + successes + " left before the log was synced after the blob");
        }
        blobSynced = false;
        logSyncedAfterBlob = false;
    }

    private static int status(String text) {
        int at = text.indexOf(STATUS);
        if (at < 0) {
            return 0xFFFF;
        }
        String[] bytes = text.substring(at + STATUS.length() + 2).split("\\\\x|\"");
        return Integer.parseInt(bytes[0], 16) | Integer.parseInt(bytes[1], 16) << 8;
    }

    static String hex(int... bytes) {
        StringBuilder text = new StringBuilder();
        for (int value : bytes) {
            text.append("\\x%02x".formatted(value));
        }
        return text.toString();
    }
}
