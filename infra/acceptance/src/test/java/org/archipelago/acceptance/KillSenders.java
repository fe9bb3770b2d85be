package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Senders of all kinds at once, each until the node goes away. Thread-safe. */
final class KillSenders {
    /** More than blobs.smallObjectBytes: they have a file of their own. */
    private static final int LARGE_BYTES = 2_200_000;

    private static final int STUDY_SIZE = 20;
    private static final int STOW_SIZE = 3;

    enum Kind {
        /** A study of its own after the other by C-STORE. */
        OWN_STUDY,
        /** Objects of a study that others send to at the same time, by C-STORE. */
        SHARED_STUDY,
        /** Objects of that same study by STOW-RS, some in each request. */
        STOW,
        /** Objects of {@link #LARGE_BYTES}, each of a study of its own, by C-STORE. */
        LARGE
    }

    /** What is kept here of an object that the node has. */
    record Known(String study, String sha256) {
        static Known of(DicomFile object) {
            return new Known(object.studyInstance(), object.sha256());
        }
    }

    private final NodeProcess node;
    private final String seed;
    private final Map<String, DicomFile> open = new ConcurrentHashMap<>();
    private final Map<String, Known> acknowledged = new ConcurrentHashMap<>();
    private final Map<Kind, Integer> acknowledgedOfKind = new ConcurrentHashMap<>();
    private final Supplier<DicomFile> shared;

    KillSenders(NodeProcess node, String seed) {
        this.node = node;
        this.seed = seed;
        this.shared = studies(seed + "/shared/");
    }

    /** What was begun to be sent and was not acknowledged, by SOP Instance UID. */
    Map<String, DicomFile> open() {
        return open;
    }

    /** By SOP Instance UID. */
    Map<String, Known> acknowledged() {
        return acknowledged;
    }

    Map<Kind, Integer> acknowledgedOfKind() {
        return acknowledgedOfKind;
    }

    void sendUntilGone(Kind kind, int sender) {
        String own = seed + "/" + sender + "/";
        try {
            switch (kind) {
                case OWN_STUDY -> store(kind, studies(own));
                case SHARED_STUDY -> store(kind, shared);
                case LARGE -> store(kind, large(own));
                case STOW -> stow(kind);
            }
        } catch (IOException | UncheckedIOException e) {
            // killed: what this is about
        }
    }

    private void store(Kind kind, Supplier<DicomFile> objects) throws IOException {
        DicomFile first = objects.get();
        try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(first))) {
            for (DicomFile object = first; ; object = objects.get()) {
                open.put(object.sopInstance(), object);
                RawStoreScu.Response response = scu.store(object);
                if (!response.isSuccess()) {
                    throw new AssertionError("refused with " + response.hex() + " " + response.comment());
                }
                acknowledge(kind, object);
            }
        }
    }

    private void stow(Kind kind) {
        DicomWeb web = new DicomWeb(node);
        while (true) {
            List<DicomFile> objects =
                    java.util.stream.Stream.generate(shared).limit(STOW_SIZE).toList();
            objects.forEach(object -> open.put(object.sopInstance(), object));
            HttpResponse<byte[]> response =
                    web.store(objects.stream().map(DicomFile::part10).toArray(byte[][]::new));
            if (response.statusCode() != 200) {
                throw new AssertionError("STOW-RS was answered with " + response.statusCode());
            }
            objects.forEach(object -> acknowledge(kind, object));
        }
    }

    private void acknowledge(Kind kind, DicomFile object) {
        acknowledged.put(object.sopInstance(), Known.of(object));
        open.remove(object.sopInstance());
        acknowledgedOfKind.merge(kind, 1, Integer::sum);
    }

    /** Objects of one study after the other, for any number of threads. */
    private static Supplier<DicomFile> studies(String seed) {
        Deque<DicomFile> left = new ArrayDeque<>();
        int[] next = {0};
        return () -> {
            synchronized (left) {
                if (left.isEmpty()) {
                    left.addAll(Samples.facts(Samples.ct(seed + next[0]++, STUDY_SIZE)));
                }
                return left.remove();
            }
        };
    }

    private static Supplier<DicomFile> large(String seed) {
        int[] next = {0};
        return () -> Samples.large(seed + next[0]++, LARGE_BYTES);
    }
}
