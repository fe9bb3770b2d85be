package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs of infra/bench and infra/faults, as their harness compiles them: with the packaged node and nothing of the tests'. */
class MeasurementsIT {
    private static final Pattern RUN = Pattern.compile("run_measurement (\\w+)");

    @TempDir
    Path classes;

    @Test
    void programs_compileWithThePackagedNodeAlone() throws IOException {
        Path sources = Checkout.file("infra/acceptance/src/test/java");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-proc:none",
                "-nowarn",
                "-implicit:class",
                "-d",
                classes.toString(),
                "-cp",
                classPath(),
                "-sourcepath",
                sources + File.pathSeparator + Checkout.file("infra/testing/src/main/java")));
        List<String> programs = programs();
        assertThat(programs).hasSizeGreaterThan(10);
        programs.forEach(program -> command.add(sources.resolve("org/archipelago/acceptance/" + program + ".java")
                .toString()));
        Program.of(command.toArray(String[]::new)).run().succeeded();
    }

    private static List<String> programs() throws IOException {
        TreeSet<String> found = new TreeSet<>();
        for (String folder : List.of("infra/bench", "infra/faults")) {
            try (Stream<Path> scripts = Files.list(Checkout.file(folder))) {
                for (Path script : scripts.filter(Files::isRegularFile).toList()) {
                    Matcher runs = RUN.matcher(Files.readString(script));
                    while (runs.find()) {
                        found.add(runs.group(1));
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    /** PostgreSQL's driver and its pool are brought by the bench that needs them. */
    private static String classPath() {
        Path node = Path.of(System.getProperty("archipelago.node.jar"));
        List<String> path =
                new ArrayList<>(List.of(node.toString(), node.resolveSibling("lib") + File.separator + "*"));
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.contains("postgresql") || jar.contains("HikariCP"))
                .forEach(path::add);
        return String.join(File.pathSeparator, path);
    }
}
