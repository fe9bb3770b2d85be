package org.archipelago.acceptance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the output of {@code strace -f -yy -x} of a node that began with an empty data directory, and says for each success
 * that left it (a C-STORE response, a STOW-RS answer, a storage commitment report) which write was not yet durable. A write
 * is durable once a sync of its file, begun after the write had returned, has returned itself.
 *
 * <ul>
 *   <li>A small object is in a segment: by then durable segments are as long as all objects acknowledged so far.
 *   <li>A large object has a file of its own: that file, found by its length, and its name are durable, and then its record
 *       in a segment.
 *   <li>The log was written after that, and is durable.
 *   <li>Two keys for each study acknowledged so far are durable; a new segment's, key file's and log's name is.
 *   <li>While nobody else sends, nothing at all is undurable in segments, own files and keys.
 * </ul>
 */
final class SyncTrace {
    private static final Pattern LINE = Pattern.compile("^(\\d+) +(?:[\\d.:]+ +)?(.*)$");
    private static final Pattern RESUMED = Pattern.compile("^<\\.\\.\\. (\\w+) resumed>(.*)$");
    private static final Pattern CALL = Pattern.compile("^(\\w+)\\((?:\\d+<(.*?)(?<!-)>)?.*$");
    private static final Pattern RETURNED = Pattern.compile(".*= (\\d+)(?: .*)?$");
    private static final Set<String> SYNCS = Set.of("fsync", "fdatasync", "msync");
    private static final Set<String> RENAMES = Set.of("rename", "renameat", "renameat2");
    private static final String UNFINISHED = " <unfinished ...>";

    private static final String C_STORE_RSP = commandField(RawCommand.C_STORE | RawCommand.RESPONSE);
    private static final String N_ACTION_RSP = commandField(RawCommand.N_ACTION | RawCommand.RESPONSE);
    private static final String N_EVENT_REPORT_RQ = commandField(RawCommand.N_EVENT_REPORT);
    /** Status (0000,0900) up to its length. */
    private static final String STATUS = "\0\0\0\t\2\0\0\0";

    private static final String REFERENCED_SOP_SEQUENCE = "\"00081199\"";
    /** Magic of a group of keys and, behind it, how many there are. */
    private static final String KEY_GROUP = "GRP1";

    private static final int KEYS_PER_STUDY = 2;
    /** Encryption adds a tag to each chunk, and the last block of a file may be cut. */
    private static final long OWN_FILE_SURPLUS_BYTES = 128 << 10;

    private enum Kind {
        SEGMENT("blobs/segments/[0-9a-f]+\\.seg"),
        OWN_FILE("blobs/(incoming|objects/[0-9a-f]{2})/[0-9a-f]+"),
        KEYS("keys/.*\\.keys"),
        LOG("log/.*\\.log"),
        REPORT("commitment/.*");

        private final Pattern path;

        Kind(String path) {
            this.path = Pattern.compile(path);
        }
    }

    /** What a test sent. */
    record Sent(String sopInstance, String study, long lengthBytes, boolean ownFile, boolean alone) {}

    private static final class Write {
        final int begin;
        final long bytes;
        final int entries;
        int end;
        int durable = Integer.MAX_VALUE;

        Write(int begin, int end, long bytes, int entries) {
            this.begin = begin;
            this.end = end;
            this.bytes = bytes;
            this.entries = entries;
        }
    }

    private static final class Traced {
        final Kind kind;
        final List<Write> writes = new ArrayList<>();
        int renamed = -1;
        /** When the sync of its directory that followed its first write or its renaming returned. */
        int named = Integer.MAX_VALUE;

        Traced(Kind kind) {
            this.kind = kind;
        }

        boolean durableAt(int line) {
            return writes.stream().allMatch(write -> write.durable < line);
        }

        long bytes() {
            return writes.stream().mapToLong(write -> write.bytes).sum();
        }

        int nameless() {
            return renamed >= 0 ? renamed : writes.isEmpty() ? Integer.MAX_VALUE : writes.getFirst().begin;
        }
    }

    private record Begun(int line, String text) {}

