package org.archipelago.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Where {@code infra/ohif/fetch} puts the viewer. */
final class ViewerFiles {
    private static final String PREFIX = "ohif-";
    private static final int MAX_NUMBERS = 8;
    /** Written last, so that a fetch that was interrupted is not taken for a viewer. */
    private static final String COMPLETE = ".complete";

    private ViewerFiles() {}

    /** The newest whole one in the cache directory, which ARCHIPELAGO_CACHE moves. */
    static Optional<Path> fetched() {
        String configured = System.getenv("ARCHIPELAGO_CACHE");
        String home = System.getenv("HOME");
        if (configured == null && home == null) {
            return Optional.empty();
        }
        return newest(
                configured != null ? Path.of(configured) : Path.of(String.valueOf(home), ".cache", "archipelago"));
    }

    static Optional<Path> newest(Path cache) {
        if (!Files.isDirectory(cache)) {
            return Optional.empty();
        }
        try (Stream<Path> entries = Files.list(cache)) {
            return entries.filter(path -> path.getFileName().toString().startsWith(PREFIX))
                    .filter(path -> Files.isRegularFile(path.resolve("index.html")))
                    .filter(path -> Files.isRegularFile(path.resolve(COMPLETE)))
                    .max(Comparator.comparing(ViewerFiles::version, Arrays::compare));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its numbers; what is none, as in 3.12.0-beta.5, stands before every number, and what is missing for 0. */
    private static int[] version(Path directory) {
        int[] numbers = Arrays.stream(directory
                        .getFileName()
                        .toString()
                        .substring(PREFIX.length())
                        .split("[.-]"))
                .mapToInt(part -> part.matches("[0-9]{1,9}") ? Integer.parseInt(part) : -1)
                .toArray();
        return Arrays.copyOf(numbers, MAX_NUMBERS);
    }
}
