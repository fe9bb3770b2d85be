package org.archipelago.node.dicom;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.dicom.dataset.Part10;

/** A data set in memory, taken out of its file. */
public record DataSetFile(byte[] dataset, TransferSyntaxUid transferSyntax) {
    public static DataSetFile of(Path file) throws IOException {
        byte[] all = Files.readAllBytes(file);
        Part10.FileStart start = Part10.read(all);
        return new DataSetFile(
                Arrays.copyOfRange(all, (int) start.datasetOffsetBytes(), all.length), start.transferSyntax());
    }

    public SeekableByteChannel channel() {
        return channel(dataset);
    }

    public static SeekableByteChannel channel(byte[] bytes) {
        return new ArrayChannel(bytes);
    }

    private static final class ArrayChannel implements SeekableByteChannel {
        private final byte[] bytes;
        private long position;

        ArrayChannel(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read(ByteBuffer target) {
            if (position >= bytes.length) {
                return -1;
            }
            int n = Math.min(target.remaining(), bytes.length - (int) position);
            target.put(bytes, (int) position, n);
            position += n;
            return n;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public SeekableByteChannel position(long newPosition) {
            position = newPosition;
            return this;
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public int write(ByteBuffer source) {
            throw new NonWritableChannelException();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new NonWritableChannelException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
