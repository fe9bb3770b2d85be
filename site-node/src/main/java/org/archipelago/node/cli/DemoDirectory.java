package org.archipelago.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Everything that a demo keeps. Only a directory that a demo made is ever deleted. */
record DemoDirectory(Path root) {
    private static final String MARK = "this-is-an-archipelago-demo";

    Path elasticsearch() {
        return root.resolve("elasticsearch");
    }

    void create() throws IOException {
        Files.createDirectories(root);
        if (!Files.exists(root.resolve(MARK))) {
            try (Stream<Path> entries = Files.list(root)) {
                if (entries.findAny().isPresent()) {
                    throw new CommandFailure(
                            root + " was not made by a demo; choose another directory with --data DIR.");
                }
            }
            Files.createFile(root.resolve(MARK));
        }
        Files.createDirectories(root.resolve("north"));
    }

    void clear() throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        if (!Files.exists(root.resolve(MARK))) {
            throw new CommandFailure(root + " was not made by a demo and is not deleted; choose another --data DIR.");
        }
        try (Stream<Path> walk = Files.walk(root)) {
            // The mark goes last: an interrupted deletion can be taken up again.
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                if (!path.equals(root) && !path.equals(root.resolve(MARK))) {
                    Files.delete(path);
                }
            }
        }
        Files.delete(root.resolve(MARK));
        Files.delete(root);
    }

    Path writeConfiguration(int httpPort, int dicomPort, int elasticsearchPort, String title) throws IOException {
        Path file = root.resolve("north").resolve("node.yaml");
        Files.writeString(file, """
                # Written by 'demo' at every start; copy it to make a site of your own.
                data: "%s"
                site: { label: north, defaultIssuer: NORTH }
                dicom:
                  listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [%s] } ]
                http: { address: 127.0.0.1, port: %d }
                elasticsearch: { url: "http://127.0.0.1:%d", indexPrefix: north }
                """.formatted(
                        root.resolve("north").resolve("data"), dicomPort, title, httpPort, elasticsearchPort));
        return file;
    }
}
