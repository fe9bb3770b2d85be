package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        description = "Writes studies as DICOM files, with the corrections in force, to an empty directory.")
final class ExportCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(paramLabel = "TARGET", description = "A directory that is empty or does not exist")
    Path target = Path.of("export");

    @Option(names = "--study", paramLabel = "UID", description = "Only this study; may be repeated")
    List<String> studies = new ArrayList<>();

    ExportCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        EmptyDirectory.require(target);
        long written;
        try (ProgressLine progress = ProgressLine.start("export", "objects")) {
            written = seams.operations()
                    .export(node, new SiteOperations.ExportRequest(target, List.copyOf(studies)), progress);
        }
        terminal.line(written + " objects written to " + target);
        return 0;
    }
}
