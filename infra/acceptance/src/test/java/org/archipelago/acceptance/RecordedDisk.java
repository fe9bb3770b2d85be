package org.archipelago.acceptance;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.archipelago.acceptance.Recording.Entry;
import org.jspecify.annotations.Nullable;

/**
 * A disk with a cache above it, as recordings tell of it. A sync that returned makes durable what was changed before it
 * began: of a file its bytes, and its name if it is new (ext4 and xfs give that; POSIX does not); of a directory the names in it,
 * and its own. All else is pending: it may be on the disk or not.
 */
final class RecordedDisk {
    private final Inode root = new Inode(true);
    private final Map<Inode, Map<String, Inode>> names = new HashMap<>();
    private final Map<Inode, Map<String, Inode>> durableNames = new HashMap<>();
    private List<NameChange> pendingNames = new ArrayList<>();
    private final Map<Integer, Inode> opened = new HashMap<>();
    private final Map<Integer, Deque<Long>> syncsBegun = new HashMap<>();
    private long now;

    /** A file or a directory, whatever its name. */
    static final class Inode {
        private final boolean isDirectory;
        private byte[] durable = new byte[0];
        private List<Change> pending = new ArrayList<>();

        private Inode(boolean isDirectory) {
            this.isDirectory = isDirectory;
        }

        boolean isDirectory() {
            return isDirectory;
        }

        byte[] durable() {
            return durable;
        }

        /** In the order in which they were made. */
        List<Change> pending() {
            return pending;
        }

        private void changed(Change change) {
            pending.add(change);
        }

        private void synced(long begun) {
            List<Change> left = new ArrayList<>();
            for (Change change : pending) {
                if (change.at() < begun) {
                    durable = change.applied(durable);
                } else {
                    left.add(change);
                }
            }
            pending = left;
        }

        private byte[] whole() {
            byte[] bytes = durable;
            for (Change change : pending) {
                bytes = change.applied(bytes);
            }
            return bytes;
        }
    }

    /**
     * Of a file's bytes.
     *
     * @param bytes written; null: cut or extended to the offset
     */
    record Change(long at, long offset, byte @Nullable [] bytes) {
        /** Of a file that was so long. */
        int length(int before) {
            return Math.toIntExact(bytes == null ? offset : Math.max(before, offset + bytes.length));
        }

        private byte[] applied(byte[] before) {
            byte[] after = Arrays.copyOf(before, length(before.length));
            if (bytes != null) {
                System.arraycopy(bytes, 0, after, (int) offset, bytes.length);
            }
            return after;
        }
    }

    /** A name in a directory. */
    record Slot(Inode directory, String name) {}

    /**
     * Whole or not at all, also where it concerns two names.
     *
     * @param from where the inode was, null: nowhere, it is new
     * @param to where it is from then on, null: nowhere
     */
    record NameChange(
            long at,
            Inode inode,
            @Nullable Slot from,
            @Nullable Slot to) {
        /** @return whether it could be: without what came before it, its source may be missing */
        boolean applyTo(Map<Inode, Map<String, Inode>> names) {
            if (from != null && lookUp(names, from) != inode) {
                return false;
            }
            if (from != null) {
                names.get(from.directory()).remove(from.name());
            }
            if (to != null) {
                names.computeIfAbsent(to.directory(), _ -> new TreeMap<>()).put(to.name(), inode);
            }
            return true;
        }

        private boolean isIn(Inode directory) {
            return (from != null && from.directory() == directory) || (to != null && to.directory() == directory);
        }

        /** Whether this cannot be without that one. */
        private boolean needs(NameChange earlier) {
            boolean sameSlot = (from != null && (from.equals(earlier.from()) || from.equals(earlier.to())))
                    || (to != null && (to.equals(earlier.from()) || to.equals(earlier.to())));
            return sameSlot || earlier.inode() == inode || (earlier.from() == null && isIn(earlier.inode()));
        }
    }

    private static @Nullable Inode lookUp(Map<Inode, Map<String, Inode>> names, Slot slot) {
        return names.getOrDefault(slot.directory(), Map.of()).get(slot.name());
    }

    /** The next process: it has no files open. */
    void restarted() {
        opened.clear();
        syncsBegun.clear();
    }

