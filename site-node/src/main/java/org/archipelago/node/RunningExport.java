package org.archipelago.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads from a running node, which goes on with its work. */
final class RunningExport implements ExportSource {
    private final NodeApi node;

    RunningExport(NodeApi node) {
        this.node = node;
    }

    @Override
    public String site() {
        return node.get("/api/status").path("siteId").asText();
    }

    @Override
    public Page page(long after) {
        JsonNode page = node.get("/api/export/page?after=" + after);
        return new Page(
                texts(page.path("studies")),
                page.path("objects").asLong(),
                texts(page.path("quarantined")),
                page.path("last").asLong(),
                page.path("end").asBoolean(),
                page.path("erased").asLong(),
                reasons(page.path("unreadable")));
    }

    @Override
    public List<Kept> objects(String study) throws IOException {
        List<Kept> objects = new ArrayList<>();
        node.read("/api/export/objects?study=" + NodeApi.encoded(study))
                .forEach(kept -> objects.add(new Kept(
                        kept.path("instance").asText(), kept.path("version").asText())));
        return objects;
    }

    @Override
    public void write(String study, Kept object, OutputStream out) throws IOException {
        copy(
                "/api/export/file?study=" + NodeApi.encoded(study) + "&instance=" + NodeApi.encoded(object.instance())
                        + "&version=" + NodeApi.encoded(object.version()),
                out);
    }

    @Override
    public void writeQuarantined(String id, OutputStream out) throws IOException {
        copy("/api/export/quarantined?id=" + NodeApi.encoded(id), out);
    }

    private void copy(String path, OutputStream out) throws IOException {
        try (InputStream file = node.open(path)) {
            file.transferTo(out);
        }
    }

    private static Map<String, String> reasons(JsonNode object) {
        Map<String, String> reasons = new LinkedHashMap<>();
        object.fields()
                .forEachRemaining(
                        field -> reasons.put(field.getKey(), field.getValue().asText()));
        return reasons;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
