package org.archipelago.node.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "rebuild-index",
        description = "Builds the search index anew from the log beside live traffic, then switches to it.")
final class RebuildIndexCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    RebuildIndexCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        try (ProgressLine progress = ProgressLine.start("rebuild-index", "events")) {
            seams.operations().rebuildIndex(node, progress);
        }
        terminal.line("The index is rebuilt and in use.");
        return 0;
    }
}
