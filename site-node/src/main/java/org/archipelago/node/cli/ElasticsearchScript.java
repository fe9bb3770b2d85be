package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Elasticsearch for demo and tests, run by the script that comes with the project. */
final class ElasticsearchScript {
    private final Path script;
    private final Path data;
    private @Nullable Process atWork;
    private boolean ended;

    ElasticsearchScript(Path home, Path data) {
        this.script = home.resolve("infra/elasticsearch/elasticsearch");
        this.data = data;
    }

    /** What it says goes to this process's own output. @return its exit code */
    int run(String verb, String... options) throws InterruptedException {
        Process process;
        synchronized (this) {
            if (ended) {
                throw new CommandFailure("Interrupted.", CommandFailure.INTERRUPTED);
            }
            process = launch(command(verb, options));
            atWork = process;
        }
        int exitCode = process.waitFor();
        if (exitCode == CommandFailure.INTERRUPTED) {
            throw new CommandFailure("Interrupted.", CommandFailure.INTERRUPTED);
        }
        return exitCode;
    }

    private ProcessBuilder command(String verb, String... options) {
        if (!Files.isExecutable(script)) {
            throw new CommandFailure("There is no " + script + "; run this from the project's ./archipelago.");
        }
        List<String> command = new ArrayList<>(List.of(script.toString(), verb, "--data", data.toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    private Process launch(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new CommandFailure(script + " cannot be run: " + e.getMessage());
        }
    }

    /** Ends what is at work and starts nothing any more; on return no Elasticsearch runs on the directory. */
    void end() throws InterruptedException {
        Process left;
        synchronized (this) {
            ended = true;
            left = atWork;
        }
        if (left != null && left.isAlive()) {
            left.destroy();
            left.waitFor();
        }
        launch(command("stop", "--quiet")).waitFor();
    }
}
