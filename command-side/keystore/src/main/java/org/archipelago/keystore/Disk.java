package org.archipelago.keystore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/** What the keystore asks of a file system: the seam at which tests lose power. */
interface Disk {
    /** Creates directories as needed and holds the directory for this process until closed. */
    AutoCloseable lock(Path directory) throws IOException;

    /** An empty file that nobody but the owner may read. Fails when the name exists. */
    DiskFile create(Path path) throws IOException;

    DiskFile open(Path path) throws IOException;

    boolean exists(Path path);

    /** File names, in no order. */
    List<String> list(Path directory) throws IOException;

    /** Atomically replaces the target. Durable after {@link #syncDirectory}. */
    void rename(Path from, Path to) throws IOException;

    /** Durable after {@link #syncDirectory}. A name that does not exist is passed over. */
    void delete(Path path) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    /** Random access to one file. */
    interface DiskFile extends AutoCloseable {
        /** Reads until the buffer or the file ends; returns how many bytes. */
        int read(ByteBuffer target, long offsetBytes) throws IOException;

        /** Writes all that remains. */
        void write(ByteBuffer source, long offsetBytes) throws IOException;

        void truncate(long lengthBytes) throws IOException;

        /** On return all that was written survives power loss. */
        void sync() throws IOException;

        long size() throws IOException;

        @Override
        void close() throws IOException;
    }
}
