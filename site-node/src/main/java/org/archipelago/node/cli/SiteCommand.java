package org.archipelago.node.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "site", synopsisSubcommandLabel = "COMMAND", description = "Who a site is to other sites.")
final class SiteCommand implements Runnable {
    private final Seams seams;
    private final Terminal terminal;

    SiteCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public void run() {
        throw new CommandFailure("Say what to do: init.", 2);
    }

    @Command(
            description = {
                "Makes a site's id and keys, or shows those that are there.",
                "A node makes them by itself at its first start; this is for who must know them before."
            })
    int init(@Mixin SiteOptions site, @Option(names = "--json", description = "Writes JSON") boolean json) {
        NetworkOperations.SiteFacts facts = seams.network().initialise(site.address(seams));
        if (json) {
            terminal.json(facts);
            return 0;
        }
        Map<String, Object> lines = new LinkedHashMap<>();
        lines.put("site", facts.label());
        lines.put("site id", facts.siteId());
        lines.put("fingerprint", facts.fingerprint());
        terminal.facts(lines);
        terminal.line(
                facts.made()
                        ? "Its keys were made. Keep a copy of the directory 'identity' apart from other backups: whoever has it"
                                + " can speak as this site, and it cannot be made again."
                        : "Its keys were there already; nothing was changed.");
        return 0;
    }
}
