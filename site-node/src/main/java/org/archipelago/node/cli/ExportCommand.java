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
        description = {
            "Writes studies as DICOM files, with the corrections in force; the node may go on running.",
            "Run it again to go on where it was interrupted: what is there is read, and replaced where it is not current."
        })
final class ExportCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(
            paramLabel = "TARGET",
            description = "A directory that is empty, does not exist, or holds an earlier export of this site")
    Path target = Path.of("export");

    @Option(names = "--study", paramLabel = "UID", description = "Only this study; may be repeated")
    List<String> studies = new ArrayList<>();

    @Option(
            names = "--versions",
            description = {
                "Also every kept version that is not current (another encoding, what was superseded, what is in conflict),",
                "beside the current one; and without --study the quarantined objects, in a directory of their own"
            })
    boolean versions;

    @Option(names = "--json", description = "Writes JSON")
    boolean json;

    ExportCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        SiteOperations.ExportResult result;
        try (ProgressLine progress = ProgressLine.start("export", "objects")) {
            result = seams.operations()
                    .export(node, new SiteOperations.ExportRequest(target, List.copyOf(studies), versions), progress);
        }
        if (json) {
            terminal.json(result);
        } else {
            terminal.line(result.written() + " objects written to " + target
                    + (result.replaced() > 0 ? ", " + result.replaced() + " replaced" : "")
                    + (result.skipped() > 0 ? ", " + result.skipped() + " were there already" : "") + ", "
                    + result.failed() + " failed"
                    + (result.erased() > 0 ? "; " + result.erased() + " studies were erased" : "")
                    + leftOut(result));
            result.failures().forEach((what, why) -> terminal.line("  " + what + ": " + why));
        }
        return result.failed() == 0 ? 0 : 1;
    }

    private static String leftOut(SiteOperations.ExportResult result) {
        if (result.versionsLeftOut() + result.quarantinedLeftOut() == 0) {
            return "";
        }
        return "; left out: " + result.versionsLeftOut() + " versions that are not current and "
                + result.quarantinedLeftOut() + " quarantined objects (--versions writes them, too)";
    }
}
