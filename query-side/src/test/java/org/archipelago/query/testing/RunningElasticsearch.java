package org.archipelago.query.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.archipelago.testing.LoopbackPorts;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * JUnit extension: a real Elasticsearch, one for all test classes of a JVM, as a parameter. The one at
 * {@code ARCHIPELAGO_TEST_ELASTICSEARCH} (environment or system property) if given, else one of its own from
 * {@code infra/elasticsearch} on a free port, which is stopped when the JVM ends. Not kept in JUnit's store: with several
 * forks Surefire runs each class as a test plan of its own, and the store ends with the class.
 */
public final class RunningElasticsearch implements BeforeAllCallback, ParameterResolver {
    private static final String GIVEN = "ARCHIPELAGO_TEST_ELASTICSEARCH";
    private static final long SCRIPT_TIMEOUT_S = 300;

    private static @Nullable Server running;

    @Override
    public void beforeAll(ExtensionContext context) {
        server().startAgainIfItEnded();
    }

    private static synchronized Server server() {
        if (running == null) {
            Server fresh = new Server();
            Runtime.getRuntime().addShutdownHook(new Thread(fresh::close, "stop-elasticsearch"));
            running = fresh;
        }
        return running;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Server.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server();
    }

    /** The server, which a test may stop and start when it is of our own making. */
    public static final class Server {
        private final URI uri;
        private final Path data;
        private final boolean ours;

        /** Starts one, unless one is given. */
        private Server() {
            String given = System.getProperty(GIVEN, System.getenv().getOrDefault(GIVEN, ""));
            ours = given.isEmpty();
            try {
                data = Files.createTempDirectory(Files.createDirectories(Path.of("target", "tmp")), "elasticsearch")
                        .toAbsolutePath();
                uri = URI.create(ours ? "http://127.0.0.1:" + LoopbackPorts.free() : given);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (ours) {
                start();
            }
        }

        public URI uri() {
            return uri;
        }

        public boolean canBeStopped() {
            return ours;
        }

        public void start() {
            script("start", "--data", data.toString(), "--port", Integer.toString(uri.getPort()), "--brief");
        }

        public void stop() {
            script("stop", "--data", data.toString());
        }

        /** What one class did to it is not the next one's failure. */
        private void startAgainIfItEnded() {
            if (ours && !answers()) {
                start();
            }
        }

        private boolean answers() {
            try (Socket _ = new Socket(uri.getHost(), uri.getPort())) {
                return true;
            } catch (IOException _) {
                return false;
            }
        }

        private void close() {
            if (ours) {
                stop();
            }
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void script(String... arguments) {
            String[] command = Stream.concat(Stream.of(script().toString()), Stream.of(arguments))
                    .toArray(String[]::new);
            try {
                Path log = data.resolveSibling(data.getFileName() + "-" + arguments[0] + ".log");
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
                if (!process.waitFor(SCRIPT_TIMEOUT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    throw new IllegalStateException("elasticsearch " + arguments[0] + ": " + Files.readString(log));
                }
                Files.delete(log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        private static Path script() {
            Path folder = Path.of("").toAbsolutePath();
            while (folder != null) {
                Path script = folder.resolve("infra/elasticsearch/elasticsearch");
                if (Files.isExecutable(script)) {
                    return script;
                }
                folder = folder.getParent();
            }
            throw new IllegalStateException("infra/elasticsearch/elasticsearch is above no folder of this test");
        }
    }
}
