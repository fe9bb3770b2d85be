package org.archipelago.acceptance;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.archipelago.acceptance.RecordedDisk.Change;
import org.archipelago.acceptance.RecordedDisk.Inode;
import org.archipelago.acceptance.RecordedDisk.NameChange;

/**
 * What of the pending changes was on the disk when the power went: of the bytes any sectors, each as it was at some moment
 * since the last sync, and any of the lengths that the file had; of the names as many as the journal held, or any.
 */
record PowerCut(Share names, Share bytes, int sectorBytes, Random random) {
    private static final int SECTOR_BYTES = 512;
    private static final int PAGE_BYTES = 4096;

    /** How much was there of what might have been. */
    enum Share {
        NOTHING,
        EVERYTHING,
        /** Up to some change; of bytes in the order of a file. */
        BEGINNING,
        ANY
    }

    /** The plain ones first: nothing; names without their bytes; bytes without names; all. */
    static PowerCut of(int number, Random random) {
        Share[] shares = Share.values();
        return switch (number) {
            case 0 -> new PowerCut(Share.NOTHING, Share.NOTHING, PAGE_BYTES, random);
            case 1 -> new PowerCut(Share.EVERYTHING, Share.ANY, PAGE_BYTES, random);
            case 2 -> new PowerCut(Share.EVERYTHING, Share.NOTHING, PAGE_BYTES, random);
            case 3 -> new PowerCut(Share.ANY, Share.EVERYTHING, PAGE_BYTES, random);
            default ->
                new PowerCut(
                        shares[random.nextInt(shares.length)],
                        shares[random.nextInt(shares.length)],
                        random.nextBoolean() ? SECTOR_BYTES : PAGE_BYTES,
                        random);
        };
    }

    DirectoryImage image(RecordedDisk disk) {
        List<NameChange> pending = disk.pendingNames();
        List<NameChange> made = switch (names) {
            case NOTHING -> List.of();
            case EVERYTHING -> pending;
            case BEGINNING -> pending.subList(0, random.nextInt(pending.size() + 1));
            case ANY -> pending.stream().filter(_ -> random.nextBoolean()).toList();
        };
        return disk.after(List.copyOf(made), this::contents);
    }

    private byte[] contents(Inode file) {
        List<Change> pending = file.pending();
        int[] lengths = lengths(file);
        if (pending.isEmpty()) {
            return file.durable();
        }
        return switch (bytes) {
            // The length may be there before the bytes are.
            case NOTHING -> sectors(file, lengths[random.nextBoolean() ? 0 : pending.size()], 0, 0);
            case EVERYTHING -> sectors(file, lengths[pending.size()], pending.size(), pending.size());
            case BEGINNING -> {
                int last = random.nextInt(pending.size() + 1);
                yield sectors(file, lengths[last], last, last);
            }
            case ANY ->
                sectors(
                        file,
                        lengths[random.nextBoolean() ? pending.size() : random.nextInt(lengths.length)],
                        0,
                        pending.size());
        };
    }

    /** After none, one, ... all of the changes. */
    private static int[] lengths(Inode file) {
        int[] lengths = new int[file.pending().size() + 1];
        lengths[0] = file.durable().length;
        for (int i = 1; i < lengths.length; i++) {
            lengths[i] = file.pending().get(i - 1).length(lengths[i - 1]);
        }
        return lengths;
    }

    /** Each sector as it was after some number of changes from {@code least} to {@code most}. */
    private byte[] sectors(Inode file, int length, int least, int most) {
        byte[] found = Arrays.copyOf(file.durable(), length);
        for (int start = 0; start < length; start += sectorBytes) {
            int end = Math.min(length, start + sectorBytes);
            int changes = least == most ? most : least + random.nextInt(most - least + 1);
            for (Change change : file.pending().subList(0, changes)) {
                apply(change, found, start, end);
            }
        }
        return found;
    }

    private static void apply(Change change, byte[] found, int start, int end) {
        byte[] bytes = change.bytes();
        int from = (int) Math.max(start, change.offset());
        if (bytes == null) {
            if (from < end) {
                Arrays.fill(found, from, end, (byte) 0);
            }
            return;
        }
        int to = (int) Math.min(end, change.offset() + bytes.length);
        if (from < to) {
            System.arraycopy(bytes, (int) (from - change.offset()), found, from, to - from);
        }
    }
}
