package org.archipelago.acceptance;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A validator of whole objects. */
final class Dciodvfy {
    /** It names the definition that it checks by on a line of its own: {@code CTImage}. */
    private static final Pattern DEFINITION = Pattern.compile("[A-Z]\\w+");

    private static final int FIRST_SIGNAL = 128;

    private Dciodvfy() {}

    /** What it calls an error; empty when it was ended by a signal, or found no definition to check by. */
    static Optional<Set<String>> errors(Path file) {
        return errors(Program.of("dciodvfy", file.toString()).run());
    }

    static Optional<Set<String>> errors(Program.Ended ended) {
        List<String> lines = ended.output().lines().toList();
        boolean isChecked = ended.status() < FIRST_SIGNAL
                && lines.stream().anyMatch(line -> DEFINITION.matcher(line).matches());
        return isChecked
                ? Optional.of(lines.stream()
                        .filter(line -> line.startsWith("Error"))
                        .collect(Collectors.toCollection(TreeSet::new)))
                : Optional.empty();
    }
}
