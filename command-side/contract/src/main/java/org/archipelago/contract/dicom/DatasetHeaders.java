package org.archipelago.contract.dicom;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.Optional;

/** Port: reads the attributes of a stored data set; bulk values stay where they are. */
public interface DatasetHeaders {
    /**
     * Every attribute in the DICOM JSON model, text decoded by its Specific Character Set; values of bulk data become
     * {@link Value.Bulk}. Reads to the very end. Memory is bounded by the configured size of a header.
     *
     * @param assumedCharacterSet of text when the data set names none; see {@link
     *     org.archipelago.contract.study.StoredObject}
     * @throws org.archipelago.contract.ArchiveException NOT_A_DATASET, DATASET_LIMIT
     */
    AttributeSet read(SeekableByteChannel plain, TransferSyntaxUid transferSyntax, Optional<String> assumedCharacterSet)
            throws IOException;
}
