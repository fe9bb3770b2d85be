package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.archipelago.node.cli.NetworkOperations.RecoveredSite;
import org.archipelago.node.cli.NetworkOperations.RecoverySource;

/**
 * Burns sites of a demo down and brings them back from their neighbours. What stays of one is its identity, which somebody kept apart.
 *
 * @param nodes of the sites of the demo
 */
record DemoRecovery(DemoDirectory directory, NetworkOperations network, Map<DemoSite, NodeAddress> nodes) {
    /** Whether it was lost and has not come back. */
    boolean isLost(DemoSite site) {
        return Files.exists(directory.keptIdentity(site)) || Files.exists(directory.lost(site));
    }

    /** Of a site whose node does not run. May be interrupted at any point; what is left is done before it comes back. */
    void lose(DemoSite site) throws IOException {
        if (!isLost(site)) {
            Files.move(directory.data(site), directory.lost(site));
        }
        Path identity = directory.lost(site).resolve("identity");
        if (Files.exists(identity)) {
            Files.move(identity, directory.keptIdentity(site));
        }
        DemoDirectory.delete(directory.lost(site));
    }

    /**
     * Of a site that is lost: on return its node can be started, and brings its images back by itself.
     *
     * @param from sites that run
     * @return empty where an interrupted recovery had come so far before
     * @throws CommandFailure none of them can give anything
     */
    Optional<RecoveredSite> restore(DemoSite site, List<DemoSite> from) throws IOException {
        lose(site);
        NodeAddress node = nodes.get(site);
        if (node == null || from.isEmpty()) {
            throw new CommandFailure("No other site runs that could give back what " + site + " had.");
        }
        Optional<RecoveredSite> recovered = Optional.empty();
        if (!network.isLogRecovered(node)) {
            List<String> peers = from.stream().map(Enum::name).collect(Collectors.toList());
            try (ProgressLine progress = ProgressLine.start("restore " + site, "records")) {
                recovered = Optional.of(network.recover(
                        node,
                        new RecoverySource(
                                peers,
                                List.of(),
                                Optional.of(directory.keptIdentity(site)),
                                Optional.empty(),
                                List.of()),
                        progress));
            }
        }
        DemoDirectory.delete(directory.keptIdentity(site));
        return recovered;
    }
}
