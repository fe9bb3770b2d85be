package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's scripts in a checkout of their own, with a JDK that only notes how it is called. */
class LauncherTest {
    @TempDir
    Path home;

    private Path checkout;
    private Path jar;

    @BeforeEach
    void makeCheckout() throws IOException {
        checkout = Files.createDirectories(home.resolve("checkout"));
        copy("archipelago");
        try (Stream<Path> scripts = Files.list(Checkout.file("infra/launcher"))) {
            for (Path script : scripts.filter(Files::isRegularFile).toList()) {
                copy("infra/launcher/" + script.getFileName());
            }
        }
        Files.writeString(checkout.resolve("pom.xml"), "");
        for (String module : List.of(".mvn", "command-side", "query-side", "federation", "site-node/target/lib")) {
            Files.createDirectories(checkout.resolve(module));
        }
        jar = Files.writeString(checkout.resolve("site-node/target/site-node-0.jar"), "");
        Files.createDirectories(home.resolve("jdk/bin"));
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        executable(home.resolve("jdk/bin/javac"), "");
        executable(
                home.resolve("jdk/bin/java"),
                "for a in \"$@\"; do case $a in -XX:AOT*) echo \"${a%%=*}\" >>\"" + home + "/calls\";;"
                        + " esac; case $a in -XX:AOTCacheOutput=*) echo cache >\"${a#*=}\";; esac; done\n"
                        + "echo run >>\"" + home + "/calls\"");
        Program.of(
                        "bash",
                        "-c",
                        "ROOT=" + checkout + "; . $ROOT/infra/launcher/build.sh; mkdir -p $BUILD_STATE;"
                                + " source_state >$BUILD_STATE/sources")
                .run()
                .succeeded();
    }

    private void copy(String file) throws IOException {
        Path target = checkout.resolve(file);
        Files.createDirectories(target.getParent());
        Files.copy(Checkout.file(file), target, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static void executable(Path script, String body) throws IOException {
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    /** What the JVM is asked for, and what is said. */
    private record Run(List<String> calls, String said) {}

    private Run status(String build) throws IOException {
        Path calls = home.resolve("calls");
        Files.deleteIfExists(calls);
        Program.Ended ended = Program.of(checkout.resolve("archipelago").toString(), "status")
                .environment("JAVA_HOME", home.resolve("jdk").toString())
                .environment("ARCHIPELAGO_BUILD", build)
                .run()
                .succeeded();
        return new Run(Files.readAllLines(calls), ended.output());
    }

    private void packageAgain() throws IOException {
        Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void jarsOfAnotherBuild_areRehearsedAgain() throws IOException {
        assertThat(status("").calls()).containsExactly("-XX:AOTCacheOutput", "run", "-XX:AOTCache", "run");
        assertThat(status("").calls()).containsExactly("-XX:AOTCache", "run");

        packageAgain();

        assertThat(status("").calls()).containsExactly("-XX:AOTCacheOutput", "run", "-XX:AOTCache", "run");
    }

    @Test
    void withoutABuild_itIsSaidThatTheQuickStartIsOff() throws IOException {
        assertThat(status("").said()).contains("preparing a quick start");
        assertThat(status("never")).isEqualTo(new Run(List.of("-XX:AOTCache", "run"), ""));

        packageAgain();

        Run run = status("never");
        assertThat(run.calls()).containsExactly("run");
        assertThat(run.said())
                .contains("The quick start is not prepared for what was built last")
                .contains("./archipelago build");
    }
}
