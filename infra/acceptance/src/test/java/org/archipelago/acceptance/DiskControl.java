package org.archipelago.acceptance;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Our side of infra/faults/disk.c: which of a running program's calls is to fail, and what it has called. */
final class DiskControl {
    static final int OPEN = 1;
    static final int WRITE = 2;
    static final int SYNC = 4;
    static final int RENAME = 8;
    static final int TRUNCATE = 16;
    static final int ALLOCATE = 32;
    static final int RANGE = 64;
    /** Linux, all architectures that the node runs on. */
    static final int EIO = 5;

    static final int ENOSPC = 28;
    static final int NO_ERROR = 0;

    private static final int CONTROL_BYTES = 4096;
    private static final int CALLS = 0;
    private static final int KINDS = 8;
    private static final int FIRST = 16;
    private static final int LAST = 24;
    private static final int ERROR = 32;
    private static final int HALF = 40;
    private static final int LOSES = 48;
    private static final int INJECTED = 56;
    private static final int RECORDED = 64;
    private static final int FAILED_KIND = 72;
    private static final int FAILED_PATH = 128;
    private static final int PATH_BYTES = 1024;

    private final Path library;
    private final Path file;
    private final MappedByteBuffer words;

    /**
     * @param kinds of calls that are counted and may fail
     * @param error errno, or {@link #NO_ERROR}
     * @param half the first such call, if it is a write, writes a half only, and says so
     * @param loses a sync that fails loses what was not synced
     */
    record Fault(int kinds, int error, boolean half, boolean loses) {}

    /** @param library disk.c, compiled */
    DiskControl(Path library, Path file) throws IOException {
        this.library = library;
        this.file = file;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, CONTROL_BYTES);
        }
        words.order(ByteOrder.nativeOrder());
    }

    /** Lets a node run on this disk from its next start. */
    void standBefore(NodeProcess node) {
        node.environment("LD_PRELOAD", library.toString())
                .environment("DISK_DIRECTORY", node.data().toString())
                .environment("DISK_CONTROL", file.toString());
    }

    /** What the node changes from its next start on goes to this new file, too; {@link #recorded} begins at 0. */
    void record(NodeProcess node, Path recording) {
        put(RECORDED, 0);
        node.environment("DISK_RECORDING", recording.toString());
    }

    /**
     * Calls from now on that are of the fault's kinds count from 1; the first and all up to the last fail.
     *
     * @param first 0: none fails
     */
    void set(Fault fault, long first, long last) {
        put(FIRST, 0);
        put(KINDS, fault.kinds());
        put(LAST, last);
        put(ERROR, fault.error());
        put(HALF, fault.half() ? 1 : 0);
        put(LOSES, fault.loses() ? 1 : 0);
        put(INJECTED, 0);
        put(CALLS, 0);
        put(FIRST, first);
    }

    /** The disk works again. */
    void end() {
        put(FIRST, 0);
    }

    long calls() {
        return get(CALLS);
    }

    long injected() {
        return get(INJECTED);
    }

    /** Entries of the recording so far; those of all that has been acknowledged are among them. */
    long recorded() {
        return get(RECORDED);
    }

    /** The last call that failed, for a person. */
    String failed() {
        byte[] path = new byte[PATH_BYTES];
        words.get(FAILED_PATH, path);
        String text = new String(path, StandardCharsets.UTF_8);
        return name(get(FAILED_KIND)) + " " + text.substring(0, text.indexOf('\0'));
    }

    private static String name(long kind) {
        return switch ((int) kind) {
            case OPEN -> "open";
            case WRITE -> "write";
            case SYNC -> "sync";
            case RENAME -> "rename";
            case TRUNCATE -> "truncate";
            case ALLOCATE -> "allocate";
            case RANGE -> "sync of a range";
            default -> "nothing";
        };
    }

    private void put(int at, long value) {
        words.putLong(at, value);
        VarHandle.fullFence();
    }

    private long get(int at) {
        VarHandle.fullFence();
        return words.getLong(at);
    }
}
