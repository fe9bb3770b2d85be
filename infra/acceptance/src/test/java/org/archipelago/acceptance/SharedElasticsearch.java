package org.archipelago.acceptance;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.archipelago.testing.LoopbackPorts;
import org.jspecify.annotations.Nullable;

/** One real Elasticsearch for all tests of this JVM; each node keeps to its own index prefix. */
final class SharedElasticsearch {
    private static final Duration START_LIMIT = Duration.ofMinutes(6);

    private static @Nullable SharedElasticsearch running;

    private final Path data;
    private final int port;

    private SharedElasticsearch(Path data, int port) {
        this.data = data;
        this.port = port;
    }

    static synchronized SharedElasticsearch get() {
        if (running == null) {
            SharedElasticsearch fresh = separate();
            Runtime.getRuntime().addShutdownHook(new Thread(fresh::close, "stop-elasticsearch"));
            running = fresh;
        }
        return running;
    }

    /** One that a test may stop and start at will; close it. */
    static SharedElasticsearch separate() {
        SharedElasticsearch fresh =
                new SharedElasticsearch(Directories.reachable("archipelago-es"), LoopbackPorts.free());
        fresh.start();
        return fresh;
    }

    void start() {
        script("start", "--port", Integer.toString(port), "--brief").run().succeeded();
    }

    void stop() {
        script("stop").run().succeeded();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    void close() {
        stop();
        Directories.delete(data);
    }

    private Program script(String verb, String... more) {
        return Program.of(Checkout.file("infra/elasticsearch/elasticsearch").toString(), verb)
                .with("--data", data.toString())
                .with(more)
                .environment("JAVA_HOME", System.getProperty("java.home"))
                .within(START_LIMIT);
    }
}
