package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * How other terminals have a say in a demo that runs: files in its directory, so that whoever may change that may do it and nobody
 * else. A request is taken away once it has been done or has failed; the state then says which.
 */
final class DemoControl {
    private final Path root;

    /** @param root the directory of the demo */
    DemoControl(Path root) {
        this.root = root;
    }

    /** What may be asked of a site. */
    enum Request {
        STOP,
        START,
        /** Its data is deleted, but for its identity. */
        LOSE,
        /** From its neighbours. */
        RESTORE
    }

    private Path requestFile(DemoSite site) {
        return root.resolve(site.name()).resolve("request");
    }

    private Path stateFile(DemoSite site) {
        return root.resolve(site.name()).resolve("state");
    }

    void ask(DemoSite site, Request request) throws IOException {
        write(requestFile(site), request.name());
    }

    Optional<Request> asked(DemoSite site) throws IOException {
        return read(requestFile(site)).flatMap(DemoControl::request);
    }

    private static Optional<Request> request(String line) {
        try {
            return Optional.of(Request.valueOf(line.strip()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Takes away what was asked. */
    void done(DemoSite site) throws IOException {
        Files.deleteIfExists(requestFile(site));
    }

    void say(DemoSite site, SiteState state) throws IOException {
        write(stateFile(site), state.line());
    }

    /** Empty for a site that is not in the demo. */
    Optional<SiteState> state(DemoSite site) throws IOException {
        return read(stateFile(site)).flatMap(SiteState::parse);
    }

    /** Of a demo that has ended. */
    void forget(DemoSite site) throws IOException {
        Files.deleteIfExists(requestFile(site));
        Files.deleteIfExists(stateFile(site));
    }

    private static Optional<String> read(Path file) throws IOException {
        try {
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whole or not at all: others read it meanwhile. */
    private static void write(Path file, String text) throws IOException {
        Path made = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text + "\n");
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
