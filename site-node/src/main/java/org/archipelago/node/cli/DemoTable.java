package org.archipelago.node.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a demo says once it runs.
 *
 * @param images that each site was sent
 * @param data as it was given on the command line
 */
record DemoTable(
        Terminal terminal,
        Map<DemoSite, NodeAddress> nodes,
        Map<DemoSite, Integer> images,
        int elasticsearchPort,
        Path data,
        Path root) {
    void json() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(
                "sites",
                nodes.entrySet().stream()
                        .map(node -> json(node.getKey(), node.getValue()))
                        .toList());
        facts.put("elasticsearch", "http://127.0.0.1:" + elasticsearchPort);
        facts.put("data", root.toString());
        terminal.json(facts);
    }

    private Map<String, Object> json(DemoSite site, NodeAddress node) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("site", node.site());
        facts.put("http", node.http().toString());
        facts.put("dicomHost", node.dicomHost());
        facts.put("dicomPort", node.dicomPort());
        facts.put("aeTitle", node.aeTitle());
        facts.put("images", images(site));
        return facts;
    }

    void text() {
        terminal.line("");
        terminal.line(sentence());
        terminal.line("");
        terminal.table(sites());
        terminal.line("");
        terminal.table(whatToTry());
        terminal.line("");
        terminal.line("Data: " + root + " (kept; 'demo --fresh' deletes it). Ctrl-C stops everything.");
    }

    private int images(DemoSite site) {
        return images.getOrDefault(site, 0);
    }

    private boolean isNetwork() {
        return nodes.size() > 1;
    }

    private String sentence() {
        String labels = nodes.keySet().stream().map(Enum::name).collect(Collectors.joining(", "));
        int studies = nodes.keySet().stream()
                .mapToInt(site -> PhantomFile.studies(site).size())
                .sum();
        int all = images.values().stream().mapToInt(Integer::intValue).sum();
        return (isNetwork() ? "Sites " + labels + " run as one network" : "Site " + labels + " runs") + " with " + all
                + " synthetic images of " + studies + " studies; the people in them do not exist.";
    }

    private List<List<String>> sites() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("site", "in the browser", "by DICOM", "images"));
        nodes.forEach((site, node) ->
                rows.add(List.of(site.name(), node.http() + "/", dicom(node), String.valueOf(images(site)))));
        return rows;
    }

    private static String dicom(NodeAddress node) {
        return node.aeTitle() + " " + node.dicomHost() + " " + node.dicomPort();
    }

    private List<List<String>> whatToTry() {
        Map.Entry<DemoSite, NodeAddress> first = nodes.entrySet().iterator().next();
        DemoSite site = first.getKey();
        NodeAddress node = first.getValue();
        String web = node.http().toString();
        String where = " --data " + data;
        String ofSite = where + (site == DemoSite.north ? "" : " --site " + site);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("what", "how"));
        rows.add(List.of("search and history", web + "/"));
        if (isNetwork()) {
            rows.add(List.of("one number, two people", web + "/?view=network&q=DEMO-1001  and the same at valley"));
            rows.add(List.of("viewer, all sites", web + "/viewer/?datasources=network"));
            rows.add(List.of("how complete is it", "curl " + web + "/api/network"));
            rows.add(List.of("lose sight of a site", "./archipelago demo stop-site " + site + where));
            rows.add(List.of("and have it back", "./archipelago demo start-site " + site + where));
            rows.add(List.of("let a site burn down", "./archipelago demo lose-site " + site + where));
            rows.add(List.of("bring it back from the others", "./archipelago demo restore-site " + site + where));
        } else {
            rows.add(List.of("viewer", web + "/viewer/"));
        }
        rows.add(List.of("search as JSON", "curl '" + web + "/dicom-web/studies?PatientName=yamada*'"));
        rows.add(List.of("send your own", "./archipelago import" + ofSite + " PATH..."));
        rows.add(List.of("send by DICOM", "storescu -aec " + dicom(node) + " FILE"));
        rows.add(List.of(
                "query by DICOM",
                "findscu -S -k 0008,0052=STUDY -k 0010,0010 -k 0020,000D -aec " + dicom(node)
                        + (isNetwork() ? "  (all sites: " + node.aeTitle() + "_NET)" : "")));
        rows.add(List.of("how is it", "./archipelago status" + ofSite));
        rows.add(List.of("check everything", "./archipelago verify" + ofSite));
        rows.add(List.of("health, metrics", web + "/actuator/health/readiness  " + web + "/actuator/prometheus"));
        return rows;
    }
}
