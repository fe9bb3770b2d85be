package org.archipelago.node.cli;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;
import picocli.CommandLine.Command;

/**
 * Lets the JVM see what a node does, so that the build can keep its classes and the profiles of its methods ready in an
 * AOT cache (JEP 514, JEP 515). Much of the little, since it is the repetition that makes a method worth a profile.
 */
@Command(
        name = "rehearse",
        hidden = true,
        description = "Starts a node in a temporary directory, uses it and stops it.")
final class RehearseCommand implements Callable<Integer> {
    private static final int SENDERS = 4;
    private static final int STUDIES = 5;
    private static final int SMALL_IMAGES = 25;
    private static final int LARGEST_STUDY = 24;

    private static final List<String> PAGES = List.of(
            "/",
            "/?q=smith",
            "/actuator/health/readiness",
            "/actuator/health/liveness",
            "/actuator/prometheus",
            "/api/status",
            "/dicom-web/studies?PatientName=smith*&includefield=all",
            "/dicom-web/studies?ModalitiesInStudy=CT&limit=10");

    private static final List<String> OF_A_STUDY = List.of("", "/metadata", "/series");
    private static final List<String> OF_AN_INSTANCE = List.of("", "/metadata", "/frames/1");

    private final Seams seams;
    private final Terminal terminal;

    RehearseCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path temporary = Files.createTempDirectory("archipelago-rehearsal");
        try {
            // Nobody listens at the last one: a node starts, stores and retrieves without Elasticsearch.
            Path configuration = new DemoDirectory(temporary)
                    .writeConfiguration(
                            DemoSite.north,
                            new DemoPorts.OfSite(
                                    Ports.free(), Ports.free(), OptionalInt.of(Ports.free()), Ports.free()));
            try (NodeLauncher.RunningNode _ = seams.launcher().start(configuration)) {
                NodeAddress node = seams.addresses().apply(configuration);
                int stored = store(node);
                open(node);
                terminal.line("Rehearsed with " + stored + " images.");
            }
        } finally {
            delete(temporary);
        }
        return 0;
    }

    /** Small images by several senders at once, then one study of each other kind. */
    private int store(NodeAddress node) throws IOException, InterruptedException {
        List<Future<?>> sending = new ArrayList<>();
        try (ExecutorService senders = Executors.newFixedThreadPool(SENDERS)) {
            for (int sender = 0; sender < SENDERS; sender++) {
                int first = sender * STUDIES;
                sending.add(senders.submit(() -> {
                    for (int number = first; number < first + STUDIES; number++) {
                        send(node, PhantomFile.small(number, SMALL_IMAGES));
                    }
                    return null;
                }));
            }
        }
        for (Future<?> sent : sending) {
            finished(sent);
        }
        int stored = SENDERS * STUDIES * SMALL_IMAGES;
        for (PhantomStudy study : PhantomFile.studies()) {
            if (study.count() < LARGEST_STUDY) {
                send(node, study);
                stored += study.count();
            }
        }
        return stored;
    }

    private static void finished(Future<?> sent) throws IOException, InterruptedException {
        try {
            sent.get();
        } catch (ExecutionException e) {
            throw new IOException("a synthetic study could not be sent: " + e.getCause(), e);
        }
    }

    /** One association for each study, as modalities do. */
    private void send(NodeAddress node, PhantomStudy study) throws IOException {
        try (ObjectSenders.ObjectSender sender = seams.senders().open(node, Optional.empty());
                ProgressLine progress = ProgressLine.start("rehearsal", "images")) {
            PhantomFile.send(sender, study, progress);
        }
    }

    /** What searches answer without an index is of no matter here. */
    private static void open(NodeAddress node) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String page : PAGES) {
                get(client, node, page);
            }
            for (int number = 0; number < STUDIES; number++) {
                read(client, node, PhantomFile.small(number, SMALL_IMAGES));
            }
            for (PhantomStudy study : PhantomFile.studies()) {
                if (study.count() < LARGEST_STUDY) {
                    read(client, node, study);
                }
            }
        }
    }

    private static void read(HttpClient client, NodeAddress node, PhantomStudy study)
            throws IOException, InterruptedException {
        try (Stream<PhantomObject> objects = study.objects().get()) {
            List<PhantomObject> all = objects.toList();
            String path = "/dicom-web/studies/" + all.getFirst().study();
            for (String part : OF_A_STUDY) {
                get(client, node, path + part);
            }
            get(client, node, "/studies/" + all.getFirst().study());
            get(
                    client,
                    node,
                    "/api/thumbnails/studies/" + all.getFirst().study() + "/series/"
                            + all.getFirst().series());
            for (PhantomObject object : all) {
                for (String part : OF_AN_INSTANCE) {
                    get(
                            client,
                            node,
                            path + "/series/" + object.series() + "/instances/" + object.sopInstanceUid() + part);
                }
            }
        }
    }

    private static void get(HttpClient client, NodeAddress node, String path) throws IOException, InterruptedException {
        client.send(HttpRequest.newBuilder(node.http().resolve(path)).build(), HttpResponse.BodyHandlers.discarding());
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
