package org.archipelago.node.dicom;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Other people's DICOM programs, to compare with. */
public final class Programs {
    private static final long TIMEOUT_SECONDS = 120;

    private Programs() {}

    public record Result(int exit, String output) {}

    /** Skips the test when the program is not installed. */
    public static Path require(String program) {
        Path path = Path.of("/usr/bin", program);
        Assumptions.assumeTrue(Files.isExecutable(path), "NOT SHOWN: " + program + " is not installed");
        return path;
    }

    /** Runs a program with a file as its standard input; both output streams together. */
    public static Result run(Path input, List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("program", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(input.toFile())
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " did not end");
            }
            return new Result(process.exitValue(), Files.readString(output, java.nio.charset.StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    public static Result run(String... command) throws IOException, InterruptedException {
        return run(Path.of("/dev/null"), List.of(command));
    }
}
