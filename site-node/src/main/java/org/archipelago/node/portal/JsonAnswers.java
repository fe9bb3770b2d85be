package org.archipelago.node.portal;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.node.web.Disclosures;
import tools.jackson.databind.json.JsonMapper;

/** Answers in JSON, on record. */
record JsonAnswers(Disclosures disclosures) {
    private static final JsonMapper JSON = new JsonMapper();

    interface Reading<T> {
        T read(Disclosures.Tally tally);
    }

    /** An answer of several things. */
    interface Several {
        int count();
    }

    /** Whole before its first byte, and on its way before its record ends. */
    <T> void send(
            AccessKind kind,
            Optional<StudyInstanceUid> study,
            String what,
            HttpServletRequest request,
            HttpServletResponse response,
            Reading<T> reading)
            throws IOException {
        response.setHeader("Cache-Control", "no-store");
        disclosures.disclose(kind, request, response, study, what, tally -> {
            T read = reading.read(tally);
            byte[] json = switch (read) {
                case Listed<?> list -> {
                    response.setHeader("Archipelago-More", Boolean.toString(list.more()));
                    yield JSON.writeValueAsBytes(list.entries());
                }
                default -> JSON.writeValueAsBytes(read);
            };
            response.setContentType("application/json");
            response.getOutputStream().write(json);
            tally.add(
                    switch (read) {
                        case Several several -> several.count();
                        case Listed<?> list -> list.entries().size();
                        case List<?> list -> list.size();
                        default -> 1;
                    },
                    json.length);
        });
    }
}
