package org.archipelago.node.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The node of a demo's site, in a process of its own. It minds no Ctrl-C at the demo's terminal: whoever runs the demo ends it. What
 * it logs goes to {@code node.log} beside its configuration.
 */
final class SiteProcess {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final DemoSite site;
    private final Path log;
    private final Process process;

    private SiteProcess(DemoSite site, Path log, Process process) {
        this.site = site;
        this.log = log;
        this.process = process;
    }

    /**
     * Returns at once.
     *
     * @param command runs a node until it is told to end, and says a line when it takes objects and answers requests
     */
    static SiteProcess launch(DemoSite site, List<String> command, Path configuration) {
        Path log = configuration.resolveSibling("node.log");
        List<String> apart = new ArrayList<>(List.of("setsid"));
        apart.addAll(command);
        try {
            return new SiteProcess(
                    site,
                    log,
                    new ProcessBuilder(apart).redirectError(log.toFile()).start());
        } catch (IOException e) {
            throw new CommandFailure("The node of " + site + " cannot be run: " + e.getMessage());
        }
    }

    long pid() {
        return process.pid();
    }

    /** @throws CommandFailure it ended before it was ready, with the last that it said */
    void awaitReady() {
        try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
            if (out.readLine() != null) {
                return;
            }
        } catch (IOException e) {
            // Its end is what counts.
        }
        throw new CommandFailure("The node of " + site + " did not start" + lastWords() + "; its log is " + log + ".");
    }

    private String lastWords() {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.startsWith("start: "))
                    .reduce((_, last) -> last)
                    .map(line -> " (" + line.substring("start: ".length()).replaceAll("[.]$", "") + ")")
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    /** Its exit code, once it has ended. */
    Optional<Integer> exitCode() {
        return process.isAlive() ? Optional.empty() : Optional.of(process.exitValue());
    }

    /** Begins to end it, in order. */
    void end() {
        process.destroy();
    }

    /** Returns when it has ended, after {@link #end}; makes it where it does not end by itself. */
    void awaitEnd() throws InterruptedException {
        end(process.toHandle());
    }

    /** Ends the node that a demo that was killed has left behind, if there is one. The pid alone could be another program's by now. */
    static void endLeft(long pid, Path configuration) throws InterruptedException {
        Optional<ProcessHandle> left =
                ProcessHandle.of(pid).filter(process -> arguments(pid).contains(configuration.toString()));
        if (left.isPresent()) {
            left.get().destroy();
            end(left.get());
        }
    }

    private static List<String> arguments(long pid) {
        try {
            byte[] all = Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline"));
            return List.of(new String(all, StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }

    private static void end(ProcessHandle process) throws InterruptedException {
        try {
            process.onExit().get(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            process.onExit().join();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
