package org.archipelago.node.dicomweb;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.archipelago.contract.dicom.AttributeSet;

/** Port: the DICOM JSON model (PS3.18 Annex F). */
public interface JsonModel {
    /** Writes one data set as a JSON object. Does not close the stream. */
    void write(AttributeSet dataset, BulkUris bulk, OutputStream out) throws IOException;

    /** Where a value that stayed in the blob can be had. */
    interface BulkUris {
        /** @param path tags and, between them, item numbers from 1: {@code [tag]} or {@code [sequence, item, tag]} and so on */
        String uri(List<Integer> path);
    }
}
