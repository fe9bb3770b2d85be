package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.List;

/** What runs a node in a process of its own until it is told to end, and says a line when it takes objects and answers requests. */
public interface NodeCommand {
    /** @param nodes how many are to share this machine */
    List<String> of(Path configuration, int nodes);
}
