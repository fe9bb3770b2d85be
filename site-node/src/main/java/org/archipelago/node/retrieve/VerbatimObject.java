package org.archipelago.node.retrieve;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.study.StoredObject;

/** The stored bytes as they are. Closes the channel. */
public final class VerbatimObject implements OutgoingObject {
    private static final int MAX_BUFFER_LENGTH_BYTES = 128 << 10;

    private final StoredObject object;
    private final SeekableByteChannel plain;

    public VerbatimObject(StoredObject object, SeekableByteChannel plain) {
        this.object = object;
        this.plain = plain;
    }

    @Override
    public SopClassUid sopClassUid() {
        return object.sopClassUid();
    }

    @Override
    public SopInstanceUid sopInstanceUid() {
        return object.sopInstanceUid();
    }

    @Override
    public TransferSyntaxUid transferSyntax() {
        return object.transferSyntax();
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        plain.position(0);
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.clamp(plain.size(), 1, MAX_BUFFER_LENGTH_BYTES));
        while (plain.read(buffer.clear()) >= 0) {
            out.write(buffer.array(), 0, buffer.position());
        }
    }

    @Override
    public Optional<SeekableByteChannel> verbatim() {
        return Optional.of(plain);
    }

    @Override
    public void close() {
        try {
            plain.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
