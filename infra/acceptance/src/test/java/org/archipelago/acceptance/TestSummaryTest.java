package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The summary decides whether a whole run counts as good, so it is tested like the rest. */
class TestSummaryTest {
    private static final String PASSED = "<testcase classname='a.FirstTest' name='one' time='0.1'/>";
    private static final String FAILED =
            "<testcase classname='a.FirstTest' name='two'><failure message='expected 1'>trace</failure></testcase>";
    private static final String NOT_SHOWN = "<testcase classname='a.FirstTest' name='three'><skipped message="
            + "'org.opentest4j.TestAbortedException: Assumption failed: NOT SHOWN: no real data'/></testcase>";

    @TempDir
    static Path compiled;

    @TempDir
    Path checkout;

    /** Once, and not for each run as when its source is named to {@code java}. */
    @BeforeAll
    static void compile() {
        Path source = Checkout.file("infra/launcher/TestSummary.java");
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", compiled.toString(), source.toString()))
                .isZero();
    }

    @BeforeEach
    void oneTestClass() throws IOException {
        write("module/src/test/java/a/FirstTest.java", "class FirstTest {}");
        write("maven.log", "[INFO] BUILD SUCCESS\n");
    }

    @Test
    void allPassed_succeedsWithClosingLine() throws Exception {
        report(PASSED);
        Ended ended = summary("--data-present");
        assertThat(ended.lines()).last().isEqualTo("1 passed, 0 failed, 0 skipped");
        assertThat(ended.status()).isZero();
    }

    @Test
    void failedTest_failsAndIsNamed() throws Exception {
        report(PASSED + FAILED);
        Ended ended = summary();
        assertThat(ended.lines()).last().isEqualTo("1 passed, 1 failed, 0 skipped");
        assertThat(ended.lines()).contains("  a.FirstTest.two: expected 1");
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void notShownWithoutData_isListedAndSucceeds() throws Exception {
        report(PASSED + NOT_SHOWN);
        Ended ended = summary();
        assertThat(ended.lines()).last().isEqualTo("1 passed, 0 failed, 1 skipped");
        assertThat(ended.lines()).contains("  a.FirstTest.three: no real data");
        assertThat(ended.status()).isZero();
    }

    @Test
    void notShownWithData_fails() throws Exception {
        report(PASSED + NOT_SHOWN);
        assertThat(summary("--data-present").status()).isEqualTo(1);
    }

    @Test
    void classWithoutReport_fails() throws Exception {
        report(PASSED);
        write("module/src/test/java/a/CrashedTest.java", "class CrashedTest {}");
        Ended ended = summary();
        assertThat(ended.lines()).contains("  a.CrashedTest has no report: it did not run");
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void switchedOffTest_fails() throws Exception {
        report(PASSED + "<testcase classname='a.FirstTest' name='four'><skipped message='later'/></testcase>");
        Ended ended = summary();
        assertThat(ended.lines())
                .contains("  skipped, and not for want of real data: a.FirstTest.four: later")
                .last()
                .isEqualTo("1 passed, 0 failed, 1 skipped");
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void abstractClassOnlyInAComment_doesNotExcuseAMissingReport() throws Exception {
        report(PASSED);
        write("module/src/test/java/a/CrashedTest.java", "/** Not an abstract class. */\nclass CrashedTest {}");
        write("module/src/test/java/a/BaseTest.java", "/** Shared. */\npublic abstract class BaseTest {}");
        Ended ended = summary();
        assertThat(ended.lines())
                .contains("  a.CrashedTest has no report: it did not run")
                .noneMatch(line -> line.contains("BaseTest"));
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void runBeyondTheLimit_fails() throws Exception {
        report(PASSED);
        Ended ended = summary("--elapsed", "3601");
        assertThat(ended.lines()).contains("  the run took 3601 s; at most 3600 s are allowed");
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void runBeyondTheGoal_isShownAndSucceeds() throws Exception {
        report(PASSED);
        Ended ended = summary("--elapsed", "1741");
        assertThat(ended.lines()).contains("TOO LONG: it is meant to stay below 1740 s");
        assertThat(ended.status()).isZero();
    }

    @Test
    void suiteOverItsBudget_isShownAndSucceeds() throws Exception {
        report(PASSED, "40");
        write("budgets.tsv", "# suite\tseconds\nmodule\t30\n");
        Ended ended = summary("--budgets", checkout.resolve("budgets.tsv").toString());
        assertThat(ended.lines()).anyMatch(line -> line.startsWith("module ") && line.endsWith("OVER BUDGET"));
        assertThat(ended.status()).isZero();
    }

    @Test
    void suiteWithoutBudget_fails() throws Exception {
        report(PASSED);
        write("budgets.tsv", "# suite\tseconds\nother\t30\n");
        Ended ended = summary("--budgets", checkout.resolve("budgets.tsv").toString());
        assertThat(ended.lines()).anyMatch(line -> line.contains("suite 'module' has no budget"));
        assertThat(ended.status()).isEqualTo(1);
    }

    @Test
    void mavenError_fails() throws Exception {
        report(PASSED);
        write("maven.log", "[ERROR] The forked VM terminated without saying goodbye\n");
        assertThat(summary().status()).isEqualTo(1);
    }

    @Test
    void mavenStatus_fails() throws Exception {
        report(PASSED);
        assertThat(summary("--maven-status", "1").status()).isEqualTo(1);
    }

    @Test
    void nothingRan_fails() throws Exception {
        Files.delete(checkout.resolve("module/src/test/java/a/FirstTest.java"));
        Ended ended = summary();
        assertThat(ended.lines()).contains("  no test ran").last().isEqualTo("0 passed, 0 failed, 0 skipped");
        assertThat(ended.status()).isEqualTo(1);
    }

    private record Ended(int status, List<String> lines) {}

    private void report(String cases) throws IOException {
        report(cases, "1.5");
    }

    private void report(String cases, String seconds) throws IOException {
        write(
                "module/target/surefire-reports/TEST-a.FirstTest.xml",
                "<testsuite name='a.FirstTest' time='" + seconds + "'>" + cases + "</testsuite>");
    }

    private void write(String path, String text) throws IOException {
        Path file = checkout.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Ended summary(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                compiled.toString(),
                "TestSummary",
                "--root",
                checkout.toString(),
                "--log",
                checkout.resolve("maven.log").toString()));
        command.addAll(List.of(options));
        Path output = checkout.resolve("output.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readAllLines(output));
    }
}
