package org.archipelago.node.cli.transfer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file on disk, as it was when it was found. */
record PlainFile(Path path, long lengthBytes, long modifiedMs) implements SourceFile {
    static PlainFile of(Path path) throws IOException {
        return new PlainFile(
                path, Files.size(path), Files.getLastModifiedTime(path).toMillis());
    }

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public String identity() {
        return path.toAbsolutePath().normalize() + "\n" + lengthBytes + "\n" + modifiedMs;
    }

    @Override
    public InputStream open() throws IOException {
        return new BufferedInputStream(Files.newInputStream(path));
    }
}
