package org.archipelago.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.archipelago.node.cli.ObjectSenders.Answer;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.cli.ObjectSenders.UnreachableException;
import org.archipelago.node.cli.transfer.FileHeader;
import org.archipelago.node.cli.transfer.ImportJournal;
import org.archipelago.node.cli.transfer.ImportSources;
import org.archipelago.node.cli.transfer.SourceFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = {
            "Sends files, folders, ZIP archives and what a DICOMDIR names to a running node.",
            "Run it again to go on where it was interrupted."
        })
final class ImportCommand implements Callable<Integer> {
    private static final int MAX_ATTEMPTS = 3;

    /** Of an LO (PS3.5 §6.2). */
    private static final int MAX_ISSUER_CHARS = 64;

    private final Seams seams;
    private final Terminal terminal;

    @Mixin
    SiteOptions site = new SiteOptions();

    @Parameters(paramLabel = "PATH", arity = "1..*", description = "What to import")
    List<Path> paths = new ArrayList<>();

    @Option(
            names = "--issuer",
            paramLabel = "NAME",
            description = "Issuer of Patient IDs that name none (default: ${DEFAULT-VALUE}, so that they are not taken"
                    + " for this site's own)",
            defaultValue = "IMPORTED")
    String issuer = "IMPORTED";

    @Option(names = "--journal", paramLabel = "FILE", description = "Where to keep how far it came")
    @Nullable
    Path journal;

    @Option(
            names = "--max-zip-bytes",
            paramLabel = "N",
            description = "What one ZIP may expand to (default: ${DEFAULT-VALUE})",
            defaultValue = "1099511627776")
    long maxZipBytes = ImportSources.Limits.DEFAULT.maxArchiveBytes();

    @Option(names = "--json", description = "Writes JSON")
    boolean json;

    private final Map<String, String> refused = new LinkedHashMap<>();
    private int sent;
    private int alreadyDone;
    private int sentBefore;

    ImportCommand(Seams seams, Terminal terminal) {
        this.seams = seams;
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (issuer.isBlank() || issuer.length() > MAX_ISSUER_CHARS) {
            throw new CommandFailure("--issuer takes 1 to " + MAX_ISSUER_CHARS + " characters.", 2);
        }
        NodeAddress node = site.address(seams);
        // What was taken by another archive, or before this one was restored, is not in this one.
        SiteOperations.RunningSite archive = seams.operations().running(node);
        ImportSources.Limits limits = new ImportSources.Limits(ImportSources.Limits.DEFAULT.maxFiles(), maxZipBytes);
        try (ImportSources sources = new ImportSources(limits);
                ImportJournal progressSoFar =
                        new ImportJournal(journalFile(node), archive.siteId() + " " + archive.incarnation(), issuer);
                ProgressLine progress = ProgressLine.start("import", "files")) {
            find(sources);
            progress.total(sources.files().size());
            sendAll(node, sources.files(), progressSoFar, progress);
        }
        report();
        return refused.isEmpty() ? 0 : 1;
    }

    private void find(ImportSources sources) {
        try {
            paths.forEach(sources::add);
        } catch (ImportSources.TooManyFilesException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
        refused.putAll(sources.unusable());
    }

    private void sendAll(NodeAddress node, List<SourceFile> files, ImportJournal done, Progress progress)
            throws IOException {
        int unreachable = 0;
        int brokenOnThisFile = 0;
        int next = 0;
        while (next < files.size()) {
            try (ObjectSenders.ObjectSender sender = seams.senders().open(node, Optional.of(issuer))) {
                unreachable = 0;
                while (next < files.size()) {
                    send(sender, files.get(next), done);
                    brokenOnThisFile = 0;
                    next++;
                    progress.advance(1);
                }
            } catch (ConversationBrokenException e) {
                if (++brokenOnThisFile == MAX_ATTEMPTS) {
                    refused.put(files.get(next).name(), "the node ended the association: " + e.getMessage());
                    brokenOnThisFile = 0;
                    next++;
                    progress.advance(1);
                }
            } catch (UnreachableException e) {
                if (++unreachable == MAX_ATTEMPTS) {
                    throw new CommandFailure("The node of site " + node.site() + " does not answer (" + e.getMessage()
                            + "); " + sent + " objects were taken. Run the same command again to go on.");
                }
            }
        }
    }

    private void send(ObjectSenders.ObjectSender sender, SourceFile file, ImportJournal done)
            throws ConversationBrokenException, IOException {
        if (done.isDone(file)) {
            alreadyDone++;
            return;
        }
        FileHeader header;
        try (InputStream in = file.open()) {
            header = FileHeader.read(in);
        } catch (FileHeader.NotDicomException | IOException e) {
            refused.put(file.name(), String.valueOf(e.getMessage()));
            return;
        }
        if (header.sopClassUid().equals(FileHeader.DIRECTORY)) {
            return;
        }
        Answer answer;
        try {
            answer = sender.send(outgoing(file, header));
        } catch (IOException e) {
            throw new ConversationBrokenException(e);
        }
        if (answer.taken()) {
            sent++;
            sentBefore += done.wasTaken(file) ? 1 : 0;
            done.done(file);
        } else {
            refused.put(file.name(), answer.text());
        }
    }

    private static OutgoingFile outgoing(SourceFile file, FileHeader header) {
        return new OutgoingFile(
                header.sopClassUid(),
                header.sopInstanceUid(),
                header.transferSyntaxUid(),
                file.lengthBytes() - header.datasetAt(),
                () -> {
                    InputStream in = file.open();
                    in.skipNBytes(header.datasetAt());
                    return in;
                });
    }

    private void report() {
        if (json) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("sent", sent);
            result.put("alreadyImported", alreadyDone);
            result.put("sentAgain", sentBefore);
            result.put("refused", refused);
            terminal.json(result);
            return;
        }
        terminal.line(sent + " objects taken" + (alreadyDone > 0 ? ", " + alreadyDone + " were already" : "") + ", "
                + refused.size() + " refused");
        if (sent > sentBefore) {
            terminal.line("Patient IDs that name no issuer are " + issuer
                    + "'s in objects that are new here: search for them with Issuer of Patient ID " + issuer
                    + " (--issuer gives another)");
        }
        if (sentBefore + alreadyDone > 0) {
            terminal.line((sentBefore + alreadyDone) + " objects were here already"
                    + (sentBefore > 0 ? ", " + sentBefore + " of them sent again under " + issuer : "")
                    + ": they keep the identity under which they were first taken");
        }
        refused.forEach((name, why) -> terminal.line("  " + name + ": " + why));
    }

    private Path journalFile(NodeAddress node) {
        if (journal != null) {
            return journal;
        }
        StringBuilder what = new StringBuilder(node.configuration().toString());
        paths.forEach(path -> what.append('\n').append(path.toAbsolutePath().normalize()));
        return Path.of(
                ".archipelago",
                "import-" + ImportJournal.digest(what.toString()).substring(0, 16) + ".journal");
    }

    /** The sender's conversation is over; a new one is needed. */
    private static final class ConversationBrokenException extends Exception {
        private static final long serialVersionUID = 1L;

        ConversationBrokenException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }
}
