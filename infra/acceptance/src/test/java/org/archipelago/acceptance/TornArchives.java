package org.archipelago.acceptance;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.OpenedArchive;

/**
 * The archive of a node that was killed, torn or damaged at every byte of what it wrote last, and opened again; for
 * {@code infra/faults/run torn}. A log that is cut has exactly the records before the cut; what was altered is never served and
 * is found to be damaged; nothing else is lost.
 */
final class TornArchives {
    private static final int OBJECTS = 9;
    private static final int STUDIES = 3;
    private static final int LAST_WRITES = 3;
    private static final int LAST_BLOCKS = 2;
    private static final int BLOCK_BYTES = 4096;
    private static final List<String> LEFT_OUT = List.of("log-reserve");

    private final Path opened;
    private final Path configuration;
    private final List<DicomFile> objects;
    private final DirectoryImage whole;
    private final List<StoredRecord> records;
    private final Random random;
    private final int every;
    private int variants;
    private int harmless;
    private int servedDamaged;
    private int lostMore;
    private int undetected;
    private int unopened;

    /** How a byte of a file is treated. */
    private enum Kind {
        CUT,
        FLIPPED
    }

    /**
     * What is found in a variant.
     *
     * @param refusal why it did not open; empty when it did
     * @param whole objects that are served as they were sent
     * @param defects what verify says; empty also when it did not open
     */
    private record Look(String refusal, List<StoredRecord> records, List<DicomFile> whole, List<String> defects) {}

    private TornArchives(
            Path opened, Path configuration, List<DicomFile> objects, DirectoryImage whole, long seed, int every)
            throws IOException {
        this.opened = opened;
        this.configuration = configuration;
        this.objects = objects;
        this.whole = whole;
        this.random = new Random(seed);
        this.every = every;
        Look look = look(whole, "untouched");
        this.records = look.records();
        if (!look.refusal().isEmpty()
                || look.whole().size() != objects.size()
                || !look.defects().isEmpty()) {
            throw new AssertionError("not whole to begin with: " + look);
        }
    }

    /** Arguments: an empty directory; another, in memory; seed; of how many bytes one is tried. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Path memory = Path.of(args[1]);
        List<DicomFile> objects = new ArrayList<>();
        for (int i = 0; i < OBJECTS; i++) {
            objects.add(SmallObject.of("2.25.41" + args[2] + i % STUDIES, i + 1));
        }
        DirectoryImage killed = stored(home, objects);
        Path configuration = memory.resolve("node.yaml");
        Path opened = memory.resolve("data");
        Files.writeString(
                configuration,
                Files.readString(home.resolve("node.yaml"))
                        .replace("data: " + home.resolve("data"), "data: " + opened));
        TornArchives torn = new TornArchives(
                opened, configuration, objects, killed, Long.parseLong(args[2]), Integer.parseInt(args[3]));
        DirectoryImage stopped = DirectoryImage.of(opened, LEFT_OUT);
        torn.log();
        torn.keys();
        torn.segment("killed", killed);
        torn.segment("stopped", stopped);
        torn.results();
    }

    /** One by one, so that each is a write of its own; killed after the last. */
    private static DirectoryImage stored(Path home, List<DicomFile> objects) throws IOException {
        try (NodeProcess node = NodeProcess.configured(home, URI.create("http://127.0.0.1:9"))) {
            node.exec();
            node.awaitReady();
            Samples.storeAll(node, objects);
            node.kill();
            return DirectoryImage.of(node.data(), LEFT_OUT);
        }
    }

    private void log() throws IOException {
        Path file = last("log/[0-9]+\\.log");
        byte[] bytes = whole.files().get(file);
        List<LogTail.Write> writes = LogTail.writes(bytes);
        if (writes.size() < LAST_WRITES
                || writes.getLast().end() != bytes.length
                || writes.getLast().lastPosition() != records.size() - 1) {
            throw new AssertionError(file + " is not understood: " + writes + ", " + records.size() + " records");
        }
        int from = writes.get(writes.size() - LAST_WRITES).start();
        forEachByte("log", from, bytes.length, at -> {
            List<LogTail.Write> left =
                    writes.stream().filter(write -> write.end() <= at).toList();
            long last =
                    left.stream().mapToLong(LogTail.Write::lastPosition).max().orElseThrow();
            int gone = writes.size() - left.size();
            return cut(whole, file, at, look -> requirePrefix((int) last + 1, gone, look));
        });
        forEachByte("log", from, bytes.length, at -> flip(whole, file, at, this::requireLossFound));
        for (LogTail.Write write : writes.subList(writes.size() - LAST_WRITES, writes.size())) {
            flipAll(file, write.start(), write.start() + LogTail.FRAGMENT_HEADER_BYTES);
        }
    }

    /** Every bit: RocksDB's checksum does not cover the length, and a wrong one may hide what follows. */
    private void flipAll(Path file, int from, int to) {
        int before = variants;
        for (int at = from; at < to; at++) {
            for (int bit = 0; bit < Byte.SIZE; bit++) {
                flip(whole, file, at, bit, this::requireLossFound);
            }
        }
        System.err.printf("heads in the log: %d variants of bytes %d to %d%n", variants - before, from, to);
    }

    /** A torn group of keys was never acknowledged; here it was, so that its absence is a loss that must be found. */
    private void keys() throws IOException {
        Path file = last("keys/[0-9a-f]+\\.keys");
        int length = whole.files().get(file).length;
        int from = Math.max(0, length - BLOCK_BYTES / 4);
        forEachByte("keys", from, length, at -> cut(whole, file, at, this::requireLossFound));
        forEachByte("keys", from, length, at -> flip(whole, file, at, this::requireLossFound));
    }

