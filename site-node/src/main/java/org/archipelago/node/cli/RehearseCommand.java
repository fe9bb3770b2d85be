package org.archipelago.node.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
import org.archipelago.node.cli.phantom.Phantom;
import org.archipelago.node.cli.phantom.Phantoms;
import picocli.CommandLine.Command;

/** Lets the JVM see what a node does, so that the build can keep its classes ready in an AOT cache (JEP 514). */
@Command(
        name = "rehearse",
        hidden = true,
        description = "Starts a node in a temporary directory, uses it and stops it.")
final class RehearseCommand implements Callable<Integer> {
    private static final String TITLE = "NORTH";
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
            DemoDirectory directory = new DemoDirectory(temporary.resolve("demo"));
            directory.create();
            // Nobody listens at the last one: a node starts and stores without Elasticsearch.
            Path configuration = directory.writeConfiguration(freePort(), freePort(), freePort(), TITLE);
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
        List<Phantom> phantoms = new Phantoms("rehearsal").demo();
        try (ObjectSenders.ObjectSender sender = seams.senders().open(node, Optional.empty())) {
            for (Phantom phantom : phantoms) {
                ObjectSenders.Answer answer = sender.send(PhantomFile.of(phantom));
                if (!answer.taken()) {
                    throw new CommandFailure("The node refused a synthetic image: " + answer.text());
                }
            }
        }
        return phantoms.size();
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
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
