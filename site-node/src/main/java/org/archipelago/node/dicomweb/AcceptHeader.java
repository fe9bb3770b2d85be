package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;

/** What the caller takes: the {@code accept} query parameter first (PS3.18 §8.3.3.1), else the Accept header. */
final class AcceptHeader {
    private AcceptHeader() {}

    static List<MediaRange> of(HttpServletRequest request) {
        String parameter = request.getParameter("accept");
        if (parameter != null) {
            return MediaRange.accept(parameter);
        }
        return MediaRange.accept(String.join(",", Collections.list(request.getHeaders("Accept"))));
    }

    /** The JSON type to label an answer with. @throws org.archipelago.contract.ArchiveException NOT_ACCEPTABLE */
    static String json(HttpServletRequest request) {
        for (MediaRange range : of(request)) {
            if (!range.isMultipart() && range.takes("application/dicom+json")) {
                return "application/dicom+json";
            }
            if (!range.isMultipart() && range.takes("application/json")) {
                return "application/json";
            }
        }
        throw new org.archipelago.contract.ArchiveException(
                org.archipelago.contract.ArchiveError.NOT_ACCEPTABLE, "only application/dicom+json is produced here");
    }
}
