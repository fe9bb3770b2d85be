package org.archipelago.node.ops;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.LocalDate;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class FailureTextTest {
    @Test
    void messagesThatQuoteAValue_areLeftOut() {
        for (Runnable failing : new Runnable[] {
            () -> Integer.parseInt("SMITH"),
            () -> LocalDate.parse("SMITH"),
            () -> new JsonMapper().readTree("{\"00100010\": SMITH}"),
            () -> {
                throw new IllegalStateException(new ExecutionException("SMITH", new NumberFormatException("SMITH")));
            }
        }) {
            assertThat(FailureText.of(failureOf(failing)))
                    .doesNotContain("SMITH")
                    .contains("Exception", "\n\tat " + FailureTextTest.class.getName());
        }
    }

    @Test
    void messagesOfDisksAndRefusals_areKept() {
        IOException cause = new NoSuchFileException("blobs/segments/7");
        cause.addSuppressed(new IOException("No space left on device"));
        assertThat(FailureText.of(new ArchiveException(ArchiveError.INTERNAL, "blob", cause)))
                .contains("[blob]", "Caused by: java.nio.file.NoSuchFileException: blobs/segments/7")
                .contains("Suppressed: java.io.IOException: No space left on device");
    }

    @Test
    void causesInACircle_end() {
        RuntimeException one = new IllegalStateException();
        RuntimeException other = new IllegalStateException(one);
        one.initCause(other);
        assertThat(FailureText.of(one)).containsOnlyOnce("Caused by: java.lang");
    }

    @Test
    void logOfTheNode_isWrittenWithIt() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        URL shipped = Objects.requireNonNull(FailureText.class.getResource("/logback.xml"));
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(context);
            configurator.doConfigure(shipped);
            context.getLogger("org.archipelago.test")
                    .error("an object could not be stored", new NumberFormatException("SMITH"));
            context.getLogger("org.archipelago.test").info("all is well");
            context.getLogger("org.apache.catalina.core.ContainerBase")
                    .error("Servlet.service() threw exception [SMITH]", new NumberFormatException("SMITH"));
        } finally {
            context.stop();
            System.setErr(before);
        }
        assertThat(written.toString(StandardCharsets.UTF_8).lines().toList())
                .hasSize(3)
                .noneMatch(line -> line.contains("SMITH"))
                .satisfies(
                        line -> assertThat(line)
                                .contains(
                                        "message=\"an object could not be stored\" exception=\"java.lang.NumberFormatException at ")
                                .endsWith("\""),
                        org.assertj.core.data.Index.atIndex(0))
                .satisfies(
                        line -> assertThat(line).endsWith("message=\"all is well\""),
                        org.assertj.core.data.Index.atIndex(1));
    }

    private static Throwable failureOf(Runnable failing) {
        return org.assertj.core.api.Assertions.catchThrowable(failing::run);
    }
}
