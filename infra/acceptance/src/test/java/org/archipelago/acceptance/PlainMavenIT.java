package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maven without the launcher, on whatever JVM the machine runs it: Debian 12's is a 17. */
class PlainMavenIT {
    private static final Set<String> LEFT_OUT = Set.of("target", "node_modules", ".git");
    private static final int JAVA_25 = 69;

    @TempDir
    Path checkout;

    @Test
    void verify_compilesAndTestsWithTheJdkOfTheToolchain() throws IOException {
        copy(Checkout.file("."), checkout);

        Program.of("env", "-u", "JAVA_HOME", "mvn", "-B", "-q")
                .with(repository())
                .with("-pl", "command-side/keystore", "-am", "-Dtest=KeyIndexTest", "verify")
                .with("-Dsurefire.failIfNoSpecifiedTests=false")
                .in(checkout)
                .within(Duration.ofMinutes(5))
                .run()
                .succeeded();

        Path module = checkout.resolve("command-side/keystore/target");
        assertThat(classFileVersion(module.resolve("classes/org/archipelago/keystore/Key.class")))
                .isEqualTo(JAVA_25);
        assertThat(module.resolve("surefire-reports")).isNotEmptyDirectory();
    }

    private static String[] repository() {
        String used = System.getProperty("maven.repo.local");
        return used == null ? new String[0] : new String[] {"-Dmaven.repo.local=" + used};
    }

    private static int classFileVersion(Path file) throws IOException {
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            in.readInt();
            in.readUnsignedShort();
            return in.readUnsignedShort();
        }
    }

    /** Sources alone, so that nothing that was built here is used there. */
    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                return LEFT_OUT.contains(String.valueOf(directory.getFileName()))
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
