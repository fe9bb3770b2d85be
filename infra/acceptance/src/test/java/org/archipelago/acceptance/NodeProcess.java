package org.archipelago.acceptance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.archipelago.testing.LoopbackPorts;
import org.jspecify.annotations.Nullable;

/** The packaged node as an operator runs it: a process with a configuration file, ports and a data directory. */
final class NodeProcess implements AutoCloseable {
    static final String TITLE = "NORTH";
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration REHEARSAL_LIMIT = Duration.ofMinutes(3);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

    private final Path home;
    private final Path log;
    private final int dicomPort;
    private final int httpPort;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> jvmOptions = new ArrayList<>(List.of("-Xmx512m"));
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private @Nullable Process process;
    private List<String> quickOptions = List.of();
    private @Nullable Path aotCache;

    private NodeProcess(Path home, int dicomPort, int httpPort) {
        this.home = home;
        this.log = home.resolve("node.log");
        this.dicomPort = dicomPort;
        this.httpPort = httpPort;
    }

    /** A node of the site north that has not been started. */
    static NodeProcess configured(Path home, URI elasticsearch, Remote... remotes) {
        NodeProcess node = new NodeProcess(home, LoopbackPorts.free(), LoopbackPorts.free());
        String prefix = "it" + Long.toHexString(System.nanoTime());
        StringBuilder yaml = new StringBuilder("""
                data: %s
                site: { label: north, defaultIssuer: NORTH }
                dicom:
                  listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [%s] } ]
                  remotes:
                """.formatted(node.data(), node.dicomPort, TITLE));
        for (Remote remote : remotes) {
            yaml.append(
                    "    - { title: %s, host: 127.0.0.1, port: %d, may: [echo, store, query, retrieve, move-destination, commitment] }\n"
                            .formatted(remote.title(), remote.port()));
        }
        if (remotes.length == 0) {
            yaml.setLength(yaml.length() - 1);
            yaml.append(" []\n");
        }
        yaml.append("http: { address: 127.0.0.1, port: %d }\n".formatted(node.httpPort));
        yaml.append("elasticsearch: { url: \"%s\", indexPrefix: %s }\n".formatted(elasticsearch, prefix));
        try {
            Files.createDirectories(home);
            Files.writeString(node.configuration(), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return node;
    }

    /** Adds lines to its configuration. */
    NodeProcess configure(String yaml) {
        try {
            Files.writeString(configuration(), yaml + "\n", java.nio.file.StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** A node of another site. */
    NodeProcess ofSite(String label) {
        return reconfigure("site: { label: north,", "site: { label: " + label + ",");
    }

    /** Lets it give out quarantined objects. */
    NodeProcess thatGivesOutQuarantined() {
        return reconfigure("\nhttp: { ", "\nhttp: { mayFetchQuarantined: true, ");
    }

    /** How long a stop waits for associations. */
    NodeProcess thatWaitsForAssociations(Duration atMost) {
        return reconfigure("\ndicom:\n", "\ndicom:\n  shutdownTimeoutMs: " + atMost.toMillis() + "\n");
    }

    private NodeProcess reconfigure(String section, String with) {
        try {
            String yaml = Files.readString(configuration());
            if (!yaml.contains(section)) {
                throw new IllegalStateException("no such section in " + configuration());
            }
            Files.writeString(configuration(), yaml.replace(section, with));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Runs the JVM under another program, such as strace. */
    NodeProcess under(String... program) {
        wrapper.addAll(List.of(program));
        return this;
    }

    NodeProcess jvm(String... options) {
        jvmOptions.addAll(List.of(options));
        return this;
    }

    /** Of the node's own process, from its next start. */
    NodeProcess environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Starts it and waits until it stores and searches. */
    NodeProcess start() {
        exec();
        awaitReady();
        awaitSearch();
        return this;
    }

    /** A node is ready before its first index is made: until then it says that search is not available. */
    void awaitSearch() {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (get(dicomWeb("/studies?limit=1")).statusCode() >= 500) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the node could not be searched within " + START_LIMIT + "\n" + log());
            }
            pause(50);
        }
    }

    /** Starts it and does not wait. */
    void exec() {
        try {
            List<String> options = new ArrayList<>(jvmOptions);
            options.addAll(quickOptions);
            if (aotCache != null) {
                options.addAll(List.of("-XX:AOTCache=" + aotCache, "-XX:AOTMode=on")); // on: no start without it
            }
            Program program = program(Program.of(wrapper.toArray(String[]::new)), options)
                    .with("start", "--config", configuration().toString())
                    .in(home);
            environment.forEach(program::environment);
            process = program.start(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For a test of minutes that measures nothing: little time goes into loading classes and compiling. */
    NodeProcess shortLived() {
        useAotCache(ShortLived.aotCache());
        quickOptions = ShortLived.JVM_OPTIONS;
        return this;
    }

    /** Later starts are as shipped and use this cache, or fail; null: none. */
    void useAotCache(@Nullable Path cache) {
        quickOptions = List.of();
        aotCache = cache;
    }

    /** Lets a node run once, so that the JVM keeps its loaded and linked classes in this file. */
    static void rehearse(Path cache, String... jvmOptions) {
        List<String> options = new ArrayList<>(List.of("-Xmx512m", "-XX:AOTCacheOutput=" + cache));
        options.addAll(List.of(jvmOptions));
        program(Program.of(), options)
                .with("rehearse")
                .within(REHEARSAL_LIMIT)
                .run()
                .succeeded();
    }

    /** The packaged program, whose command is still to be named. */
    private static Program program(Program program, List<String> jvmOptions) {
        return program.with(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString())
                .with("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
                .with(jvmOptions)
                .with("-Darchipelago.home=" + System.getProperty("archipelago.root"))
                .with("-jar", System.getProperty("archipelago.node.jar"));
    }

    void awaitReady() {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!(Ports.answers(dicomPort) && ready())) {
            if (!running().isAlive()) {
                throw new AssertionError("the node ended with " + running().exitValue() + "\n" + log());
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("the node was not ready within " + START_LIMIT + "\n" + log());
            }
            pause(50);
        }
    }

    /** Ends it as an operator would. */
    void stop() {
        stopWith(false);
    }

    /** SIGTERM, as a supervisor sends it; does not wait. */
    void terminate() {
        if (!wrapper.isEmpty()) {
            throw new IllegalStateException("it runs under " + wrapper);
        }
        running().destroy();
    }

    /** Waits until it has ended. @return its exit code */
    int awaitEnd(Duration limit) throws InterruptedException {
        if (!running().waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("the node did not end within " + limit + "\n" + log());
        }
        return running().exitValue();
    }

    /** SIGKILL: nothing of it runs any more when this returns. */
    void kill() {
        Program.killTree(running());
    }

    boolean isAlive() {
        return running().isAlive();
    }

    /** What it ended with; empty when it has not ended in time. */
    OptionalInt exitedWithin(Duration limit) {
        try {
            return running().waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)
                    ? OptionalInt.of(running().exitValue())
                    : OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    int dicomPort() {
        return dicomPort;
    }

    URI http(String path) {
        return URI.create("http://127.0.0.1:" + httpPort + path);
    }

    URI dicomWeb(String path) {
        return http("/dicom-web" + path);
    }

    HttpResponse<byte[]> get(URI uri, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(60));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(request.uri() + " failed\n" + log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    Path data() {
        return home.resolve("data");
    }

    Path configuration() {
        return home.resolve("node.yaml");
    }

    long pid() {
        return running().pid();
    }

    /** The last of what it logged, to be shown when a test fails. */
    String log() {
        String text = Files.exists(log) ? wholeLog() : "(no log)";
        return "--- node log ---\n" + text.substring(Math.max(0, text.length() - 20_000));
    }

    /** All that it logged since it last started. */
    private String wholeLog() {
        try {
            return Program.text(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nobody who reads its log learns whom, or what, any of these objects is about. */
    void assertLogTellsNothingOf(Collection<DicomFile> objects) {
        TellingValues values = TellingValues.of(objects);
        List<String> told = values.in(wholeLog());
        if (values.count() == 0 || !told.isEmpty()) {
            throw new AssertionError(told + " of " + values.count() + " values are told in " + log);
        }
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            stopWith(true);
        }
    }

    private void stopWith(boolean lenient) {
        Process node = running();
        ProcessHandle jvm = wrapper.isEmpty()
                ? node.toHandle()
                : node.toHandle().children().findFirst().orElse(node.toHandle());
        jvm.destroy();
        try {
            if (!node.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                Program.killTree(node);
                if (!lenient) {
                    throw new AssertionError("the node did not stop within " + STOP_LIMIT + "\n" + log());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Program.killTree(node);
        }
    }

    private boolean ready() {
        try {
            HttpRequest request = HttpRequest.newBuilder(http("/actuator/health/readiness"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private Process running() {
        return Objects.requireNonNull(process, "not started");
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** An application entity that the node knows, on loopback. */
    record Remote(String title, int port) {}
}
