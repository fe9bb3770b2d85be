package org.archipelago.node.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.archipelago.node.cli.NetworkOperations.RecoveredSite;
import org.archipelago.node.cli.NetworkOperations.RecoverySource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = {
            "Fills the empty data directory of a site, from a backup or from its peers; its log continues as a new incarnation.",
            "From peers: with the site's identity at hand, 'restore --from PEER'. Interrupted, it goes on when it is run again."
        })
final class RestoreCommand implements Callable<Integer> {
    private static final int WRONG_USE = 2;
    private static final List<String> WHOLE = List.of("lost-records 0", "blobs-at-no-holder 0", "blobs-without-key 0");
    /** Not of accesses and of what was quarantined: nobody is ever given the keys of those. */
    private static final List<String> LOSSES =
            List.of("silent", "closed study", "closed patient", "closed held", "closed capacity", "closed grant");

    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(paramLabel = "BACKUP", arity = "0..1", description = "A directory that 'backup' wrote")
    Optional<Path> backup = Optional.empty();

    @Option(
            names = "--from",
            paramLabel = "PEER",
            description = "A peer's label, id, address or descriptor file, in place of a backup; may be repeated")
    List<String> peers = new ArrayList<>();

    @Option(
            names = "--fingerprint",
            paramLabel = "HEX",
            description = "Of a peer that is named by its descriptor file, as its people say")
    List<String> fingerprints = new ArrayList<>();

    @Option(
            names = "--identity",
            paramLabel = "DIR",
            description =
                    "With --from: a copy of the site's identity (default: it is in the data directory, or with the keys)")
    Optional<Path> identity = Optional.empty();

    @Option(
            names = "--log-only",
            description = "With --from: ends when the node can be started; that brings the blobs back by itself")
    boolean logOnly;

    @Option(
            names = "--without",
            paramLabel = "PEER",
            description =
                    "With --from: a member, by label, id or address, that is gone for good or gives what is not true:"
                            + " it is not asked, and the site signs without having heard it; may be repeated")
    List<String> without = new ArrayList<>();

    @Option(
            names = "--unfollowed",
            description =
                    "Of a site that is restored, or was restored, from a backup: no other site has its log (any more),"
                            + " so it signs without waiting for one to confirm it. Who has it all the same sees a fork, for good")
    boolean unfollowed;

    @Option(names = "--keys", paramLabel = "DIR", description = "The directory to which 'backup' wrote the keys")
    Optional<Path> keys = Optional.empty();

    RestoreCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        NodeAddress node = site.address(seams);
        if (unfollowed && peers.isEmpty() && backup.isEmpty()) {
            seams.network().goUnfollowed(node);
            terminal.line("Noted: nobody follows this site. Run 'start'.");
            return 0;
        }
        if (unfollowed && !peers.isEmpty()) {
            throw new CommandFailure("--unfollowed is of a site that was restored from a backup.", WRONG_USE);
        }
        if (backup.isPresent() == !peers.isEmpty()) {
            throw new CommandFailure("Name either a backup or, with --from, a peer.", WRONG_USE);
        }
        return backup.isPresent() ? fromBackup(node, backup.get()) : fromPeers(node);
    }

    private int fromBackup(NodeAddress node, Path source) {
        if (!Files.isDirectory(source)) {
            throw new CommandFailure("There is no backup directory " + source + ".");
        }
        Path keysSource = keys.orElseThrow(
                () -> new CommandFailure("Name the directory that holds the backup's keys: --keys DIR."));
        try (ProgressLine progress = ProgressLine.start("restore", "items")) {
            seams.operations().restore(source, keysSource, node, progress);
        }
        if (unfollowed) {
            seams.network().goUnfollowed(node);
        }
        terminal.line("Restored to " + node.data() + "; run 'verify', then 'start'.");
        return 0;
    }

    private int fromPeers(NodeAddress node) throws InterruptedException {
        if (!seams.network().isLogRecovered(node)) {
            logFromPeers(node);
        } else {
            if (!without.isEmpty()) {
                seams.network().goWithout(node, without);
            }
            if (keys.isPresent()) {
                terminal.line("Log and keys have come before; --keys is not read again.");
            }
        }
        if (logOnly) {
            terminal.line("Run 'start': the site is searchable at once, and its blobs come back meanwhile.");
            return 0;
        }
        boolean runs = Boolean.TRUE.equals(seams.operations().status(node).get("running"));
        if (runs) {
            return blobsFromPeers(node);
        }
        try (NodeLauncher.RunningNode started = seams.launcher().start(node.configuration())) {
            Runtime.getRuntime().addShutdownHook(new Thread(started::close, "stop-node"));
            terminal.line("Site " + node.site() + " runs: " + node.http() + "/");
            return blobsFromPeers(node);
        }
    }

    private int blobsFromPeers(NodeAddress node) throws InterruptedException {
        try (ProgressLine progress = ProgressLine.start("blobs", "blobs")) {
            new BlobsComingBack(seams.operations(), node, progress).await();
        }
        String report = seams.network()
                .recoveryReport(node)
                .orElseThrow(() -> new CommandFailure("There is no report of the recovery in " + node.data() + "."));
        terminal.line("What came back, signed by the site, is in "
                + node.data().resolve("recovery").resolve("report") + ":");
        report.lines().forEach(line -> terminal.line("  " + line));
        boolean isWhole = WHOLE.stream().allMatch(line -> report.contains("\n" + line + "\n"))
                && LOSSES.stream().noneMatch(begin -> report.contains("\n" + begin + " "));
        if (!isWhole) {
            terminal.line("Not everything came back.");
        }
        return isWhole ? 0 : 1;
    }

    private void logFromPeers(NodeAddress node) {
        RecoveredSite recovered;
        try (ProgressLine progress = ProgressLine.start("log", "records")) {
            recovered = seams.network()
                    .recover(node, new RecoverySource(peers, fingerprints, identity, keys, without), progress);
        }
        terminal.line(recovered.records() + " records came back to " + node.data() + ", up to the root "
                + recovered.root() + ".");
        if (recovered.seen() > recovered.records()) {
            terminal.line(
                    "Peers that answered know of " + (recovered.seen() - recovered.records())
                            + " more that nobody has: they are lost, and this site can sign nothing under its identity any more.");
        }
        recovered
                .silent()
                .forEach(member -> terminal.line("Member " + member
                        + " did not answer. It may know of more records of this site; nothing is signed until it has answered, or"
                        + " this is run again with --without " + member + " while the node is stopped."));
        recovered.keys().forEach((peer, classes) -> terminal.line("Keys from " + peer + ": " + classes));
        recovered
                .refused()
                .forEach((peer, number) -> terminal.line(
                        number + " keys from " + peer + " were refused: they are not those that the log names."));
        if (!recovered.closed().isEmpty()) {
            terminal.line("Records that nobody can open: " + recovered.closed());
        }
    }
}
