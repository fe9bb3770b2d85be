package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Everything that a demo keeps. Only a directory that a demo made is ever deleted, and only one demo uses it at a time. */
final class DemoDirectory implements AutoCloseable {
    private static final String MARK = "this-is-an-archipelago-demo";

    private final Path root;
    private @Nullable FileChannel mark;

    DemoDirectory(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    Path elasticsearch() {
        return root.resolve("elasticsearch");
    }

    /**
     * Makes the directory where there is none, and keeps other demos out until this is closed or the process ends.
     *
     * @throws CommandFailure something else keeps its files here, or another demo runs here
     */
    void open() throws IOException {
        Files.createDirectories(root);
        if (!Files.exists(root.resolve(MARK))) {
            try (Stream<Path> entries = Files.list(root)) {
                if (entries.findAny().isPresent()) {
                    throw new CommandFailure(
                            root
                                    + " was not made by a demo; nothing in it was touched. Choose another directory with --data DIR.");
                }
            }
        }
        FileChannel channel = FileChannel.open(root.resolve(MARK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isLocked(channel)) {
            channel.close();
            throw new CommandFailure(
                    "A demo is running in " + root + "; stop it first, or choose another directory with --data DIR.");
        }
        mark = channel;
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    /** Whether a demo runs here. */
    boolean isInUse() throws IOException {
        Path file = root.resolve(MARK);
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            return !isLocked(channel);
        }
    }

    /** Whether a node of any site has kept something here. */
    boolean hasNode() {
        return Arrays.stream(DemoSite.values()).anyMatch(site -> Files.exists(data(site)));
    }

    Path data(DemoSite site) {
        return root.resolve(site.name()).resolve("data");
    }

    /** Data of a site that is being deleted because it burnt down. */
    Path lost(DemoSite site) {
        return root.resolve(site.name()).resolve("lost");
    }

    /** Of a site that burnt down, until it has come back. */
    Path keptIdentity(DemoSite site) {
        return root.resolve(site.name()).resolve("kept-identity");
    }

    /** Deletes all but the mark, so that an interrupted deletion can be taken up again. */
    void clear() throws IOException {
        try (Stream<Path> entries = Files.list(root)) {
            for (Path entry : entries.toList()) {
                if (!entry.equals(root.resolve(MARK))) {
                    delete(entry);
                }
            }
        }
    }

    /** With all that is in it; nothing where there is none. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(directory)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    Path configuration(DemoSite site) {
        return root.resolve(site.name()).resolve("node.yaml");
    }

    Path writeConfiguration(DemoSite site, DemoPorts.OfSite ports) throws IOException {
        Files.createDirectories(root.resolve(site.name()));
        return Files.writeString(
                configuration(site),
                """
                # Written by 'demo' at every start; copy it to make a site of your own, without the small log.reserveBytes.
                data: "%s"
                log: { reserveBytes: 16777216 }
                site: { label: %s, defaultIssuer: %s }
                dicom:
                  listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [%s] } ]
                http: { address: 127.0.0.1, port: %d }
                elasticsearch: { url: "http://127.0.0.1:%d", indexPrefix: %s }
                """.formatted(
                                        data(site),
                                        site.name(),
                                        site.title(),
                                        ports.dicom(),
                                        site.title(),
                                        ports.http(),
                                        ports.elasticsearch(),
                                        site.name())
                        + (ports.peer().isPresent() ? federation(ports.peer().getAsInt()) : ""));
    }

    private static String federation(int port) {
        return """
                # Two sites hold each study; each offers 4 GiB for those of the others.
                federation:
                  address: 127.0.0.1
                  port: %d
                  copies: { wanted: 2, capacityBytes: 4294967296 }
                """.formatted(port);
    }

    @Override
    public void close() throws IOException {
        FileChannel open = mark;
        if (open != null) {
            open.close();
        }
    }
}
