package org.archipelago.node.dicom.dataset;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.dictionary.TransferSyntax.Encoding;

/** The bytes of a stored data set by the offsets that headers speak of; inflates a deflated one on the way. */
public final class PlainBytes {
    private PlainBytes() {}

    /**
     * For reading by the offsets of {@code Value.Bulk} and {@link PixelDataLocation}. Going backwards in a deflated data
     * set inflates it again from its start.
     */
    public static SeekableByteChannel open(SeekableByteChannel stored, TransferSyntaxUid transferSyntax)
            throws IOException {
        return TransferSyntax.of(transferSyntax).deflated() ? new InflatingChannel(stored) : stored;
    }

    /** @throws EOFException when there are fewer bytes */
    public static byte[] read(SeekableByteChannel plain, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        plain.position(offset);
        while (buffer.hasRemaining()) {
            if (plain.read(buffer) < 0) {
                throw new EOFException("data set ends before offset " + (offset + length));
            }
        }
        return buffer.array();
    }

    /** The bytes of whole words in little endian, when they were in big endian. */
    public static byte[] littleEndian(Vr vr, byte[] bigEndian) {
        return ValueDecoder.littleEndian(vr, bigEndian, true);
    }

    /**
     * A bulk value as a client gets it: little endian (PS3.18 §8.7.3.5). Fragments of encapsulated pixel data are not a
     * value; see {@code Frames}.
     *
     * @throws IllegalArgumentException when the value is encapsulated
     */
    public static InputStream bulk(SeekableByteChannel stored, TransferSyntaxUid transferSyntax, Vr vr, Value.Bulk bulk)
            throws IOException {
        if (bulk.lengthBytes() < 0) {
            throw new IllegalArgumentException("encapsulated fragments have no single value");
        }
        SeekableByteChannel plain = open(stored, transferSyntax);
        Encoding announced = TransferSyntax.of(transferSyntax).encoding();
        boolean big =
                DataSetTokenizer.probe(read(plain, 0, Long.BYTES), announced).bigEndian();
        plain.position(bulk.offsetBytes());
        InputStream value = new BoundedInput(Channels.newInputStream(plain), bulk.lengthBytes());
        int unit = ValueDecoder.swapBytes(vr);
        return big && unit > 1 ? new SwappingInput(value, unit) : value;
    }

    /** At most so many bytes; an early end is an error, not a short value. */
    private static final class BoundedInput extends InputStream {
        private final InputStream in;
        private long left;

        BoundedInput(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int n = in.read(bytes, offset, (int) Math.min(length, left));
            if (n < 0) {
                throw new EOFException("value ends early");
            }
            left -= n;
            return n;
        }
    }

    private static final class SwappingInput extends InputStream {
        private static final int BUFFER_BYTES = 8 << 10;
        private final InputStream in;
        private final int unit;
        private byte[] buffer = {};
        private int at;

        SwappingInput(InputStream in, int unit) {
            this.in = in;
            this.unit = unit;
        }

        @Override
        public int read() throws IOException {
            return fill() ? buffer[at++] & 0xFF : -1;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (!fill()) {
                return -1;
            }
            int n = Math.min(length, buffer.length - at);
            System.arraycopy(buffer, at, bytes, offset, n);
            at += n;
            return n;
        }

        private boolean fill() throws IOException {
            if (at == buffer.length) {
                buffer = ValueDecoder.swapped(in.readNBytes(BUFFER_BYTES), unit);
                at = 0;
            }
            return at < buffer.length;
        }
    }
}
