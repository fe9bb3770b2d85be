package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** DICOMweb requests of the tests (PS3.18). */
final class DicomWeb {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final NodeProcess node;

    DicomWeb(NodeProcess node) {
        this.node = node;
    }

    /** Matches of a QIDO-RS query; none for 204. */
    JsonNode search(String pathAndQuery) {
        HttpResponse<byte[]> response = node.get(node.dicomWeb(pathAndQuery), "Accept", "application/dicom+json");
        if (response.statusCode() == 204) {
            return JSON.createArrayNode();
        }
        return json(response, pathAndQuery);
    }

    int status(String pathAndQuery) {
        return node.get(node.dicomWeb(pathAndQuery), "Accept", "application/dicom+json")
                .statusCode();
    }

    JsonNode metadata(String path) {
        return json(node.get(node.dicomWeb(path + "/metadata"), "Accept", "application/dicom+json"), path);
    }

    /** Objects of a study, series or instance, each as stored. */
    List<DicomFile> retrieve(String path) {
        return objects(path, node.get(node.dicomWeb(path), "Accept", Multipart.ANY_DICOM));
    }

    /** As {@link #retrieve}; none of what is not there. */
    List<DicomFile> retrieveIfThere(String path) {
        HttpResponse<byte[]> response = node.get(node.dicomWeb(path), "Accept", Multipart.ANY_DICOM);
        return response.statusCode() == 404 ? List.of() : objects(path, response);
    }

    private List<DicomFile> objects(String path, HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError(path + ": " + response.statusCode() + " " + text(response) + "\n" + node.log());
        }
        return Multipart.parts(response).stream()
                .map(part -> DicomFile.of(path, part))
                .toList();
    }

    /** Files in one STOW-RS request. */
    HttpResponse<byte[]> store(byte[]... files) {
        String boundary = "acceptance-" + DicomFile.sha256(files[0]).substring(0, 20);
        return node.send(HttpRequest.newBuilder(node.dicomWeb("/studies"))
                .header("Content-Type", "multipart/related; type=\"application/dicom\"; boundary=" + boundary)
                .header("Accept", "application/dicom+json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Multipart.request(boundary, files)))
                .build());
    }

    static JsonNode json(HttpResponse<byte[]> response, String what) {
        if (response.statusCode() / 100 != 2) {
            throw new AssertionError(what + ": " + response.statusCode() + " " + text(response));
        }
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** First value of an attribute in a match, or the empty text. */
    static String value(JsonNode match, String tag) {
        return match.path(tag).path("Value").path(0).asText("");
    }

    private static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
