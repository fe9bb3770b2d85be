package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A target that overwrites nothing. */
final class EmptyDirectory {
    private EmptyDirectory() {}

    static void require(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        if (!Files.isDirectory(directory)) {
            throw new CommandFailure(directory + " is not a directory.");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                throw new CommandFailure(directory + " is not empty; nothing was written to it.");
            }
        } catch (IOException e) {
            throw new CommandFailure(directory + " cannot be read: " + e.getMessage());
        }
    }
}
