package org.archipelago.node.dimse;

import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;

/**
 * Port: the encoding of small data sets (identifiers, storage commitment) in Implicit VR Little Endian, Explicit VR
 * Little Endian and Explicit VR Big Endian (PS3.5 §7.1, Annex A). Text is coded by the Specific Character Set
 * (0008,0005) in the set. The bytes are already bounded in length; nesting is the codec's to bound.
 */
public interface IdentifierCodec {
    /**
     * @param defaultCharacterSet of text when the set names none
     * @throws org.archipelago.contract.ArchiveException NOT_A_DATASET, DATASET_LIMIT
     */
    AttributeSet decode(byte[] bytes, TransferSyntaxUid transferSyntax, Optional<String> defaultCharacterSet);

    byte[] encode(AttributeSet attributes, TransferSyntaxUid transferSyntax);
}
