package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.archipelago.acceptance.SyncTrace.Sent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the kernel saw: everything that an acknowledged object needs was durable before its success left. And the same for a
 * node whose syncs of one kind do nothing, where it must be seen.
 */
class SyncTraceIT {
    private static final int SENDERS = 4;
    private static final int LARGE_BYTES = 2_500_000;
    private static final int TELL_APART_BYTES = 300_000;

    @TempDir
    Path home;

    private final List<Sent> sent = new ArrayList<>();
    private int large;

    @Test
    void everySuccess_leftAfterItsSyncs() throws Exception {
        List<DicomFile> alone = new ArrayList<>(Samples.facts(Samples.ct("trace", 5)));
        alone.addAll(Samples.facts(Samples.ultrasound("trace", 2)));
        alone.add(large("alone"));
        alone.addAll(Samples.facts(Samples.pdf("trace")));
        List<DicomFile> web = List.of(Samples.facts(Samples.mr("web", 1)).getFirst(), large("web"));
        List<List<DicomFile>> together = together();
        try (NodeProcess node = traced()) {
            node.start();
            Samples.storeAll(node, note(alone, true));
            for (DicomFile object : note(web, true)) {
                assertThat(new DicomWeb(node).store(object.part10()).statusCode())
                        .isEqualTo(200);
            }
            together.forEach(objects -> note(objects, false));
            storeTogether(node, together);
            assertThat(RawCommitmentScu.commit(node.dicomPort(), "SENDER", alone))
                    .isEqualTo(RawCommitmentScu.ALL_COMMITTED);
            node.stop();
            SyncTrace trace = read(node);
            assertThat(trace.violations()).as(node::log).isEmpty();
            assertThat(trace.acknowledged())
                    .containsExactlyInAnyOrderElementsOf(
                            sent.stream().map(Sent::sopInstance).toList());
            assertThat(trace.committed())
                    .containsExactlyInAnyOrderElementsOf(
                            alone.stream().map(DicomFile::sopInstance).toList());
        }
    }

    /** A kind of sync that does nothing, and what must then be said of the objects sent meanwhile. */
    private record Removed(String files, String seen) {}

    @Test
    void withoutOneOfTheSyncs_itIsSeen() throws Exception {
        List<Removed> kinds = List.of(
                new Removed("*/data/blobs/segments", "a directory was not synced for a new file: SEGMENT"),
                new Removed("*/data/blobs/segments/*.seg", "its segment was not synced"),
                new Removed("*/data/blobs/incoming/*", "its own file was not synced"),
                new Removed("*/data/blobs/incoming", "no segment was written and synced for it"),
                new Removed("*/data/log/*.log", "the log was not synced after its blob"),
                new Removed("*/data/keys/*.keys", "a write was not synced: KEYS"),
                new Removed("*/data/commitment/*", "its report is not durable"));
        Path pattern = home.resolve("nosync");
        Map<Removed, List<DicomFile>> sentWithout = new LinkedHashMap<>();
        try (NodeProcess node = traced()) {
            node.under("-E", "LD_PRELOAD=" + compiled(), "-E", "NOSYNC=" + pattern);
            Files.writeString(pattern, kinds.getFirst().files());
            node.start();
            for (Removed kind : kinds) {
                Files.writeString(pattern, kind.files());
                List<DicomFile> objects = new ArrayList<>(Samples.facts(Samples.ct(kind.files(), 2)));
                objects.add(large(kind.files()));
                Samples.storeAll(node, note(objects, true));
                RawCommitmentScu.commit(node.dicomPort(), "SENDER", objects);
                sentWithout.put(kind, objects);
            }
            node.stop();
            SyncTrace trace = read(node);
            assertThat(trace.acknowledged()).hasSize(sent.size());
            sentWithout.forEach((kind, objects) -> assertThat(trace.violations())
                    .as("without syncs of " + kind.files())
                    .anyMatch(violation -> violation.contains(kind.seen())
                            && (violation.contains("N-ACTION")
                                    || objects.stream().anyMatch(o -> violation.contains(o.sopInstance() + " ")))));
        }
    }

    private NodeProcess traced() {
        NodeProcess node =
                NodeProcess.configured(home, SharedElasticsearch.get().url()).shortLived();
        return node.under("strace", "-f", "--seccomp-bpf", "-yy", "-x", "-tt", "-s", "2048", "-o")
                .under(home.resolve("strace.out").toString(), "-e")
                .under(
                        "trace=fsync,fdatasync,msync,write,writev,pwrite64,pwritev,sendto,sendmsg,rename,renameat,renameat2");
    }

    private SyncTrace read(NodeProcess node) throws Exception {
        SyncTrace trace = new SyncTrace(node.data().toString(), sent);
        trace.read(Files.readAllLines(home.resolve("strace.out"), StandardCharsets.ISO_8859_1));
        return trace;
    }

    /** Each a study of its own with a large object in the middle, and all of them one study at the same time. */
    private List<List<DicomFile>> together() {
        List<DicomFile> shared = Samples.facts(Samples.mr("shared", SENDERS * 4));
        List<List<DicomFile>> senders = new ArrayList<>();
        for (int sender = 0; sender < SENDERS; sender++) {
            List<DicomFile> objects = new ArrayList<>(Samples.facts(Samples.ct("together" + sender, 6)));
            objects.add(3, large("together" + sender));
            objects.addAll(shared.subList(sender * 4, sender * 4 + 4));
            senders.add(objects);
        }
        return senders;
    }

    private static void storeTogether(NodeProcess node, List<List<DicomFile>> senders) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (List<DicomFile> objects : senders) {
                running.add(threads.submit(() -> {
                    Samples.storeAll(node, objects);
                    return null;
                }));
            }
            for (Future<?> sender : running) {
                sender.get(90, TimeUnit.SECONDS);
            }
        }
    }

    /** Of a length that no other one has, by which its file is found. */
    private DicomFile large(String seed) {
        large++;
        return Samples.large(seed, LARGE_BYTES + large * TELL_APART_BYTES);
    }

    private List<DicomFile> note(List<DicomFile> objects, boolean alone) {
        for (DicomFile object : objects) {
            int length = object.dataset().length;
            sent.add(new Sent(object.sopInstance(), object.studyInstance(), length, length > LARGE_BYTES, alone));
        }
        return objects;
    }

    private Path compiled() {
        Path library = home.resolve("nosync.so");
        Program.of("gcc", "-shared", "-fPIC", "-o", library.toString())
                .with(Checkout.resource("nosync.c").toString(), "-ldl")
                .run()
                .succeeded();
        return library;
    }
}
