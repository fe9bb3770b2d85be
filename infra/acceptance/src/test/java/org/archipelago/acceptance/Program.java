package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A real program, run to its end or left running; its output is kept and shown when something fails. */
final class Program {
    private final List<String> command = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path directory = Path.of(System.getProperty("java.io.tmpdir"));
    private Duration limit = Duration.ofSeconds(60);

    private Program(List<String> command) {
        this.command.addAll(command);
    }

    static Program of(String... command) {
        return new Program(List.of(command));
    }

    Program with(String... arguments) {
        command.addAll(List.of(arguments));
        return this;
    }

    Program with(List<String> arguments) {
        command.addAll(arguments);
        return this;
    }

    Program in(Path workingDirectory) {
        directory = workingDirectory;
        return this;
    }

    Program environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    Program within(Duration longest) {
        limit = longest;
        return this;
    }

    /** Runs to the end. A program that takes longer than its limit is killed and fails the test. */
    Ended run() {
        try {
            Path output = Files.createTempFile("archipelago-program", ".log");
            try {
                Process process = builder(output).start();
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    killTree(process);
                    throw new AssertionError(command + " ran longer than " + limit + "\n" + text(output));
                }
                return new Ended(String.join(" ", command), process.exitValue(), text(output));
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted: " + command, e);
        }
    }

    /** Leaves it running, with its output appended to the file. */
    Process start(Path output) throws IOException {
        return builder(output).start();
    }

    /** Ends a program and everything that it started. */
    static void killTree(Process process) {
        List<ProcessHandle> family = new ArrayList<>(process.descendants().toList());
        family.add(process.toHandle());
        family.forEach(ProcessHandle::destroyForcibly);
        family.forEach(member -> member.onExit().join());
    }

    static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private ProcessBuilder builder(Path output) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        return builder;
    }

    /** How it ended and all that it said. */
    record Ended(String command, int status, String output) {
        /** Fails the test unless the program succeeded. */
        Ended succeeded() {
            if (status != 0) {
                throw new AssertionError(command + " ended with " + status + "\n" + output);
            }
            return this;
        }
    }
}
