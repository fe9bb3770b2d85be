package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.web.ByteCount;
import org.archipelago.node.web.Disclosures;

/**
 * Frames on their way out.
 *
 * @param base address of the image's frames, with a slash at its end
 */
record FrameAnswer(FrameSource.Image frames, List<Integer> numbers, String base) {
    /** Goes to the next form that the caller takes when decoding fails, as long as nothing has left. */
    void send(
            List<FrameNegotiation> forms,
            HttpServletRequest request,
            HttpServletResponse response,
            Disclosures.Tally tally)
            throws IOException {
        for (int i = 0; ; i++) {
            try {
                send(forms.get(i), request, response, tally);
                return;
            } catch (ArchiveException e) {
                if (e.error() != ArchiveError.TRANSCODING_FAILED || i + 1 == forms.size() || response.isCommitted()) {
                    throw e;
                }
                response.resetBuffer();
            }
        }
    }

    private void send(
            FrameNegotiation form, HttpServletRequest request, HttpServletResponse response, Disclosures.Tally tally)
            throws IOException {
        String boundary = DicomWeb.newBoundary();
        response.setContentType(
                form.multipart() ? MultipartWriter.contentType(form.media(), boundary) : form.contentType());
        if (request.getMethod().equals("HEAD")) {
            return;
        }
        ByteCount out = new ByteCount(response.getOutputStream());
        MultipartWriter parts = new MultipartWriter(out, boundary);
        int whole = 0;
        boolean done = false;
        try {
            for (int number : numbers) {
                if (form.multipart()) {
                    parts.part(form.contentType(), base + number);
                }
                if (form.decoded()) {
                    frames.decoded(number, out);
                } else {
                    frames.stored(number, out);
                }
                whole++;
            }
            if (form.multipart()) {
                parts.end();
            }
            done = true;
        } finally {
            if (done || response.isCommitted()) { // else nothing of it leaves
                tally.add(whole, out.bytes());
            }
        }
    }
}
