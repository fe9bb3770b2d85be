package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = "Runs Elasticsearch and one node with synthetic studies on this machine, until Ctrl-C.")
final class DemoCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: ${DEFAULT-VALUE})",
            defaultValue = SiteOptions.DEFAULT_DATA)
    Path data = Path.of(SiteOptions.DEFAULT_DATA);

    @Option(
            names = "--site",
            paramLabel = "NAME",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
            defaultValue = "north")
    DemoSite site = DemoSite.north;

    @Option(names = "--fresh", description = "Deletes what an earlier demo kept, then starts")
    boolean fresh;

    @Option(names = "--http-port", paramLabel = "N", description = "Default: 8081, 8082 or 8083, as the site is")
    @Nullable
    Integer httpPort;

    @Option(names = "--dicom-port", paramLabel = "N", description = "Default: 11111, 11112 or 11113, as the site is")
    @Nullable
    Integer dicomPort;

    @Option(
            names = "--elasticsearch-port",
            paramLabel = "N",
            defaultValue = "9200",
            description = "Default: ${DEFAULT-VALUE}")
    int elasticsearchPort;

    @Option(names = "--json", description = "Writes what runs as JSON, once it runs")
    boolean json;

    DemoCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException, IOException {
        int http = httpPort != null ? httpPort : site.httpPort();
        int dicom = dicomPort != null ? dicomPort : site.dicomPort();
        Path root = data.toAbsolutePath().normalize();
        try (DemoDirectory directory = new DemoDirectory(root)) {
            ElasticsearchScript elasticsearch = new ElasticsearchScript(seams.home(), directory.elasticsearch());
            boolean there = Files.exists(root);
            if (there) {
                directory.open();
            }
            // A demo that was killed may have left it behind. What it keeps may be outside of the directory and outlive
            // it: to a
            // new node its indexes are another site's.
            elasticsearch.run(directory.hasNode() ? "stop" : "remove", "--quiet");
            Ports.requireFree(http, "--http-port");
            Ports.requireFree(dicom, "--dicom-port");
            Ports.requireFree(elasticsearchPort, "--elasticsearch-port");
            if (!there) {
                directory.open();
            } else if (fresh) {
                elasticsearch.run("remove", "--quiet");
                directory.clear();
            }
            Path configuration = directory.writeConfiguration(site, http, dicom, elasticsearchPort);
            return run(directory, configuration, elasticsearch);
        }
    }

    private int run(DemoDirectory directory, Path configuration, ElasticsearchScript elasticsearch)
            throws InterruptedException {
        try (DemoEnding ending = new DemoEnding(terminal, elasticsearch)) {
            if (elasticsearch.run("start", "--port", Integer.toString(elasticsearchPort)) != 0) {
                throw new CommandFailure(
                        "Elasticsearch did not start; its log is below " + directory.elasticsearch() + ".");
            }
            NodeLauncher.RunningNode node = seams.launcher().start(configuration);
            ending.node(node);
            NodeAddress address = seams.addresses().apply(configuration);
            int loaded = load(address);
            show(loaded, address, directory);
            return node.awaitStop();
        }
    }

    /** Through a real association, like a modality. What is there already is a retransmission and changes nothing. */
    private int load(NodeAddress node) {
        List<PhantomStudy> studies = PhantomFile.studies();
        int images = studies.stream().mapToInt(PhantomStudy::count).sum();
        try (ObjectSenders.ObjectSender sender = seams.senders().open(node, Optional.empty());
                ProgressLine progress = ProgressLine.start("loading", "images")) {
            progress.total(images);
            for (PhantomStudy study : studies) {
                PhantomFile.send(sender, study, progress);
            }
        } catch (IOException e) {
            throw new CommandFailure("Synthetic studies could not be sent to the node: " + e.getMessage());
        }
        return images;
    }

    private void show(int loaded, NodeAddress node, DemoDirectory directory) {
        if (json) {
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("site", node.site());
            facts.put("http", node.http().toString());
            facts.put("dicomHost", node.dicomHost());
            facts.put("dicomPort", node.dicomPort());
            facts.put("aeTitle", node.aeTitle());
            facts.put("elasticsearch", "http://127.0.0.1:" + elasticsearchPort);
            facts.put("images", loaded);
            facts.put("data", directory.root().toString());
            terminal.json(facts);
            return;
        }
        String web = node.http().toString();
        String dicom = node.aeTitle() + " " + node.dicomHost() + " " + node.dicomPort();
        String where = " --data " + data + (site == DemoSite.north ? "" : " --site " + site);
        terminal.line("");
        terminal.line("Site " + node.site() + " runs with " + loaded + " synthetic images of "
                + PhantomFile.studies().size() + " studies; the people in them do not exist. Try:");
        terminal.line("");
        terminal.table(List.of(
                List.of("what", "how"),
                List.of("search and history", web + "/"),
                List.of("viewer", web + "/viewer/"),
                List.of("search as JSON", "curl '" + web + "/dicom-web/studies?PatientName=yamada*'"),
                List.of("send your own", "./archipelago import" + where + " PATH..."),
                List.of("send by DICOM", "storescu -aec " + dicom + " FILE"),
                List.of("query by DICOM", "findscu -S -k 0008,0052=STUDY -k 0010,0010 -k 0020,000D -aec " + dicom),
                List.of("how is it", "./archipelago status" + where),
                List.of("check everything", "./archipelago verify" + where),
                List.of("health, metrics", web + "/actuator/health/readiness  " + web + "/actuator/prometheus")));
        terminal.line("");
        terminal.line("Data: " + directory.root() + " (kept; 'demo --fresh' deletes it). Ctrl-C stops everything.");
    }
}
