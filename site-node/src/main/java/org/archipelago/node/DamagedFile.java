package org.archipelago.node;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Copies a file that the disk may refuse to read in places: there the copy has zeros, and everything keeps its offset. */
final class DamagedFile {
    static final int BLOCK_BYTES = 4096;
    private static final int COPY_BYTES = 1 << 20;

    private final Source source;
    private final long lengthBytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
    private long unreadBytes;
    private long firstUnread = -1;
    private @Nullable IOException why;

    private DamagedFile(Source source, long lengthBytes) {
        this.source = source;
        this.lengthBytes = lengthBytes;
    }

    /** As {@link FileChannel#read(ByteBuffer, long)}. */
    interface Source {
        int read(ByteBuffer target, long position) throws IOException;
    }

    /**
     * @param unreadable hears once of what could not be read
     * @throws IOException when the copy cannot be written
     */
    static void copy(Path from, Path to, Consumer<String> unreadable) throws IOException {
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            copy(in::read, in.size(), out, unreadable);
        }
    }

    static void copy(Source source, long lengthBytes, OutputStream out, Consumer<String> unreadable)
            throws IOException {
        new DamagedFile(source, lengthBytes).copyTo(out, unreadable);
    }

    private void copyTo(OutputStream out, Consumer<String> unreadable) throws IOException {
        long at = 0;
        while (at < lengthBytes) {
            fill(at);
            if (buffer.position() == 0) {
                break; // it has become shorter
            }
            out.write(buffer.array(), 0, buffer.position());
            at += buffer.position();
        }
        if (why != null) {
            unreadable.accept("cannot be read whole, " + why.getMessage() + ": " + unreadBytes
                    + " bytes are zeros in the copy, the first at byte " + firstUnread);
        }
    }

    private void fill(long at) throws IOException {
        try {
            read(at, COPY_BYTES);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException _) {
            fillBlock(at);
        }
    }

    private void fillBlock(long at) throws IOException {
        int length = (int) Math.min(BLOCK_BYTES - at % BLOCK_BYTES, lengthBytes - at);
        try {
            read(at, length);
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            buffer.clear().put(new byte[length]);
            unreadBytes += length;
            if (why == null) {
                why = e;
                firstUnread = at;
            }
        }
    }

    private void read(long at, int maxBytes) throws IOException {
        source.read(buffer.clear().limit(maxBytes), at);
    }
}
