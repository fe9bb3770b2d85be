package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "backup",
        description = "Copies one site's log and blobs, and its keys apart from them, to an empty directory.")
final class BackupCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(paramLabel = "TARGET", description = "A directory that is empty or does not exist")
    Path target = Path.of("backup");

    BackupCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        EmptyDirectory.require(target);
        try (ProgressLine progress = ProgressLine.start("backup", "items")) {
            seams.operations().backup(node, target, progress);
        }
        terminal.line("Backup written to " + target + "; keep the keys in it apart from the rest.");
        return 0;
    }
}
