package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.archipelago.federation.identity.SiteFingerprint;
import org.archipelago.node.cli.NetworkOperations.Proof;
import org.archipelago.node.cli.NetworkOperations.Provable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "prove",
        description = {
            "Writes files that prove that records are in a site's log; anybody can check them with the site's fingerprint.",
            "With --check, checks such files, on any machine: no node and no data is needed.",
            "Exit codes of --check: 0 proven, 1 not, 3 proven if the fingerprint that is shown is the site's (without --fingerprint)."
        })
final class ProveCommand implements Callable<Integer> {
    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @ArgGroup(multiplicity = "1")
    What what = new What();

    /** One of them. */
    static final class What {
        @Option(names = "--study", paramLabel = "UID", description = "Every record of this study; --to is a directory")
        @Nullable
        String study;

        @Option(names = "--record", paramLabel = "ID", description = "The record with this id")
        @Nullable
        String record;

        @Option(names = "--position", paramLabel = "N", description = "The site's own record at this place, from 0")
        @Nullable
        Long position;

        @Option(
                names = "--check",
                paramLabel = "FILE",
                arity = "1..*",
                description = "Proof files, or directories of them")
        @Nullable
        List<Path> check;
    }

    @Option(
            names = "--to",
            paramLabel = "PATH",
            description = "A file that does not exist; with --study a directory that is empty or does not exist")
    Optional<Path> to = Optional.empty();

    @Option(
            names = "--fingerprint",
            paramLabel = "HEX",
            description = "With --check: of the site, as its people say; 'status' and 'site init' show it there")
    Optional<String> fingerprint = Optional.empty();

    @Option(names = "--json", description = "Writes JSON")
    boolean json;

    ProveCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (what.check != null) {
            return new ProofCheck(terminal, fingerprint.map(SiteFingerprint::parse), json).run(what.check);
        }
        if (fingerprint.isPresent()) {
            throw new CommandFailure("--fingerprint is for --check.", 2);
        }
        NodeAddress node = site.address(seams);
        return what.study != null ? study(node, what.study) : one(node);
    }

    private int one(NodeAddress node) throws IOException {
        Provable wanted = what.record != null
                ? new Provable.Record(what.record)
                : new Provable.Position(what.position == null ? -1 : what.position);
        Proof proof = prove(node, wanted).getFirst();
        Path file = to.orElse(Path.of(fileName(node, proof)));
        write(file, proof);
        said(List.of(file));
        return 0;
    }

    private int study(NodeAddress node, String uid) throws IOException {
        Path directory = to.orElse(Path.of("proofs"));
        EmptyDirectory.require(directory);
        List<Proof> proofs = prove(node, new Provable.Study(uid));
        Files.createDirectories(directory);
        List<Path> written = new ArrayList<>();
        for (Proof proof : proofs) {
            Path file = directory.resolve(fileName(node, proof));
            write(file, proof);
            written.add(file);
        }
        said(written);
        return 0;
    }

    private List<Proof> prove(NodeAddress node, Provable wanted) {
        try (ProgressLine progress = ProgressLine.start("prove", "records")) {
            return seams.network().prove(node, wanted, progress);
        }
    }

    private static String fileName(NodeAddress node, Proof proof) {
        return node.site() + "-" + proof.position() + ProofCheck.FILE_ENDING;
    }

    private static void write(Path file, Proof proof) throws IOException {
        Files.write(file, proof.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private void said(List<Path> files) {
        if (json) {
            terminal.json(files.stream().map(Path::toString).toList());
        } else {
            files.forEach(file -> terminal.line(file.toString()));
        }
    }
}
