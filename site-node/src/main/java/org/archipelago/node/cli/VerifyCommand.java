package org.archipelago.node.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "verify",
        description = "Reads and checks every record, key and blob; exits 1 if any is damaged or missing.")
final class VerifyCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Option(names = "--json", description = "Writes JSON")
    boolean json;

    VerifyCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        NodeAddress node = site.address(seams);
        SiteOperations.Verification result;
        try (ProgressLine progress = ProgressLine.start("verify", "items")) {
            result = seams.operations().verify(node, progress);
        }
        if (json) {
            terminal.json(result);
        } else {
            terminal.line(
                    "%d records (%d of them erased), %d keys and %d blobs (%d of them of no record) were read; %d are damaged or missing"
                            .formatted(
                                    result.records(),
                                    result.erased(),
                                    result.keys(),
                                    result.blobs(),
                                    result.unnamedBlobs(),
                                    result.defects().size()));
            if (result.blobsComingBack() > 0) {
                terminal.line(result.blobsComingBack() + " more blobs are not back from the site's peers yet.");
            }
            result.defects().forEach(defect -> terminal.line("  " + defect));
        }
        return result.defects().isEmpty() ? 0 : 1;
    }
}
