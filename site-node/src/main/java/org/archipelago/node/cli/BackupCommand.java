package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "backup",
        description = "Copies one site's log and blobs to one empty directory, and its keys to another.")
final class BackupCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(paramLabel = "TARGET", description = "A directory that is empty or does not exist")
    Path target = Path.of("backup");

    @Option(
            names = "--keys",
            paramLabel = "DIR",
            description = "An empty directory for the keys, kept apart from TARGET")
    Optional<Path> keys = Optional.empty();

    BackupCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        Path keysTarget =
                keys.orElseThrow(() -> new CommandFailure("Name a directory for the keys: --keys DIR. Kept with"
                        + " the rest they open everything, and bring back what is erased later."));
        EmptyDirectory.require(target);
        EmptyDirectory.require(keysTarget);
        List<String> damage;
        try (ProgressLine progress = ProgressLine.start("backup", "items")) {
            damage = seams.operations().backup(node, target, keysTarget, progress);
        }
        terminal.line("Backup written to " + target + ", its keys to " + keysTarget + ": keep them apart, and let them"
                + " expire.");
        if (!damage.isEmpty()) {
            terminal.line("What was damaged was backed up as it is:");
            damage.forEach(line -> terminal.line("  " + line));
        }
        return damage.isEmpty() ? 0 : 1;
    }
}
