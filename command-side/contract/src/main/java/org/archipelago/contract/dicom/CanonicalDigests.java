package org.archipelago.contract.dicom;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;
import org.archipelago.contract.Digest;

/**
 * Port: a digest that is equal for two data sets which differ only in encoding (Explicit VR Little Endian, defined
 * lengths, no padding, no group lengths; lossless pixels decoded).
 */
public interface CanonicalDigests {
    /** Empty when the pixels cannot be decoded: the caller then takes two objects to differ. */
    Optional<Digest> of(SeekableByteChannel plain, TransferSyntaxUid transferSyntax) throws IOException;
}
