package org.archipelago.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Pairs of files that pydicom compares element by element. */
final class ElementComparison {
    private final Path sent;
    private final Path returned;
    private int pairs;

    ElementComparison(Path directory) throws IOException {
        sent = Files.createDirectories(directory.resolve("sent"));
        returned = Files.createDirectories(directory.resolve("returned"));
    }

    void add(String file, byte[] before, byte[] after) throws IOException {
        pairs++;
        String name = file.replace('/', '|');
        Files.write(sent.resolve(name), before);
        Files.write(returned.resolve(name), after);
    }

    /** One line each; empty when all are equal. */
    List<String> differences() {
        Program.Ended ended = Program.of("/usr/bin/python3")
                .with(Checkout.resource("pydicom/compare.py").toString(), sent.toString(), returned.toString())
                .within(Duration.ofMinutes(3))
                .run();
        List<String> lines =
                ended.output().lines().filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty() || !lines.getLast().startsWith("compared " + pairs + " ")) {
            throw new AssertionError(ended.output());
        }
        return lines.subList(0, lines.size() - 1).stream()
                .map(line -> line.replace('|', '/'))
                .toList();
    }
}
