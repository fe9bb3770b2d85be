package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.function.Function;

/**
 * What the commands need of the rest of the program; the composition root provides it.
 *
 * @param home the checkout or installation, which holds {@code infra/}
 * @param addresses reads a configuration file; throws with one clear line if it is not valid
 */
public record Seams(
        Path home,
        Function<Path, NodeAddress> addresses,
        NodeLauncher launcher,
        NodeCommand command,
        ObjectSenders senders,
        SiteOperations operations,
        NetworkOperations network) {}
