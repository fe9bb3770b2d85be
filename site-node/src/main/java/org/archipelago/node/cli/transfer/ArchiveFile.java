package org.archipelago.node.cli.transfer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** An entry of a ZIP. Yields exactly the bytes that its directory declares, whatever the compressed data would expand to. */
record ArchiveFile(ZipFile zip, ZipEntry entry, String name) implements SourceFile {
    @Override
    public String identity() {
        return name + "\n" + entry.getSize() + "\n" + entry.getCrc();
    }

    @Override
    public long lengthBytes() {
        return entry.getSize();
    }

    @Override
    public InputStream open() throws IOException {
        return new Bounded(zip.getInputStream(entry), entry.getSize(), name);
    }

    /** Refuses to go on behind the declared length. */
    private static final class Bounded extends FilterInputStream {
        private final String name;
        private long left;

        Bounded(InputStream in, long lengthBytes, String name) {
            super(in);
            this.left = lengthBytes;
            this.name = name;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            count(Math.max(0, read));
            return read;
        }

        @Override
        public long skip(long wanted) throws IOException {
            long skipped = super.skip(wanted);
            count(skipped);
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void count(long bytes) throws IOException {
            left -= bytes;
            if (left < 0) {
                throw new IOException(name + " expands to more than its archive declares");
            }
        }
    }
}
