package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.archipelago.eventstore.LogListener;
import org.archipelago.node.cli.NetworkOperations.SiteFacts;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.testing.LoopbackPorts;

/** Sites of tests, whose nodes do not run. */
final class Sites {
    private Sites() {}

    /** With a configuration file of the site's name beside its data. */
    static NodeAddress address(Path folder, String label) {
        Path file = folder.resolve(label + ".yaml");
        try {
            Files.writeString(
                    file,
                    "data: %1$s\nsite: { label: %1$s, defaultIssuer: OF-%1$s }\nblobs: { lowWaterMarkBytes: 1000000 }\n"
                            .formatted(label));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new NodeAddress(
                file,
                folder.resolve(label),
                label,
                URI.create("http://127.0.0.1:" + LoopbackPorts.free()),
                "127.0.0.1",
                LoopbackPorts.free(),
                "NORTH");
    }

    /** An archive without an object. */
    static void create(NodeAddress node) {
        Configuration configuration = ConfigurationFile.read(node.configuration());
        Archive.open(configuration, Clock.systemUTC(), Comparison.configured(configuration), LogListener.NONE, () -> {})
                .close();
    }

    static SiteFacts notMade(SiteFacts made) {
        return new SiteFacts(made.label(), made.siteId(), made.fingerprint(), false);
    }
}
