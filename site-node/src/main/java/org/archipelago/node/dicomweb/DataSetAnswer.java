package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.dicom.xml.NativeModel;
import org.archipelago.node.web.ByteCount;

/** Writes data sets one by one: a JSON array, or XML documents. */
final class DataSetAnswer {
    private final DataSetForm form;
    private final DicomJson.Mode mode;
    private final ByteCount out;
    private final MultipartWriter parts;
    private boolean begun;

    private DataSetAnswer(DataSetForm form, DicomJson.Mode mode, ByteCount out, String boundary) {
        this.form = form;
        this.mode = mode;
        this.out = out;
        this.parts = new MultipartWriter(out, boundary);
    }

    /** Sets the type of the answer, and with {@code toBody} begins it. */
    static Optional<DataSetAnswer> begin(
            DataSetForm form, DicomJson.Mode mode, HttpServletResponse response, boolean toBody) throws IOException {
        String boundary = DicomWeb.newBoundary();
        response.setContentType(
                form == DataSetForm.XML_IN_PARTS ? MultipartWriter.contentType(form.media(), boundary) : form.media());
        if (!toBody) {
            return Optional.empty();
        }
        DataSetAnswer answer = new DataSetAnswer(form, mode, new ByteCount(response.getOutputStream()), boundary);
        if (form.isJson()) {
            answer.out.write('[');
        }
        return Optional.of(answer);
    }

    /** @param location of the data set itself, if it has an address */
    void write(AttributeSet set, Optional<String> location, DicomJson.BulkDataUri uris) throws IOException {
        if (form.isJson() && begun) {
            out.write(',');
        }
        begun = true;
        if (form == DataSetForm.XML_IN_PARTS) {
            parts.part(form.media(), location);
        }
        if (form.isJson()) {
            DicomJson.write(set, out, mode, uris);
        } else {
            NativeModel.write(set, out, mode, uris);
        }
    }

    void end() throws IOException {
        if (form.isJson()) {
            out.write(']');
        } else if (form == DataSetForm.XML_IN_PARTS) {
            parts.end();
        }
    }

    long bytes() {
        return out.bytes();
    }
}
