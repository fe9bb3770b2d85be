package org.archipelago.node.retrieve;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/** A data set on its way out, without file meta information. */
public interface OutgoingObject extends AutoCloseable {
    SopClassUid sopClassUid();

    SopInstanceUid sopInstanceUid();

    TransferSyntaxUid transferSyntax();

    /** Streams the data set; bounded memory. May be called again. */
    void writeTo(OutputStream out) throws IOException;

    /** The stored bytes for seeking, when they leave unchanged. */
    Optional<SeekableByteChannel> verbatim();

    @Override
    void close();
}
