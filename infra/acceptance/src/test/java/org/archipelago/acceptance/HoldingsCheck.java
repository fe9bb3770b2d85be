package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.archipelago.acceptance.Holdings.Instance;
import org.archipelago.acceptance.Holdings.Role;
import org.archipelago.acceptance.Holdings.Version;

/** Whether all that a node must hold comes back over HTTP, byte for byte, and nothing else. */
final class HoldingsCheck {
    private HoldingsCheck() {}

    /** The current ones study by study, and of every instance with more versions all of them by their ids. */
    static void assertWadoReturnsAllVersions(NodeProcess node, Holdings holdings) {
        DicomWeb web = new DicomWeb(node);
        Map<String, List<DicomFile>> studies = byStudy(holdings.current());
        studies.forEach((study, files) -> assertSame(files, web.retrieve("/studies/" + study), "WADO-RS of " + study));
        Map<Instance, List<Version>> several = new LinkedHashMap<>();
        Map<Instance, List<Version>> returned = new LinkedHashMap<>();
        holdings.instances().forEach((instance, versions) -> {
            if (versions.size() > 1) {
                several.put(instance, versions);
                returned.put(instance, allVersions(node, holdings, instance));
            }
        });
        assertThat(Holdings.described(returned)).isEqualTo(Holdings.described(several));
    }

    /** What the node lists, each with the bytes that come for it; by the ids worked out here. */
    private static List<Version> allVersions(NodeProcess node, Holdings holdings, Instance instance) {
        DicomWeb web = new DicomWeb(node);
        String path = "/studies/" + instance.study() + "/instances/" + instance.sopInstance();
        JsonNode listed = DicomWeb.json(node.get(node.http("/api" + path + "/versions")), path);
        Map<String, Role> roles = new HashMap<>();
        listed.forEach(version -> roles.put(
                version.path("version").asText(),
                Role.valueOf(version.path("role").asText().toUpperCase(Locale.ROOT))));
        String series = holdings.currentOf(instance).seriesInstance();
        List<Version> all = new ArrayList<>();
        roles.forEach((id, role) -> {
            List<DicomFile> files = web.retrieve("/studies/" + instance.study() + "/series/" + series + "/instances/"
                    + instance.sopInstance() + "?version=" + id);
            assertThat(files).as(id).hasSize(1);
            Version version = new Version(files.getFirst(), role);
            assertThat(version.id()).isEqualTo(id);
            all.add(version);
        });
        return all;
    }

    /** Every one is listed, and comes back with the very bytes that went in. */
    static void assertQuarantineHolds(NodeProcess node, Holdings holdings) {
        JsonNode listed = DicomWeb.json(node.get(node.http("/api/quarantine")), "quarantine");
        List<String> held = new ArrayList<>();
        List<String> returned = new ArrayList<>();
        listed.forEach(entry -> {
            String id = entry.path("id").asText();
            held.add(entry.path("sopInstanceUid").asText() + " "
                    + entry.path("lengthBytes").asLong());
            HttpResponse<byte[]> response = node.get(node.http("/api/quarantine/" + id));
            assertThat(response.statusCode()).as("quarantined object " + id).isEqualTo(200);
            returned.add(new Version(DicomFile.of(id, response.body()), Role.QUARANTINED).description());
        });
        assertThat(held)
                .containsExactlyInAnyOrderElementsOf(holdings.quarantined().stream()
                        .map(version -> version.file().sopInstance() + " "
                                + version.file().dataset().length)
                        .toList());
        assertThat(returned)
                .containsExactlyInAnyOrderElementsOf(holdings.quarantined().stream()
                        .map(Version::description)
                        .toList());
    }

    static Map<String, List<DicomFile>> byStudy(List<DicomFile> files) {
        return files.stream()
                .collect(Collectors.groupingBy(DicomFile::studyInstance, TreeMap::new, Collectors.toList()));
    }

    /** As many, and each the same: instance, transfer syntax and bytes. */
    static void assertSame(List<DicomFile> expected, List<DicomFile> received, String channel) {
        assertThat(described(received)).as(channel).isEqualTo(described(expected));
    }

    private static List<String> described(List<DicomFile> files) {
        return files.stream()
                .map(file -> new Version(file, Role.CURRENT).description())
                .sorted()
                .toList();
    }
}
