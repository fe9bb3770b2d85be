package org.archipelago.node.retrieve;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.study.StoredObject;

/** Corrected, decoded, or both. */
final class RewrittenObject implements OutgoingObject {
    private final StoredObject object;
    private final TransferSyntaxUid target;
    private final SeekableByteChannel plain;
    private final DataSetRewriter.Rewritten rewritten;

    RewrittenObject(
            StoredObject object,
            TransferSyntaxUid target,
            SeekableByteChannel plain,
            DataSetRewriter.Rewritten rewritten) {
        this.object = object;
        this.target = target;
        this.plain = plain;
        this.rewritten = rewritten;
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
        return target;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        rewritten.writeTo(out);
    }

    @Override
    public Optional<SeekableByteChannel> verbatim() {
        return Optional.empty();
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
