package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.archipelago.acceptance.Recording.Entry;
import org.archipelago.contract.Digest;
import org.archipelago.eventstore.StoredRecord;
import org.archipelago.node.OpenedArchive;

/**
 * What a disk may hold when the power goes, at every sync of a recorded run and now and then in between; for {@code infra/faults/run
 * powerloss}. Each such archive opens, holds every object that had been acknowledged, and of the log exactly a beginning.
 */
final class PowerLoss {
    private static final String PREFIX = "powerloss_";

    private final Path opened;
    private final Path configuration;
    private final List<RecordedNode.Process> processes;
    private final Map<String, DicomFile> objects = new HashMap<>();
    private final List<StoredRecord> history;
    private final Random random;
    private final int every;
    private final int cuts;
    private final Set<Digest> tried = new HashSet<>();
    private final Map<String, Integer> bad = new HashMap<>();
    private int points;
    private int images;

    private PowerLoss(
            Path opened,
            Path configuration,
            List<RecordedNode.Process> processes,
            DirectoryImage last,
            Random random,
            int every,
            int cuts)
            throws IOException {
        this.opened = opened;
        this.configuration = configuration;
        this.processes = processes;
        this.random = random;
        this.every = every;
        this.cuts = cuts;
        processes.forEach(process -> process.acknowledged()
                .forEach(acknowledged -> objects.put(acknowledged.object().sopInstance(), acknowledged.object())));
        last.layDown(opened);
        try (OpenedArchive archive = OpenedArchive.orMade(configuration)) {
            history = archive.records();
        }
    }

    /** Arguments: an empty directory; another, in memory; disk.c compiled; seed; of how many syncs one is tried; how often each. */
    public static void main(String[] args) throws Exception {
        Path home = Path.of(args[0]);
        Path memory = Path.of(args[1]);
        List<RecordedNode.Process> processes;
        DirectoryImage last;
        try (NodeProcess node = NodeProcess.configured(home, URI.create("http://127.0.0.1:9"))) {
            RecordedNode recorded = new RecordedNode(node, Path.of(args[2]), home, args[3]);
            processes = recorded.run();
            last = recorded.whole();
        }
        Path configuration = memory.resolve("node.yaml");
        Path opened = memory.resolve("data");
        Files.writeString(
                configuration,
                Files.readString(home.resolve("node.yaml"))
                        .replace("data: " + home.resolve("data"), "data: " + opened));
        PowerLoss loss = new PowerLoss(
                opened,
                configuration,
                processes,
                last,
                new Random(Long.parseLong(args[3])),
                Integer.parseInt(args[4]),
                Integer.parseInt(args[5]));
        loss.replay();
        loss.results();
    }

    private void replay() {
        RecordedDisk disk = new RecordedDisk();
        List<DicomFile> acknowledged = new ArrayList<>();
        int syncs = 0;
        for (int number = 0; number < processes.size(); number++) {
            RecordedNode.Process process = processes.get(number);
            disk.restarted();
            int next = 0;
            for (int i = 0; i < process.entries().size(); i++) {
                Entry entry = process.entries().get(i);
                String where = "process %d, entry %d of %d"
                        .formatted(number + 1, i, process.entries().size());
                boolean ends = entry instanceof Entry.Synced;
                boolean isTried = ends ? syncs++ % every == 0 : random.nextInt(10 * every) == 0;
                if (ends && isTried) {
                    lose(disk, acknowledged, where + ", before " + entry);
                }
                disk.take(entry);
                while (next < process.acknowledged().size()
                        && process.acknowledged().get(next).entries() <= i + 1) {
                    acknowledged.add(process.acknowledged().get(next++).object());
                }
                if (isTried) {
                    lose(disk, acknowledged, where + ", after " + (ends ? "a sync" : "a change"));
                }
            }
            acknowledged.addAll(
                    process.acknowledged().subList(next, process.acknowledged().size()).stream()
                            .map(RecordedNode.Acknowledged::object)
                            .toList());
            lose(disk, acknowledged, "after process " + (number + 1));
        }
    }

    private void lose(RecordedDisk disk, List<DicomFile> acknowledged, String where) {
        points++;
        int most = disk.hasPending() ? cuts : 1;
        for (int number = 0; number < most; number++) {
            PowerCut cut = PowerCut.of(number, random);
            DirectoryImage image = cut.image(disk);
            if (tried.add(digest(image, acknowledged.size()))) {
                images++;
                look(
                        image,
                        acknowledged,
                        "%s, cut %d: names %s, bytes %s".formatted(where, number, cut.names(), cut.bytes()));
            }
        }
    }

    private static Digest digest(DirectoryImage image, int acknowledged) {
        StringBuilder text = new StringBuilder().append(acknowledged).append(image.directories());
        image.files().forEach((path, bytes) -> text.append(path).append(Digest.sha256(bytes)));
        return Digest.sha256(text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private void look(DirectoryImage image, List<DicomFile> acknowledged, String what) {
        try {
            image.layDown(opened);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try (OpenedArchive archive = OpenedArchive.orMade(configuration)) {
            List<StoredRecord> records = archive.records();
            if (records.size() != archive.head() + 1
                    || records.size() > history.size()
                    || !records.equals(history.subList(0, records.size()))) {
                bad("not_a_prefix", what + ": " + records.size() + " records of " + history.size());
            }
            Set<String> missing = new HashSet<>();
            acknowledged.forEach(object -> missing.add(object.sopInstance()));
            objects.forEach((uid, object) -> {
                Optional<String> digest = archive.served(uid);
                if (digest.isPresent() && !digest.get().equals(object.sha256())) {
                    bad("damaged_served", what + ": " + uid);
                } else if (digest.isPresent()) {
                    missing.remove(uid);
                }
            });
            missing.forEach(uid -> bad("acknowledged_lost", what + ": " + uid));
            archive.defects().forEach(defect -> bad("false_alarms", what + ": " + defect));
        } catch (RuntimeException e) {
            bad("unopened", what + ": " + e);
        }
    }

    private void bad(String figure, String what) {
        bad.merge(figure, 1, Integer::sum);
        System.err.println("BAD " + figure + ": " + what);
    }

    private void results() {
        System.out.printf(
                "%d moments of %d processes, %d different disks; %d objects were acknowledged, %d records written%n",
                points, processes.size(), images, objects.size(), history.size());
        System.out.println(PREFIX + "disks " + images);
        for (String figure :
                Arrays.asList("acknowledged_lost", "damaged_served", "not_a_prefix", "unopened", "false_alarms")) {
            System.out.println(PREFIX + figure + " " + bad.getOrDefault(figure, 0));
        }
    }
}