    private final String data;
    private final Map<String, Sent> sent = new HashMap<>();
    private final Map<String, Begun> unfinished = new HashMap<>();
    private final Map<String, Traced> files = new LinkedHashMap<>();
    /** The last line at which each connection was answered; nothing of the next request was done before. */
    private final Map<String, Integer> answered = new HashMap<>();

    private final Map<String, Integer> httpAnswers = new HashMap<>();
    private final Map<String, Integer> actions = new HashMap<>();
    private final Map<String, Integer> reports = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private final Set<String> acknowledged = new HashSet<>();
    private final Set<String> committed = new HashSet<>();
    private final Set<String> studies = new HashSet<>();
    private long smallBytes;

    /** @param data the node's data directory */
    SyncTrace(String data, List<Sent> sent) {
        this.data = data;
        sent.forEach(object -> this.sent.put(object.sopInstance(), object));
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

    /** SOP Instance UIDs of which a success left. */
    Set<String> acknowledged() {
        return acknowledged;
    }

    /** SOP Instance UIDs in storage commitment reports. */
    Set<String> committed() {
        return committed;
    }

    private void read(int number, String thread, String text) {
        Matcher resumed = RESUMED.matcher(text);
        if (resumed.matches()) {
            Begun begun = unfinished.remove(thread);
            if (begun != null) {
                returned(begun, number, resumed.group(2));
            }
            return;
        }
        Matcher call = CALL.matcher(text);
        if (!call.matches()) {
            return;
        }
        // A response counts from the moment when its write begins, a sync from the moment when it has returned.
        String on = call.group(2);
        if (on != null && on.startsWith("TCP")) {
            left(number, on, decoded(text));
        } else if (text.endsWith(UNFINISHED)) {
            unfinished.put(thread, new Begun(number, text));
        } else {
            returned(new Begun(number, text), number, text);
        }
    }

    private void returned(Begun begun, int line, String end) {
        Matcher call = CALL.matcher(begun.text());
        Matcher result = RETURNED.matcher(end);
        if (!call.matches() || !result.matches()) {
            return;
        }
        String name = call.group(1);
        if (RENAMES.contains(name)) {
            renamed(begun, line);
        } else if (call.group(2) != null && SYNCS.contains(name)) {
            synced(call.group(2), begun.line(), line);
        } else if (call.group(2) != null) {
            wrote(call.group(2), begun, line, Long.parseLong(result.group(1)));
        }
    }

    private void wrote(String path, Begun begun, int line, long bytes) {
        Kind kind = kind(path);
        if (kind != null) {
            int entries = kind == Kind.KEYS ? keys(decoded(begun.text())) : 0;
            files.computeIfAbsent(path, _ -> new Traced(kind))
                    .writes
                    .add(new Write(begun.line(), line, bytes, entries));
        }
    }

    private static int keys(String written) {
        if (!written.startsWith(KEY_GROUP) || written.length() < 8) {
            return 0;
        }
        return written.charAt(4) << 24 | written.charAt(5) << 16 | written.charAt(6) << 8 | written.charAt(7);
    }

    private void synced(String path, int begin, int end) {
        Traced file = files.get(path);
        if (file != null) {
            file.writes.stream()
                    .filter(write -> write.end <= begin && write.durable == Integer.MAX_VALUE)
                    .forEach(write -> write.durable = end);
            return;
        }
        files.forEach((name, traced) -> {
            boolean inside = name.startsWith(path + "/") && name.indexOf('/', path.length() + 1) < 0;
            if (inside && traced.nameless() <= begin && traced.named == Integer.MAX_VALUE) {
                traced.named = end;
            }
        });
    }

    private void renamed(Begun begun, int line) {
        List<String> paths = quoted(begun.text());
        if (paths.size() == 2 && files.remove(paths.getFirst()) instanceof Traced file) {
            String to = paths.getLast();
            files.put(to, file);
            // An own file's second move, out of incoming, follows its record: it is found in either place.
            if (file.kind != Kind.OWN_FILE || !to.contains("/objects/")) {
                file.renamed = line;
                file.named = Integer.MAX_VALUE;
            }
        }
    }

    private void left(int line, String connection, String bytes) {
        int store = bytes.indexOf(C_STORE_RSP);
        if (store >= 0) {
            int status = status(bytes);
            if (status == 0 || (status & 0xF000) == 0xB000) {
                uids(bytes).forEach(uid -> acknowledge(line, connection, uid));
            }
            answered.put(connection, line);
        } else if (bytes.contains(N_ACTION_RSP)) {
            check(
                    line,
                    durable(Kind.REPORT, line) && named(Kind.REPORT, line),
                    "N-ACTION",
                    "its report is not durable");
            actions.put(connection, line);
        } else if (bytes.contains(N_EVENT_REPORT_RQ)) {
            reports.put(connection, line);
            report(connection, bytes);
        } else if (reports.containsKey(connection)) {
            report(connection, bytes);
        } else {
            http(line, connection, bytes);
        }
    }

    private void http(int line, String connection, String bytes) {
        if (bytes.startsWith("HTTP/1.1 ")) {
            httpAnswers.put(connection, bytes.startsWith("HTTP/1.1 20") ? line : -1);
        }
        int answer = httpAnswers.getOrDefault(connection, -1);
        if (answer >= 0 && bytes.contains(REFERENCED_SOP_SEQUENCE)) {
            uids(bytes).forEach(uid -> acknowledge(answer, connection, uid));
            answered.put(connection, line);
        }
    }

    private void report(String connection, String bytes) {
        int line = reports.get(connection);
        int action = actions.getOrDefault(connection, -1);
        for (String uid : uids(bytes)) {
            check(line, acknowledged.contains(uid), uid, "was committed and never acknowledged");
            check(line, logged(action, line), uid, "its commitment is not in the log");
            committed.add(uid);
        }
    }

    private void acknowledge(int line, String connection, String uid) {
        Sent object = sent.get(uid);
        if (!acknowledged.add(uid)) {
            return;
        }
        studies.add(object.study());
        int since = answered.getOrDefault(connection, 0);
        int durable = object.ownFile() ? ownFile(object, line) : small(object, since, line);
        check(line, logged(durable, line), uid, "the log was not synced after its blob");
        check(line, durableKeys(line) >= KEYS_PER_STUDY * studies.size(), uid, "the keys of its study were not synced");
        for (Kind kind : List.of(Kind.SEGMENT, Kind.KEYS, Kind.LOG)) {
            check(line, named(kind, line), uid, "a directory was not synced for a new file: " + kind);
        }
        if (object.alone()) {
            for (Kind kind : List.of(Kind.SEGMENT, Kind.OWN_FILE, Kind.KEYS)) {
                check(line, durable(kind, line), uid, "a write was not synced: " + kind);
            }
        }
    }

    /** @return the line at which it was durable */
    private int small(Sent object, int since, int line) {
        smallBytes += object.lengthBytes();
        long durableBytes = records()
                .filter(write -> write.durable < line)
                .mapToLong(write -> write.bytes)
                .sum();
        check(line, durableBytes >= smallBytes, object.sopInstance(), "its segment was not synced");
        return record(object, since, line);
    }

    private int ownFile(Sent object, int line) {
        Traced own = files.values().stream()
                .filter(file -> file.kind == Kind.OWN_FILE
                        && file.bytes() >= object.lengthBytes()
                        && file.bytes() <= object.lengthBytes() + OWN_FILE_SURPLUS_BYTES)
                .findFirst()
                .orElse(null);
        check(line, own != null, object.sopInstance(), "has no file of its own");
        if (own == null) {
            return 0;
        }
        check(line, own.durableAt(line), object.sopInstance(), "its own file was not synced");
        check(line, own.named < line, object.sopInstance(), "its own file's directory was not synced");
        int durable = own.writes.stream().mapToInt(write -> write.durable).max().orElse(0);
        return record(object, Math.max(durable, own.named), line);
    }

    private int record(Sent object, int since, int line) {
        int durable = records()
                .filter(write -> write.begin > since && write.durable < line)
                .mapToInt(write -> write.durable)
                .min()
                .orElse(Integer.MAX_VALUE);
        check(line, durable < line, object.sopInstance(), "no segment was written and synced for it");
        return durable;
    }

    private boolean logged(int since, int line) {
        return writes(Kind.LOG).anyMatch(write -> write.begin > since && write.durable < line);
    }

    private int durableKeys(int line) {
        return writes(Kind.KEYS)
                .filter(write -> write.durable < line)
                .mapToInt(write -> write.entries)
                .sum();
    }

    private boolean durable(Kind kind, int line) {
        return files.values().stream().filter(file -> file.kind == kind).allMatch(file -> file.durableAt(line));
    }

    /** Of files that are in use; a new one may just be in the making. */
    private boolean named(Kind kind, int line) {
        return files.values().stream()
                .filter(file -> file.kind == kind && (kind == Kind.REPORT || file.writes.size() > 1))
                .allMatch(file -> file.named < line);
    }

    /** What is in segments behind their headers. */
    private Stream<Write> records() {
        return files.values().stream()
                .filter(file -> file.kind == Kind.SEGMENT)
                .flatMap(file -> file.writes.stream().skip(1));
    }

    private Stream<Write> writes(Kind kind) {
        return files.values().stream().filter(file -> file.kind == kind).flatMap(file -> file.writes.stream());
    }

    private void check(int line, boolean good, String what, String otherwise) {
        if (!good) {
            violations.add("line " + line + ": success of " + what + " left, and " + otherwise);
        }
    }

    private @Nullable Kind kind(String path) {
        if (!path.startsWith(data + "/")) {
            return null;
        }
        String relative = path.substring(data.length() + 1);
        for (Kind kind : Kind.values()) {
            if (kind.path.matcher(relative).matches()) {
                return kind;
            }
        }
        return null;
    }

    private List<String> uids(String bytes) {
        return sent.keySet().stream()
                .filter(uid -> {
                    int at = bytes.indexOf(uid);
                    int behind = at + uid.length();
                    return at >= 0
                            && (behind == bytes.length()
                                    || !(Character.isDigit(bytes.charAt(behind)) || bytes.charAt(behind) == '.'));
                })
                .toList();
    }

    /** (0000,0100) as it is on the wire, one character each. */
    static String commandField(int field) {
        return "\0\0\0\1\2\0\0\0" + (char) (field & 0xFF) + (char) (field >> 8);
    }

    private static int status(String bytes) {
        int at = bytes.indexOf(STATUS);
        return at < 0 ? 0xFFFF : bytes.charAt(at + 8) | bytes.charAt(at + 9) << 8;
    }

    /** The bytes that a call was given, as far as strace shows them; one character each. */
    private static String decoded(String text) {
        StringBuilder bytes = new StringBuilder();
        quoted(text).forEach(escaped -> unescape(escaped, bytes));
        return bytes.toString();
    }

    /** What stands between quotation marks, still escaped. */
    private static List<String> quoted(String text) {
        List<String> parts = new ArrayList<>();
        int from = text.indexOf('"');
        while (from >= 0) {
            int to = from + 1;
            while (to < text.length() && text.charAt(to) != '"') {
                to += text.charAt(to) == '\\' ? 2 : 1;
            }
            parts.add(text.substring(from + 1, Math.min(to, text.length())));
            from = text.indexOf('"', to + 1);
        }
        return parts;
    }

    private static void unescape(String escaped, StringBuilder into) {
        for (int i = 0; i < escaped.length(); i++) {
            char c = escaped.charAt(i);
            if (c != '\\') {
                into.append(c);
                continue;
            }
            c = escaped.charAt(++i);
            switch (c) {
                case 'x' -> {
                    into.append((char) Integer.parseInt(escaped.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                case 'n' -> into.append('\n');
                case 'r' -> into.append('\r');
                case 't' -> into.append('\t');
                case 'v' -> into.append('\u000B');
                case 'f' -> into.append('\f');
                default -> into.append(c >= '0' && c <= '7' ? (char) (c - '0') : c);
            }
        }
    }
}
