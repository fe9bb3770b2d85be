package org.archipelago.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.configuration.ConfigurationException;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of ./archipelago. Every failure is one clear line on standard error and an exit code above zero. */
public final class CommandLineProgram {
    private final CommandLine commands;

    public CommandLineProgram(Seams seams, PrintWriter out, PrintWriter err) {
        Terminal terminal = new Terminal(out);
        commands = new CommandLine(new Root())
                .addSubcommand(new DemoCommand(seams, terminal))
                .addSubcommand(new StartCommand(seams, terminal))
                .addSubcommand(new StatusCommand(seams, terminal))
                .addSubcommand(new ImportCommand(seams, terminal))
                .addSubcommand(new ExportCommand(seams, terminal))
                .addSubcommand(new BackupCommand(seams, terminal))
                .addSubcommand(new RestoreCommand(seams, terminal))
                .addSubcommand(new VerifyCommand(seams, terminal))
                .addSubcommand(new RebuildIndexCommand(seams, terminal))
                .addSubcommand(new ConflictsCommand(seams, terminal))
                .addSubcommand(new ProveCommand(seams, terminal))
                .addSubcommand(new SiteCommand(seams, terminal))
                .addSubcommand(new PeerCommand(seams, terminal))
                .addSubcommand(new DeadLettersCommand(seams, terminal))
                .addSubcommand(new ElasticsearchCommand(seams))
                .addSubcommand(new RehearseCommand(seams, terminal))
                .addSubcommand(new CommandLine.HelpCommand())
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler(CommandLineProgram::failed);
    }

    /** @return the exit code: 0 good, 1 failed, 2 wrong use */
    public int run(String... arguments) {
        if (arguments.length == 0) {
            commands.usage(commands.getOut());
            return 0;
        }
        return commands.execute(arguments);
    }

    private static int failed(Exception failure, CommandLine command, CommandLine.ParseResult parsed) throws Exception {
        return switch (failure) {
            case CommandFailure told -> told(command, String.valueOf(told.getMessage()), told.exitCode());
            case ArchiveException refused ->
                told(command, refused.getMessage() + " " + refused.error().advice(), 1);
            case ConfigurationException wrong -> told(command, String.valueOf(wrong.getMessage()), 1);
            case UncheckedIOException broken -> told(command, reason(Objects.requireNonNull(broken.getCause())), 1);
            case IOException broken -> told(command, reason(broken), 1);
            case InterruptedException _ -> told(command, "Interrupted.", CommandFailure.INTERRUPTED);
            default -> throw failure;
        };
    }

    /** The messages of these exceptions are no more than the path. */
    private static String reason(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return switch (failure) {
            case NoSuchFileException _ -> "There is no " + message + ".";
            case AccessDeniedException _ -> "Access to " + message + " is denied.";
            case FileAlreadyExistsException _ -> message + " exists already.";
            case DirectoryNotEmptyException _ -> message + " is not empty.";
            default -> "Reading or writing failed: " + message;
        };
    }

    private static int told(CommandLine command, String line, int exitCode) {
        command.getErr().println(command.getCommandName() + ": " + line);
        command.getErr().flush();
        return exitCode;
    }

    @Command(
            name = "./archipelago",
            synopsisSubcommandLabel = "COMMAND",
            description = "An archive for medical images that never forgets what it acknowledged.",
            footer = {
                "",
                "  test      Runs every test; test --quick only the fast ones",
                "",
                "'./archipelago help COMMAND' explains one command."
            })
    private static final class Root implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("a command is always given");
        }
    }
}
