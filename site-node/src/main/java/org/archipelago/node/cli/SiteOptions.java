package org.archipelago.node.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which site a command is about. */
final class SiteOptions {
    static final String DEFAULT_DATA = ".archipelago/demo";

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The node's configuration; without it that of the demo's site is taken")
    @Nullable
    Path configuration;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Directory of the demo (default: ${DEFAULT-VALUE})",
            defaultValue = DEFAULT_DATA)
    Path data = Path.of(DEFAULT_DATA);

    @Option(
            names = "--site",
            paramLabel = "NAME",
            description = "Site of the demo (default: ${DEFAULT-VALUE})",
            defaultValue = "north")
    String site = "north";

    NodeAddress address(Seams seams) {
        Path file = configuration != null ? configuration : data.resolve(site).resolve("node.yaml");
        if (!Files.isRegularFile(file)) {
            throw new CommandFailure(
                    configuration != null
                            ? "There is no configuration file " + file + "."
                            : "There is no site '" + site + "' in " + data
                                    + "; run 'demo' first, or name a node with --config FILE.");
        }
        return seams.addresses().apply(file.toAbsolutePath().normalize());
    }
}
