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

    /** Of the launcher's functions, in the checkout; the machine's own JDKs are of another version than the one that is wanted. */
    private Program function(String commands) {
        return Program.of(
                        "bash",
                        "-c",
                        "set -euo pipefail; ROOT=" + checkout
                                + "; for f in jdk node build; do . $ROOT/infra/launcher/$f.sh; done;"
                                + " JDK_WANTED=99; " + commands)
                .environment("HOME", home.resolve("user").toString())
                .environment("JAVA_HOME", home.resolve("jdk").toString());
    }

    private Path jdk99(String directory) throws IOException {
        Path jdk = home.resolve(directory);
        Files.createDirectories(jdk.resolve("bin"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"99.0.1\"\n");
        executable(jdk.resolve("bin/javac"), "");
        return jdk;
    }

    @Test
    void jdkOfTheVersionThatIsWanted_isFoundWhereverItIs() throws IOException {
        Program.Ended none = function("find_jdk").run();
        assertThat(none.status()).isEqualTo(3);
        assertThat(none.output())
                .contains("needs a JDK 99")
                .contains("To get one:")
                .contains("run the same command again");

        String onPath = jdk99("somewhere").toString();
        String find = "find_jdk; echo $JAVA_HOME";
        assertThat(function("PATH=" + onPath + "/bin:$PATH; " + find)
                        .run()
                        .succeeded()
                        .output())
                .isEqualToIgnoringNewLines(onPath);
        String ofTheUser = jdk99("user/.sdkman/candidates/java/99.0.1-tem").toString();
        assertThat(function(find).run().succeeded().output()).isEqualToIgnoringNewLines(ofTheUser);
        String named = jdk99("named").toString();
        assertThat(function(find)
                        .environment("JAVA_HOME", named)
                        .run()
                        .succeeded()
                        .output())
                .isEqualToIgnoringNewLines(named);
    }

    private Program build(String maven) throws IOException {
        Files.createDirectories(home.resolve("maven"));
        executable(home.resolve("maven/mvn"), maven);
        return function("PATH=" + home.resolve("maven")
                + ":$PATH; mkdir -p $BUILD_STATE; fetch_viewer() { :; }; rehearse() { :; };"
                + " build_node; node_is_built && echo built");
    }

    @Test
    void build_saysHowFarItIs() throws IOException {
        String said = build("echo '[INFO] Building Archipelago: contract 0.1.0-SNAPSHOT             [1/4]';"
                        + " echo '[INFO] Building Archipelago: site node 0.1.0-SNAPSHOT            [4/4]';"
                        + " touch " + jar)
                .run()
                .succeeded()
                .output();

        assertThat(said.lines().map(line -> line.replaceAll("\\d+ s$", "N s")))
                .containsExactly(
                        "building   0%  contract (1 of 4)  N s",
                        "building  75%  site node (4 of 4)  N s", "build ended after N s", "built");
    }

    @Test
    void buildThatFails_saysWhyAndIsNotTakenForDone() throws IOException {
        Program.Ended failed = build("echo '[ERROR] Study.java:[12,3] cannot find symbol'; exit 1")
                .run();

        assertThat(failed.status()).isEqualTo(4);
        assertThat(failed.output())
                .contains("The build failed; the whole log is in " + checkout.resolve("target/launcher/build.log"))
                .contains("[ERROR] Study.java:[12,3] cannot find symbol")
                .doesNotContain("built");
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
