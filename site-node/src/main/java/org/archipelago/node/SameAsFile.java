package org.archipelago.node;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Takes what would be written to a file, and compares it with what is there. Bounded memory; writes nothing. */
final class SameAsFile extends OutputStream {
    private final InputStream there;
    private boolean same = true;

    SameAsFile(Path file) throws IOException {
        there = new BufferedInputStream(Files.newInputStream(file));
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        if (same) {
            byte[] expected = there.readNBytes(length);
            same = Arrays.equals(expected, 0, expected.length, source, offset, offset + length);
        }
    }

    /** Whether the file holds what was written here, and no more. Asked once, when all has been written. */
    boolean holdsAll() throws IOException {
        return same && there.read() < 0;
    }

    @Override
    public void close() throws IOException {
        there.close();
    }
}
