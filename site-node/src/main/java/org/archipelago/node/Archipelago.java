package org.archipelago.node;

import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import org.archipelago.node.cli.CommandFailure;
import org.archipelago.node.cli.CommandLineProgram;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.NodeLauncher;
import org.archipelago.node.cli.Seams;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.configuration.ConfigurationFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** The program: every command of {@code ./archipelago}. */
public final class Archipelago {
    private static final Logger LOG = LoggerFactory.getLogger(Archipelago.class);
    private static final String HOME_PROPERTY = "archipelago.home";
    private static final String CARRIERS_PROPERTY = "jdk.virtualThreadScheduler.parallelism";
    private static final int CARRIERS_PER_CORE = 4;

    private Archipelago() {}

    public static void main(String[] arguments) {
        letTheSystemShareCores();
        logThroughOneDoor();
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Seams seams = new Seams(
                Path.of(System.getProperty(HOME_PROPERTY, ".")).toAbsolutePath().normalize(),
                Archipelago::address,
                Archipelago::launch,
                new OwnProgram(),
                new DicomSenders(),
                new LocalSiteOperations(Clock.systemUTC()),
                new LocalNetworkOperations(Clock.systemUTC()));
        int exitCode = new CommandLineProgram(seams, out, err).run(arguments);
        System.exit(exitCode);
    }

    /**
     * Virtual threads take no turns with each other: with as many carriers as cores, so many images being decoded would hold up every
     * other connection. Has an effect before the first virtual thread only.
     */
    static void letTheSystemShareCores() {
        if (System.getProperty(CARRIERS_PROPERTY) == null) {
            int carriers = CARRIERS_PER_CORE * Runtime.getRuntime().availableProcessors();
            System.setProperty(CARRIERS_PROPERTY, Integer.toString(carriers));
        }
    }

    /** Tomcat and others log through java.util.logging; logback.xml decides for all, also of what ends a thread. */
    private static void logThroughOneDoor() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> LOG.error("the thread {} ended", thread.getName(), failure));
    }

    static Configuration configuration(Path file) {
        try {
            return ConfigurationFile.read(file);
        } catch (ConfigurationException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
    }

    static NodeAddress address(Path file) {
        Configuration configuration = configuration(file);
        boolean listens = !configuration.dicom().listeners().isEmpty();
        Configuration.Listener listener =
                listens ? configuration.dicom().listeners().getFirst() : null;
        return new NodeAddress(
                file,
                configuration.data(),
                configuration.site().label(),
                URI.create("http://" + configuration.http().host() + ":"
                        + configuration.http().port()),
                listener == null ? "127.0.0.1" : listener.address(),
                listener == null ? 0 : listener.port(),
                listener == null ? "" : listener.aeTitles().getFirst());
    }

    private static NodeLauncher.RunningNode launch(Path file) {
        ArchiveNode node;
        try {
            node = ArchiveNode.start(configuration(file), Clock.systemUTC());
        } catch (ConfigurationException | IllegalStateException | IllegalArgumentException e) {
            throw new CommandFailure(String.valueOf(e.getMessage()));
        }
        return new NodeLauncher.RunningNode() {
            @Override
            public int awaitStop() throws InterruptedException {
                return node.awaitStop();
            }

            @Override
            public void close() {
                node.close();
            }
        };
    }
}
