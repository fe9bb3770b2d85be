package org.archipelago.query.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * JUnit extension: a real Elasticsearch, one for all test classes of a JVM, as a parameter. The one at
 * {@code ARCHIPELAGO_TEST_ELASTICSEARCH} (environment or system property) if given, else one of its own from
 * {@code infra/elasticsearch} on a free port, which is stopped at the end.
 */
public final class RunningElasticsearch implements BeforeAllCallback, ParameterResolver {
    private static final String GIVEN = "ARCHIPELAGO_TEST_ELASTICSEARCH";
    private static final long SCRIPT_TIMEOUT_S = 300;

    @Override
    public void beforeAll(ExtensionContext context) {
        server(context);
    }

    private static Server server(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(RunningElasticsearch.class))
                .getOrComputeIfAbsent("server", _ -> new Server(), Server.class);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Server.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return server(context);
    }

    /** The server, which a test may stop and start when it is of our own making. */
    public static final class Server implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        private final URI uri;
        private final Path data;
        private final boolean ours;

        /** Starts one, unless one is given. */
        public Server() {
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

        @Override
        public void close() {
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
