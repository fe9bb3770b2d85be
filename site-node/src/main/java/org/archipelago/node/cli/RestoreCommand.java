package org.archipelago.node.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = "Fills the empty data directory of a site from a backup; its log continues as a new incarnation.")
final class RestoreCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(paramLabel = "BACKUP", description = "A directory that 'backup' wrote")
    Path backup = Path.of("backup");

    @Option(names = "--keys", paramLabel = "DIR", description = "The directory to which 'backup' wrote the keys")
    Optional<Path> keys = Optional.empty();

    RestoreCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        if (!Files.isDirectory(backup)) {
            throw new CommandFailure("There is no backup directory " + backup + ".");
        }
        Path keysSource = keys.orElseThrow(
                () -> new CommandFailure("Name the directory that holds the backup's keys: --keys DIR."));
        try (ProgressLine progress = ProgressLine.start("restore", "items")) {
            seams.operations().restore(backup, keysSource, node, progress);
        }
        terminal.line("Restored to " + node.data() + "; run 'verify', then 'start'.");
        return 0;
    }
}
