package org.archipelago.node.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "start", description = "Runs one node until it is stopped (Ctrl-C or SIGTERM).")
final class StartCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Option(names = "--config", paramLabel = "FILE", required = true, description = "The node's configuration (YAML)")
    Path configuration = Path.of("node.yaml");

    StartCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (!Files.isRegularFile(configuration)) {
            throw new CommandFailure("There is no configuration file " + configuration + ".");
        }
        NodeAddress address =
                seams.addresses().apply(configuration.toAbsolutePath().normalize());
        try (NodeLauncher.RunningNode node = seams.launcher().start(address.configuration())) {
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "stop-node"));
            terminal.line("Site " + address.site() + " runs: " + address.http() + "/, "
                    + (address.hasDicom()
                            ? "DICOM " + address.aeTitle() + " at " + address.dicomHost() + ":" + address.dicomPort()
                            : "no DICOM (dicom.listeners of the configuration is empty)"));
            return node.awaitStop();
        }
    }
}
