package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;

/** How metadata and search results leave (PS3.18 §8.7.5); JSON where the caller leaves it open. */
enum DataSetForm {
    DICOM_JSON("application/dicom+json"),
    PLAIN_JSON("application/json"),
    /** One document. */
    XML("application/dicom+xml"),
    /** One document for each data set, in parts. */
    XML_IN_PARTS("application/dicom+xml");

    private final String media;

    DataSetForm(String media) {
        this.media = media;
    }

    String media() {
        return media;
    }

    boolean isJson() {
        return this == DICOM_JSON || this == PLAIN_JSON;
    }

    /**
     * The best that the caller takes.
     *
     * @param one whether the answer is one data set, which may leave without parts
     * @throws ArchiveException NOT_ACCEPTABLE
     */
    static DataSetForm of(HttpServletRequest request, boolean one) {
        for (MediaRange range : AcceptHeader.of(request)) {
            for (DataSetForm form : values()) {
                boolean inParts = form == XML_IN_PARTS;
                if (range.isMultipart() == inParts && (one || form != XML) && range.takes(form.media)) {
                    return form;
                }
            }
        }
        throw new ArchiveException(
                ArchiveError.NOT_ACCEPTABLE,
                "this leaves as application/dicom+json or multipart/related; type=\"application/dicom+xml\"");
    }
}
