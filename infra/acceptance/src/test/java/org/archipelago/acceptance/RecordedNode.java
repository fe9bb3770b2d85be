package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.archipelago.acceptance.Recording.Entry;

/**
 * A node that is started three times on a recorded disk: killed, stopped and killed. Each time a few senders at once store
 * objects in a segment and larger ones, one by one and by STOW-RS, in studies of their own and a shared one.
 */
final class RecordedNode {
    private static final int SENDERS = 3;
    private static final int LARGE_BYTES = 100_000;
    /** Written through a stream of the C library, which disk.c does not see, and read by nobody: RocksDB's messages. */
    private static final String UNSEEN = "(log|blobs/index)/LOG(\\.old\\.[0-9]+)?";

    private final NodeProcess node;
    private final DiskControl disk;
    private final Path home;
    private final String seed;
    private final RecordedDisk replayed = new RecordedDisk();

    /** @param entries of the recording that were there when the sender knew */
    record Acknowledged(DicomFile object, long entries) {}

    /** @param acknowledged in the order of their entries */
    record Process(List<Entry> entries, List<Acknowledged> acknowledged) {}

    RecordedNode(NodeProcess node, Path library, Path home, String seed) throws IOException {
        this.node = node;
        this.disk = new DiskControl(library, home.resolve("control"));
        this.home = home;
        this.seed = seed;
        disk.standBefore(node);
        node.configure("log: { reserveBytes: 0 }")
                .configure("blobs: { smallObjectBytes: 65536, segmentBytes: 262144 }");
    }

    List<Process> run() throws IOException {
        List<Process> processes = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            Path file = home.resolve("recording" + round);
            disk.record(node, file);
            node.exec();
            node.awaitReady();
            List<Acknowledged> acknowledged = send(seed + "/" + round);
            if (round == 1) {
                node.stop();
            } else {
                awaitRest();
                node.kill();
            }
            List<Entry> entries = Recording.of(file, node.data());
            replayed.restarted();
            entries.forEach(replayed::take);
            requireAllSeen(file);
            processes.add(new Process(entries, acknowledged));
        }
        return processes;
    }

    /** A recording of which something is missing would show losses that are none, or none where there are. */
    private void requireAllSeen(Path file) throws IOException {
        DirectoryImage there = whole();
        DirectoryImage seen = withoutUnseen(replayed.seen());
        for (Path path : there.files().keySet()) {
            if (!Arrays.equals(there.files().get(path), seen.files().get(path))) {
                throw new AssertionError(file + " does not have all of " + path);
            }
        }
        if (!there.files().keySet().equals(seen.files().keySet())) {
            seen.files().keySet().removeAll(there.files().keySet());
            throw new AssertionError(file + " has more: " + seen.files().keySet());
        }
    }

    /** What is there now. */
    DirectoryImage whole() throws IOException {
        return withoutUnseen(DirectoryImage.of(node.data(), List.of()));
    }

    private static DirectoryImage withoutUnseen(DirectoryImage all) {
        all.files().keySet().removeIf(path -> path.toString().matches(UNSEEN));
        return all;
    }

    private List<Acknowledged> send(String part) {
        ConcurrentLinkedQueue<Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
        List<Thread> senders = IntStream.range(0, SENDERS)
                .mapToObj(sender -> Thread.ofPlatform().start(() -> send(part, sender, acknowledged)))
                .toList();
        for (Thread sender : senders) {
            try {
                sender.join();
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
        return acknowledged.stream()
                .sorted(Comparator.comparingLong(Acknowledged::entries))
                .toList();
    }

    private void send(String part, int sender, ConcurrentLinkedQueue<Acknowledged> acknowledged) {
        String study = "2.25.51" + Math.floorMod(part.hashCode(), 100_000);
        keep(StoreAttempt.store(node, SmallObject.of(study, sender * 10 + 1)), acknowledged);
        keep(StoreAttempt.store(node, SmallObject.of(study + sender, 1)), acknowledged);
        keep(StoreAttempt.store(node, Samples.large(part + sender, LARGE_BYTES)), acknowledged);
        StoreAttempt.stow(node, List.of(SmallObject.of(study, sender * 10 + 2), SmallObject.of(study + sender, 2)))
                .forEach(attempt -> keep(attempt, acknowledged));
        keep(StoreAttempt.store(node, SmallObject.of(study, sender * 10 + 3)), acknowledged);
    }

    private void keep(StoreAttempt attempt, ConcurrentLinkedQueue<Acknowledged> acknowledged) {
        if (!attempt.isAcknowledged()) {
            throw new AssertionError(attempt + "\n" + node.log());
        }
        acknowledged.add(new Acknowledged(attempt.object(), disk.recorded()));
    }

    /** Killed in the middle of a call, it might have changed what was not yet recorded. */
    private void awaitRest() {
        long before = -1;
        for (long now = disk.recorded(); now != before; now = disk.recorded()) {
            before = now;
            try {
                TimeUnit.MILLISECONDS.sleep(500);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
