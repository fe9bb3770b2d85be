package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Elasticsearch for demo and tests, run by the script that comes with the project. */
final class ElasticsearchScript {
    private final Path script;
    private final Path data;

    ElasticsearchScript(Path home, Path data) {
        this.script = home.resolve("infra/elasticsearch/elasticsearch");
        this.data = data;
    }

    /** What it says goes to this process's own output. @return its exit code */
    int run(String verb, String... options) throws InterruptedException {
        if (!Files.isExecutable(script)) {
            throw new CommandFailure("There is no " + script + "; run this from the project's ./archipelago.");
        }
        List<String> command = new ArrayList<>(List.of(script.toString(), verb, "--data", data.toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        try {
            return builder.start().waitFor();
        } catch (IOException e) {
            throw new CommandFailure(script + " cannot be run: " + e.getMessage());
        }
    }
}
