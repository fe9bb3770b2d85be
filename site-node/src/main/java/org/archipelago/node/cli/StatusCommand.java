package org.archipelago.node.cli;

import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "status",
        description = "Says how a site is: positions, records not yet searchable, dead letters, space.")
final class StatusCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Option(names = "--json", description = "Writes JSON")
    boolean json;

    StatusCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Map<String, Object> facts = seams.operations().status(site.address(seams));
        if (json) {
            terminal.json(facts);
        } else {
            terminal.facts(facts);
        }
        return 0;
    }
}