    void take(Entry entry) {
        now++;
        switch (entry) {
            case Entry.Opened open -> opened(open);
            case Entry.Written written ->
                file(written.handle()).changed(new Change(now, written.offset(), written.bytes()));
            case Entry.Truncated cut -> file(cut.handle()).changed(new Change(now, cut.length(), null));
            case Entry.SyncBegun sync ->
                syncsBegun
                        .computeIfAbsent(sync.handle(), _ -> new ArrayDeque<>())
                        .add(now);
            case Entry.Synced sync ->
                synced(file(sync.handle()), syncsBegun.get(sync.handle()).remove());
            case Entry.Renamed renamed -> move(slot(renamed.from()), slot(renamed.to()));
            case Entry.Removed removed -> remove(slot(removed.name()));
            case Entry.DirectoryMade made -> {
                if (!made.name().toString().isEmpty()) {
                    change(new NameChange(now, new Inode(true), null, slot(made.name())));
                }
            }
        }
    }

    private Inode file(int handle) {
        Inode file = opened.get(handle);
        if (file == null) {
            throw new IllegalStateException("handle " + handle + " was never opened");
        }
        return file;
    }

    private void opened(Entry.Opened open) {
        Inode found = open.name().toString().isEmpty() ? root : lookUp(names, slot(open.name()));
        if (open.isNew()) {
            found = new Inode(false);
            change(new NameChange(now, found, null, slot(open.name())));
        } else if (found == null) {
            // Made by a stream of the C library, which the recording does not see: RocksDB's own messages.
            found = new Inode(false);
        }
        if (open.emptied()) {
            found.changed(new Change(now, 0, null));
        }
        opened.put(open.handle(), found);
    }

    private void move(Slot from, Slot to) {
        Inode moved = lookUp(names, from);
        if (moved != null) {
            change(new NameChange(now, moved, from, to));
        }
    }

    private void remove(Slot slot) {
        Inode removed = lookUp(names, slot);
        if (removed != null) {
            change(new NameChange(now, removed, slot, null));
        }
    }

    private void change(NameChange change) {
        if (!change.applyTo(names)) {
            throw new IllegalStateException("the recording does not fit together at " + change);
        }
        pendingNames.add(change);
    }

    private Slot slot(Path path) {
        Inode directory = root;
        for (int i = 0; i < path.getNameCount() - 1; i++) {
            directory = lookUp(names, new Slot(directory, path.getName(i).toString()));
            if (directory == null) {
                throw new IllegalStateException("no directory for " + path);
            }
        }
        return new Slot(directory, path.getFileName().toString());
    }

    private void synced(Inode inode, long begun) {
        inode.synced(begun);
        settle(change ->
                change.at() < begun && (change.isIn(inode) || (change.from() == null && change.inode() == inode)));
    }

    /** With all that it needs of what came before. */
    private void settle(Predicate<NameChange> durable) {
        List<NameChange> settled = new ArrayList<>();
        for (NameChange change : pendingNames.reversed()) {
            if (durable.test(change) || settled.stream().anyMatch(later -> later.needs(change))) {
                settled.add(change);
            }
        }
        settled.reversed().forEach(change -> change.applyTo(durableNames));
        pendingNames = new ArrayList<>(pendingNames);
        pendingNames.removeAll(settled);
    }

    /** In the order in which they were made. */
    List<NameChange> pendingNames() {
        return pendingNames;
    }

    /** Whether a power loss would lose anything. */
    boolean hasPending() {
        return !pendingNames.isEmpty()
                || names.values().stream()
                        .flatMap(directory -> directory.values().stream())
                        .anyMatch(inode -> !inode.pending().isEmpty());
    }

    /** What every process sees. */
    DirectoryImage seen() {
        return image(names, Inode::whole);
    }

    interface Contents {
        byte[] of(Inode file);
    }

    /** What there is with some of the pending changes of names, each of which is made if it can be. */
    DirectoryImage after(List<NameChange> changes, Contents contents) {
        Map<Inode, Map<String, Inode>> chosen = new HashMap<>();
        durableNames.forEach((directory, inside) -> chosen.put(directory, new TreeMap<>(inside)));
        changes.forEach(change -> change.applyTo(chosen));
        return image(chosen, contents);
    }

    private DirectoryImage image(Map<Inode, Map<String, Inode>> chosen, Contents contents) {
        List<Path> directories = new ArrayList<>();
        Map<Path, byte[]> files = new TreeMap<>();
        collect(chosen, root, Path.of(""), contents, directories, files);
        return new DirectoryImage(directories, files);
    }

    private static void collect(
            Map<Inode, Map<String, Inode>> names,
            Inode directory,
            Path path,
            Contents contents,
            List<Path> directories,
            Map<Path, byte[]> files) {
        directories.add(path);
        names.getOrDefault(directory, Map.of()).forEach((name, inode) -> {
            if (inode.isDirectory()) {
                collect(names, inode, path.resolve(name), contents, directories, files);
            } else {
                files.put(path.resolve(name), contents.of(inode));
            }
        });
    }
}
