package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

@Command(
        name = "demo",
        description = "Runs Elasticsearch and a network of sites with synthetic studies on this machine, until Ctrl-C.",
        footer = {"", "The commands are for another terminal, while it runs."})
final class DemoCommand implements Callable<Integer> {
    /** Then it is shown as it is. */
    private static final Duration UNTIL_CURRENT = Duration.ofSeconds(20);

    private final Seams seams;
    private final Terminal terminal;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ${DEFAULT-VALUE})",
            defaultValue = SiteOptions.DEFAULT_DATA,
            scope = ScopeType.INHERIT)
    Path data = Path.of(SiteOptions.DEFAULT_DATA);

    @Option(
            names = "--site",
            paramLabel = "NAME",
            description = "Only this one of ${COMPLETION-CANDIDATES}",
            scope = ScopeType.INHERIT)
    @Nullable
    DemoSite site;

    @Option(
            names = "--sites",
            paramLabel = "N",
            description = "How many: 1 is enough for a small machine (default: ${DEFAULT-VALUE})",
            defaultValue = "3")
    int sites = DemoSite.values().length;

    @Option(names = "--fresh", description = "Deletes what an earlier demo kept, then starts")
    boolean fresh;

    @Option(
            names = "--http-port",
            paramLabel = "N",
            description = "Of the first site, the others take the next ones (default: 8081)")
    @Nullable
    Integer httpPort;

    @Option(names = "--dicom-port", paramLabel = "N", description = "Likewise (default: 11111)")
    @Nullable
    Integer dicomPort;

    @Option(
            names = "--peer-port",
            paramLabel = "N",
            description = "Likewise, where the sites call each other (default: 8091)")
    @Nullable
    Integer peerPort;

    @Option(
            names = "--elasticsearch-port",
            paramLabel = "N",
            defaultValue = "9200",
            description = "Default: ${DEFAULT-VALUE}")
    int elasticsearchPort;

    @Option(names = "--json", description = "Writes what runs as JSON, once it runs", scope = ScopeType.INHERIT)
    boolean json;

    DemoCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException, IOException {
        DemoPorts ports = ports();
        try (DemoDirectory directory = new DemoDirectory(root())) {
            ElasticsearchScript elasticsearch = new ElasticsearchScript(seams.home(), directory.elasticsearch());
            boolean there = Files.exists(directory.root());
            if (there) {
                directory.open();
                endWhatWasLeft(directory);
            }
            // A demo that was killed may have left it behind. What it keeps may be outside of the directory and outlive
            // it: to a
            // new node its indexes are another site's.
            elasticsearch.run(directory.hasNode() ? "stop" : "remove", "--quiet");
            ports.requireFree();
            if (!there) {
                directory.open();
            } else if (fresh) {
                elasticsearch.run("remove", "--quiet");
                directory.clear();
            }
            return run(directory, ports, elasticsearch);
        }
    }

    private Path root() {
        return data.toAbsolutePath().normalize();
    }

    private DemoPorts ports() {
        int most = DemoSite.values().length;
        if (sites < 1 || sites > most) {
            throw new CommandFailure("--sites takes a number from 1 to " + most + ".", 2);
        }
        List<DemoSite> chosen = site != null
                ? List.of(site)
                : Arrays.stream(DemoSite.values()).limit(sites).toList();
        DemoSite first = chosen.getFirst();
        return new DemoPorts(
                chosen,
                httpPort != null ? httpPort : first.httpPort(),
                dicomPort != null ? dicomPort : first.dicomPort(),
                peerPort != null ? peerPort : first.peerPort(),
                elasticsearchPort);
    }

    private static void endWhatWasLeft(DemoDirectory directory) throws IOException, InterruptedException {
        DemoControl control = new DemoControl(directory.root());
        for (DemoSite any : DemoSite.values()) {
            Optional<SiteState> left = control.state(any);
            if (left.isPresent()) {
                SiteProcess.endLeft(left.get().pid(), directory.configuration(any));
                control.forget(any);
            }
        }
    }

    private int run(DemoDirectory directory, DemoPorts ports, ElasticsearchScript elasticsearch)
            throws IOException, InterruptedException {
        Map<DemoSite, Path> configurations = new EnumMap<>(DemoSite.class);
        for (DemoSite one : ports.sites()) {
            configurations.put(one, directory.writeConfiguration(one, ports.of(one)));
        }
        Map<DemoSite, NodeAddress> nodes = new EnumMap<>(DemoSite.class);
        configurations.forEach(
                (one, configuration) -> nodes.put(one, seams.addresses().apply(configuration)));
        DemoSites running = new DemoSites(
                seams.command(),
                new DemoControl(directory.root()),
                configurations,
                new DemoRecovery(directory, seams.network(), nodes),
                terminal);
        try (DemoEnding _ = new DemoEnding(terminal, running, elasticsearch)) {
            // Nodes take objects without it.
            FutureTask<Integer> searchable = new FutureTask<>(() -> elasticsearch.run("start", startOptions(ports)));
            Thread.ofVirtual().name("elasticsearch").start(searchable);
            running.start();
            DemoNetwork network = new DemoNetwork(
                    seams.network(),
                    seams.operations(),
                    nodes.entrySet().stream()
                            .map(node -> new DemoNetwork.Member(
                                    node.getValue(),
                                    "127.0.0.1:"
                                            + ports.of(node.getKey()).peer().orElse(0)))
                            .toList());
            network.introduce();
            Map<DemoSite, Integer> images = new DemoLoad(seams.senders(), nodes).run();
            requireStarted(searchable, directory);
            network.awaitCurrent(UNTIL_CURRENT);
            DemoTable table = new DemoTable(terminal, nodes, images, elasticsearchPort, data, directory.root());
            if (json) {
                table.json();
            } else {
                table.text();
            }
            return running.attend();
        }
    }

    /** Where several nodes share the processors, it is spared what pays only after minutes. */
    private static String[] startOptions(DemoPorts ports) {
        String port = Integer.toString(ports.elasticsearch());
        return ports.sites().size() > 1 ? new String[] {"--port", port, "--brief"} : new String[] {"--port", port};
    }

    private static void requireStarted(FutureTask<Integer> elasticsearch, DemoDirectory directory)
            throws InterruptedException {
        try {
            if (elasticsearch.get() != 0) {
                throw new CommandFailure(
                        "Elasticsearch did not start; its log is below " + directory.elasticsearch() + ".");
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof CommandFailure told ? told : new IllegalStateException(e.getCause());
        }
    }

    @Command(
            name = "stop-site",
            description =
                    "Stops the node of one site of the demo that runs; the others say from then on that they do not reach it.")
    int stopSite(@Parameters(paramLabel = "NAME", arity = "0..1") @Nullable DemoSite name)
            throws IOException, InterruptedException {
        return ask(name, DemoControl.Request.STOP);
    }

    @Command(name = "start-site", description = "Starts the node of a site that was stopped again.")
    int startSite(@Parameters(paramLabel = "NAME", arity = "0..1") @Nullable DemoSite name)
            throws IOException, InterruptedException {
        return ask(name, DemoControl.Request.START);
    }

    @Command(
            name = "lose-site",
            description =
                    "Burns one site of the demo that runs down: stops its node and deletes its data. Its identity is kept, as people should.")
    int loseSite(@Parameters(paramLabel = "NAME", arity = "0..1") @Nullable DemoSite name)
            throws IOException, InterruptedException {
        return ask(name, DemoControl.Request.LOSE);
    }

    @Command(
            name = "restore-site",
            description =
                    "Brings a site that was lost back from the others: its log and keys first, its images while it runs again.")
    int restoreSite(@Parameters(paramLabel = "NAME", arity = "0..1") @Nullable DemoSite name)
            throws IOException, InterruptedException {
        return ask(name, DemoControl.Request.RESTORE);
    }

    private int ask(@Nullable DemoSite name, DemoControl.Request request) throws IOException, InterruptedException {
        DemoSite meant = name != null ? name : site;
        if (meant == null) {
            throw new CommandFailure("Name a site: " + Arrays.toString(DemoSite.values()) + ".", 2);
        }
        SiteState state = new DemoTerminal(new DemoDirectory(root()), new DemoControl(root())).ask(meant, request);
        if (json) {
            terminal.json(Map.of("site", meant.name(), "running", state.kind() == SiteState.Kind.RUNNING));
        } else {
            terminal.line("Site " + meant + said(request));
        }
        return 0;
    }

    private static String said(DemoControl.Request request) {
        return switch (request) {
            case STOP -> " is stopped; what the others know of it is in their network view.";
            case START -> " runs.";
            case LOSE -> " is lost: nothing is left of it but its identity. The others open what they hold of it.";
            case RESTORE -> " is back; its images come back in the background: './archipelago status' tells how many.";
        };
    }
}
