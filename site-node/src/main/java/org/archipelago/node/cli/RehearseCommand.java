package org.archipelago.node.cli;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;
import picocli.CommandLine.Command;

/** Lets the JVM see what a node does, so that the build can keep its classes ready in an AOT cache (JEP 514). */
@Command(
        name = "rehearse",
        hidden = true,
        description = "Starts a node in a temporary directory, uses it and stops it.")
final class RehearseCommand implements Callable<Integer> {
    private static final List<String> PAGES = List.of("/", "/actuator/health/readiness", "/api/status");

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
            // Nobody listens at the last one: a node starts and stores without Elasticsearch.
            Path configuration = new DemoDirectory(temporary)
                    .writeConfiguration(DemoSite.north, Ports.free(), Ports.free(), Ports.free());
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

    private int store(NodeAddress node) throws IOException {
        int stored = 0;
        try (ObjectSenders.ObjectSender sender = seams.senders().open(node, Optional.empty());
                ProgressLine progress = ProgressLine.start("rehearsal", "images")) {
            for (PhantomStudy study : PhantomFile.studies()) {
                PhantomFile.send(sender, study, progress);
                stored += study.count();
            }
        }
        return stored;
    }

    /** What they answer without an index is of no matter here. */
    private static void open(NodeAddress node) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String page : PAGES) {
                client.send(
                        HttpRequest.newBuilder(node.http().resolve(page)).build(),
                        HttpResponse.BodyHandlers.discarding());
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
