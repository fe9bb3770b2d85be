package org.archipelago.federation;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** One bit of a file that rots. */
public final class FlippedBit {
    private FlippedBit() {}

    public static void in(Path file, long offsetBytes) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(offsetBytes);
            int was = access.read();
            access.seek(offsetBytes);
            access.write(was ^ 4);
        }
    }
}