    /** The last records, each of a block. */
    private void segment(String how, DirectoryImage image) throws IOException {
        Path file = last("blobs/segments/[0-9a-f]+\\.seg");
        int length = whole.files().get(file).length;
        int from = length - LAST_BLOCKS * BLOCK_BYTES;
        List<DicomFile> before = objects.subList(0, OBJECTS - LAST_BLOCKS);
        forEachByte(how + " segment", from, length, at -> cut(image, file, at, look -> requireKept(before, look)));
        forEachByte(how + " segment", from, length, at -> flip(image, file, at, look -> requireKept(before, look)));
    }

    private Path last(String pattern) {
        return whole.files().entrySet().stream()
                .filter(file -> file.getKey().toString().matches(pattern) && file.getValue().length > 0)
                .map(Map.Entry::getKey)
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private interface Requirement {
        Verdict of(Look look);
    }

    /** What is wrong with a variant; the first that holds. */
    private enum Verdict {
        GOOD,
        /** Nothing that anybody reads was touched. */
        HARMLESS,
        LOST_MORE,
        UNDETECTED
    }

    private void forEachByte(String what, int from, int to, IntFunction<Boolean> variant) {
        int before = variants;
        for (int at = from + random.nextInt(every); at < to; at += every) {
            variant.apply(at);
        }
        System.err.printf("%s: %d variants of bytes %d to %d%n", what, variants - before, from, to);
    }

    private boolean cut(DirectoryImage image, Path file, int at, Requirement requirement) {
        byte[] bytes = image.files().get(file);
        return judge(Kind.CUT, image.with(file, Arrays.copyOf(bytes, at)), file, at, 0, requirement);
    }

    private boolean flip(DirectoryImage image, Path file, int at, Requirement requirement) {
        return flip(image, file, at, random.nextInt(Byte.SIZE), requirement);
    }

    private boolean flip(DirectoryImage image, Path file, int at, int bit, Requirement requirement) {
        byte[] bytes = image.files().get(file).clone();
        bytes[at] ^= (byte) (1 << bit);
        return judge(Kind.FLIPPED, image.with(file, bytes), file, at, bit, requirement);
    }

    private boolean judge(Kind kind, DirectoryImage variant, Path file, int at, int bit, Requirement requirement) {
        String what = "%s %s at byte %d, bit %d".formatted(file, kind, at, bit);
        variants++;
        Look look = look(variant, what);
        if (!look.refusal().isEmpty()) {
            // Refusing altogether is how damage of the log and the keys is told. A torn tail is none.
            unopened += kind == Kind.CUT && file.startsWith("log") ? 1 : 0;
            return report(kind != Kind.CUT || !file.startsWith("log"), what, "refused: " + look.refusal());
        }
        if (!look.records()
                .equals(records.subList(
                        0, Math.min(records.size(), look.records().size())))) {
            servedDamaged++;
            return report(false, what, "other records than were written");
        }
        Verdict verdict = requirement.of(look);
        harmless += verdict == Verdict.HARMLESS ? 1 : 0;
        lostMore += verdict == Verdict.LOST_MORE ? 1 : 0;
        undetected += verdict == Verdict.UNDETECTED ? 1 : 0;
        return report(
                verdict == Verdict.GOOD || verdict == Verdict.HARMLESS,
                what,
                "%s: %d of %d records, %d of %d objects, defects %s"
                        .formatted(
                                verdict,
                                look.records().size(),
                                records.size(),
                                look.whole().size(),
                                objects.size(),
                                look.defects()));
    }

    private static boolean report(boolean good, String what, String result) {
        if (!good) {
            System.err.println("BAD: " + what + ": " + result);
        }
        return good;
    }

    private Look look(DirectoryImage variant, String what) {
        try {
            variant.layDown(opened);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        try (OpenedArchive archive = OpenedArchive.of(configuration)) {
            List<DicomFile> served = new ArrayList<>();
            for (DicomFile object : objects) {
                Optional<String> digest = archive.served(object.sopInstance());
                if (digest.isPresent() && !digest.get().equals(object.sha256())) {
                    servedDamaged++;
                    report(false, what, "other bytes than were sent");
                } else if (digest.isPresent()) {
                    served.add(object);
                }
            }
            return new Look("", archive.records(), served, archive.defects());
        } catch (RuntimeException e) {
            return new Look(String.valueOf(e.getMessage()), List.of(), List.of(), List.of());
        }
    }

    /** Exactly so many records, and no more objects lost than there are writes cut off. */
    private Verdict requirePrefix(int count, int writesGone, Look look) {
        if (look.records().size() > count) {
            return Verdict.UNDETECTED;
        }
        boolean kept = look.records().size() == count && look.whole().size() >= objects.size() - writesGone;
        return kept ? Verdict.GOOD : Verdict.LOST_MORE;
    }

    private Verdict requireLossFound(Look look) {
        if (!look.defects().isEmpty()) {
            return Verdict.GOOD;
        }
        boolean all = look.whole().size() == objects.size() && look.records().size() == records.size();
        return all ? Verdict.HARMLESS : Verdict.UNDETECTED;
    }

    private Verdict requireKept(List<DicomFile> kept, Look look) {
        return look.whole().containsAll(kept) ? requireLossFound(look) : Verdict.LOST_MORE;
    }

    private void results() {
        System.out.printf("%d variants; in %d of them nothing that is read was touched%n", variants, harmless);
        System.out.println("torn_variants " + variants);
        System.out.println("torn_served_damaged " + servedDamaged);
        System.out.println("torn_lost_more_than_the_tail " + lostMore);
        System.out.println("torn_undetected " + undetected);
        System.out.println("torn_unopened " + unopened);
    }
}
