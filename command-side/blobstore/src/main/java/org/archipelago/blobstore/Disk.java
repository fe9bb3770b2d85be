package org.archipelago.blobstore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** What the blob store asks of a file system when it writes, and when it reads segments: the seam at which tests let it fail. */
interface Disk {
    /** Offsets, lengths and addresses of direct writes are multiples of this. */
    int BLOCK_BYTES = 4096;

    /** A new file, to be written from its start. Fails when the name exists. */
    AppendFile create(Path path) throws IOException;

    /** For reading. */
    FileChannel open(Path path) throws IOException;

    /** Makes what is missing of a path; each new directory survives power loss with its name. */
    void createDirectories(Path directory) throws IOException;

    void rename(Path from, Path to) throws IOException;

    /** A name that does not exist is passed over. */
    void delete(Path path) throws IOException;

    void syncDirectory(Path directory) throws IOException;

    long freeBytes(Path directory) throws IOException;

    /** For one thread. */
    interface AppendFile extends AutoCloseable {
        /** Writes all of whole blocks in direct, aligned buffers behind what is there. */
        void append(ByteBuffer[] blocks) throws IOException;

        void truncate(long lengthBytes) throws IOException;

        /** On return all that was written survives power loss. */
        void sync() throws IOException;

        @Override
        void close() throws IOException;
    }
}
