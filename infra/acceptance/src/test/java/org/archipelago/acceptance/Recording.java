package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What infra/faults/disk.c wrote down of one process, in the order in which it happened: every change of files and
 * directories, and where each sync began and ended.
 */
final class Recording {
    private static final int OPEN = 1;
    private static final int WRITE = 2;
    private static final int SYNC = 4;
    private static final int RENAME = 8;
    private static final int TRUNCATE = 16;
    private static final int UNLINK = 128;
    private static final int MAKE_DIRECTORY = 256;
    private static final int SYNCED = 512;
    private static final int OPENED_NEW = 1024;
    private static final int OPENED_EMPTY = 2048;
    private static final int REMOVE_DIRECTORY = 4096;

    private Recording() {}

    /** A handle is of one opening, and never used again. Names are below the recorded directory, "" is itself. */
    sealed interface Entry {
        /** @param emptied what was in it is gone */
        record Opened(int handle, Path name, boolean isNew, boolean emptied) implements Entry {}

        record Written(int handle, long offset, byte[] bytes) implements Entry {}

        record Truncated(int handle, long length) implements Entry {}

        record SyncBegun(int handle) implements Entry {}

        /** Successfully. */
        record Synced(int handle) implements Entry {}

        record Renamed(Path from, Path to) implements Entry {}

        /** A file or an empty directory. */
        record Removed(Path name) implements Entry {}

        record DirectoryMade(Path name) implements Entry {}
    }

    /** @param directory that was recorded; what comes after the last whole entry was under way when the process was killed */
    static List<Entry> of(Path file, Path directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            bytes.order(ByteOrder.nativeOrder());
            while (bytes.hasRemaining()) {
                entries.add(entry(bytes, directory));
            }
        } catch (BufferUnderflowException _) {
            return entries;
        }
        return entries;
    }

    private static Entry entry(ByteBuffer bytes, Path directory) {
        int kind = bytes.getInt();
        int nameBytes = bytes.getInt();
        int toBytes = bytes.getInt();
        int handle = bytes.getInt();
        long offset = bytes.getLong();
        long length = bytes.getLong();
        Path name = name(bytes, nameBytes, directory);
        Path to = name(bytes, toBytes, directory);
        return switch (kind & ~(OPENED_NEW | OPENED_EMPTY)) {
            case OPEN -> new Entry.Opened(handle, name, (kind & OPENED_NEW) != 0, (kind & OPENED_EMPTY) != 0);
            case WRITE -> new Entry.Written(handle, offset, taken(bytes, Math.toIntExact(length)));
            case TRUNCATE -> new Entry.Truncated(handle, offset);
            case SYNC -> new Entry.SyncBegun(handle);
            case SYNCED -> new Entry.Synced(handle);
            case RENAME -> new Entry.Renamed(name, to);
            case UNLINK, REMOVE_DIRECTORY -> new Entry.Removed(name);
            case MAKE_DIRECTORY -> new Entry.DirectoryMade(name);
            default -> throw new IllegalStateException("entry of kind " + kind);
        };
    }

    private static Path name(ByteBuffer bytes, int length, Path directory) {
        Path path = Path.of(new String(taken(bytes, length), StandardCharsets.UTF_8));
        return length == 0 ? path : directory.relativize(path.normalize());
    }

    private static byte[] taken(ByteBuffer bytes, int length) {
        if (length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] taken = new byte[length];
        bytes.get(taken);
        return taken;
    }
}
