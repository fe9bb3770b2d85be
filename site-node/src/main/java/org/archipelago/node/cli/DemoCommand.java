package org.archipelago.node.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.archipelago.node.cli.phantom.Phantom;
import org.archipelago.node.cli.phantom.Phantoms;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Runs Elasticsearch and one node with synthetic studies on this machine, until Ctrl-C.")
final class DemoCommand implements Callable<Integer> {
    private static final String TITLE = "NORTH";

    private final Seams seams;
    private final Terminal terminal;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ${DEFAULT-VALUE})",
            defaultValue = SiteOptions.DEFAULT_DATA)
    Path data = Path.of(SiteOptions.DEFAULT_DATA);

    @Option(names = "--fresh", description = "Deletes what an earlier demo kept, then starts")
    boolean fresh;

    @Option(names = "--http-port", paramLabel = "N", defaultValue = "8081", description = "Default: ${DEFAULT-VALUE}")
    int httpPort;

    @Option(names = "--dicom-port", paramLabel = "N", defaultValue = "11111", description = "Default: ${DEFAULT-VALUE}")
    int dicomPort;

    @Option(
            names = "--elasticsearch-port",
            paramLabel = "N",
            defaultValue = "9200",
            description = "Default: ${DEFAULT-VALUE}")
    int elasticsearchPort;

    DemoCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException, IOException {
        DemoDirectory directory = new DemoDirectory(data.toAbsolutePath().normalize());
        ElasticsearchScript elasticsearch = new ElasticsearchScript(seams.home(), directory.elasticsearch());
        if (fresh) {
            // One that a killed demo left behind would keep its files open.
            if (Files.exists(directory.elasticsearch())) {
                elasticsearch.run("stop");
            }
            directory.clear();
        }
        require(httpPort, "--http-port");
        require(dicomPort, "--dicom-port");
        require(elasticsearchPort, "--elasticsearch-port");
        directory.create();
        Path configuration = directory.writeConfiguration(httpPort, dicomPort, elasticsearchPort, TITLE);
        if (elasticsearch.run("start", "--port", Integer.toString(elasticsearchPort)) != 0) {
            throw new CommandFailure(
                    "Elasticsearch did not start; its log is below " + directory.elasticsearch() + ".");
        }
        try (Ending ending = new Ending(terminal, elasticsearch)) {
            NodeLauncher.RunningNode node = seams.launcher().start(configuration);
            ending.node(node);
            int loaded = load(seams.addresses().apply(configuration));
            show(loaded, directory);
            node.awaitStop();
        }
        return 0;
    }

    private static void require(int port, String option) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            socket.setReuseAddress(true);
        } catch (IOException e) {
            throw new CommandFailure("Port " + port + " is in use; choose another one with " + option + " N.");
        }
    }

    /** Through a real association, like a modality. What is there already is a retransmission and changes nothing. */
    private int load(NodeAddress node) {
        List<Phantom> phantoms = new Phantoms("demo").demo();
        try (ObjectSenders.ObjectSender sender = seams.senders().open(node, Optional.empty());
                ProgressLine progress = ProgressLine.start("loading", "images")) {
            progress.total(phantoms.size());
            for (Phantom phantom : phantoms) {
                ObjectSenders.Answer answer = sender.send(PhantomFile.of(phantom));
                if (!answer.taken()) {
                    throw new CommandFailure("The node refused a synthetic image: " + answer.text());
                }
                progress.advance(1);
            }
        } catch (IOException e) {
            throw new CommandFailure("Synthetic studies could not be sent to the node: " + e.getMessage());
        }
        return phantoms.size();
    }

    private void show(int loaded, DemoDirectory directory) {
        String web = "http://127.0.0.1:" + httpPort;
        terminal.line("");
        terminal.line("Site north runs with " + loaded + " synthetic images of 4 people who do not exist. Try:");
        terminal.line("");
        terminal.table(List.of(
                List.of("what", "how"),
                List.of("search and history", web + "/"),
                List.of("viewer", web + "/viewer/"),
                List.of("search as JSON", "curl '" + web + "/dicom-web/studies?PatientName=dupont*'"),
                List.of("send your own", "./archipelago import --data " + data + " PATH..."),
                List.of("send by DICOM", "storescu -aec " + TITLE + " 127.0.0.1 " + dicomPort + " FILE"),
                List.of(
                        "query by DICOM",
                        "findscu -S -aec " + TITLE + " -k 0008,0052=STUDY -k 0010,0010 -k 0020,000D 127.0.0.1 "
                                + dicomPort),
                List.of("how is it", "./archipelago status --data " + data),
                List.of("check everything", "./archipelago verify --data " + data),
                List.of("health, metrics", web + "/actuator/health/readiness  " + web + "/actuator/prometheus")));
        terminal.line("");
        terminal.line("Data: " + directory.root() + " (kept; 'demo --fresh' deletes it). Ctrl-C stops everything.");
    }

    /** Stops the node, then Elasticsearch, once, whether by Ctrl-C or by an error. */
    private static final class Ending implements AutoCloseable {
        private final Terminal terminal;
        private final ElasticsearchScript elasticsearch;
        private final Thread hook = new Thread(this::end, "stop-demo");
        private NodeLauncher.@org.jspecify.annotations.Nullable RunningNode node;
        private boolean ended;

        Ending(Terminal terminal, ElasticsearchScript elasticsearch) {
            this.terminal = terminal;
            this.elasticsearch = elasticsearch;
            Runtime.getRuntime().addShutdownHook(hook);
        }

        synchronized void node(NodeLauncher.RunningNode running) {
            node = running;
        }

        @Override
        public void close() {
            end();
        }

        private synchronized void end() {
            if (ended) {
                return;
            }
            ended = true;
            try {
                if (node != null) {
                    node.close();
                }
            } finally {
                stopElasticsearch();
            }
            terminal.line("Stopped.");
        }

        private void stopElasticsearch() {
            try {
                elasticsearch.run("stop");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                terminal.line(
                        "Interrupted while Elasticsearch was stopping; './archipelago elasticsearch stop' ends it.");
            }
        }
    }
}
