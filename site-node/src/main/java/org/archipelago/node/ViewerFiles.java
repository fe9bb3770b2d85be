package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Where {@code infra/ohif/fetch} puts the viewer. */
final class ViewerFiles {
    private static final String PREFIX = "ohif-";

    private ViewerFiles() {}

    /** The newest one in the cache directory, which ARCHIPELAGO_CACHE moves. */
    static Optional<Path> fetched() {
        String configured = System.getenv("ARCHIPELAGO_CACHE");
        String home = System.getenv("HOME");
        if (configured == null && home == null) {
            return Optional.empty();
        }
        Path cache = configured != null ? Path.of(configured) : Path.of(String.valueOf(home), ".cache", "archipelago");
        if (!Files.isDirectory(cache)) {
            return Optional.empty();
        }
        try (Stream<Path> entries = Files.list(cache)) {
            return entries.filter(path -> path.getFileName().toString().startsWith(PREFIX))
                    .filter(path -> Files.isRegularFile(path.resolve("index.html")))
                    .max(Comparator.comparing(Path::toString));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
