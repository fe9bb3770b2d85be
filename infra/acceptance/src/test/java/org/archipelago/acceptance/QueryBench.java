package org.archipelago.acceptance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Search and retrieval beside Orthanc and beside the bare search engine, in the same run; for {@code infra/bench/run query}.
 * Every answer is checked before it counts.
 */
final class QueryBench {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DICOM_JSON = "application/dicom+json";
    private static final String ANY_DICOM = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";
    /** Orthanc's plug-in knows no parameter transfer-syntax. */
    private static final String ORTHANC_DICOM = "multipart/related; type=\"application/dicom\"";

    private static final String LARGE_STUDY = "2.25.6000001";
    private static final int LARGE_INSTANCES = 500;

    private final BenchHttp http = new BenchHttp();
    private final Random random = new Random(1);
    private final int[] ports;
    private final String node;
    private final String orthanc;
    private final String elasticsearch;

    /** How a study is asked for. */
    private enum Key {
        PATIENT_ID("PatientID=%s"),
        /** As a list of studies is narrowed while one types; among few and many studies it names ten. */
        NAME_PREFIX("PatientName=BENCH^%.9s*");

        private final String query;

        Key(String query) {
            this.query = query;
        }

        String path(long study) {
            return "/studies?" + query.formatted(BenchLoad.patient(study)).replace("^", "%5E") + "&limit=25";
        }
    }

    private enum Who {
        ARCHIPELAGO,
        ELASTICSEARCH,
        ORTHANC
    }

    private QueryBench(int[] ports) {
        this.ports = ports;
        this.node = "http://127.0.0.1:" + ports[1] + "/dicom-web";
        this.orthanc = "http://127.0.0.1:" + ports[3] + "/dicom-web";
        this.elasticsearch = "http://127.0.0.1:" + ports[4];
    }

    /** Arguments: ports of the node (DICOM, HTTP), of Orthanc (DICOM, HTTP) and of Elasticsearch; studies few, many; queries; rounds. */
    public static void main(String[] args) throws Exception {
        int[] ports = new int[5];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = Integer.parseInt(args[i]);
        }
        new QueryBench(ports)
                .run(
                        Long.parseLong(args[5]),
                        Long.parseLong(args[6]),
                        Integer.parseInt(args[7]),
                        Integer.parseInt(args[8]));
    }

    private void run(long few, long many, int queries, int rounds) throws Exception {
        load(0, few);
        Map<Key, Map<Who, Double>> atFew = medians(few, queries);
        load(few, many);
        Map<Key, Map<Who, Double>> atMany = medians(many, queries);
        for (Key key : Key.values()) {
            report(key, few, many, atFew.get(key), atMany.get(key));
        }
        largeStudy(rounds);
        rebuild();
    }

    private void load(long from, long to) throws Exception {
        double ours = new BenchLoad(ports[0], 1).send(from, to);
        double theirs = new BenchLoad(ports[2], 1).send(from, to);
        System.out.printf("studies %d to %d: %.0f/s here, %.0f/s to Orthanc%n", from, to, ours, theirs);
        long began = System.nanoTime();
        while (matches(node, to - 1) != 1) {
            if (System.nanoTime() - began > 600_000_000_000L) {
                throw new IllegalStateException("the last study was not found within 10 minutes");
            }
            Thread.sleep(50);
        }
        System.out.printf("the last was found after %.1f s%n", (System.nanoTime() - began) / 1e9);
    }

    private int matches(String server, long study) throws IOException, InterruptedException {
        BenchHttp.Answer answer =
                http.text(server + "/studies?PatientID=" + BenchLoad.patient(study) + "&limit=25", DICOM_JSON);
        return answer.status() == 204 ? 0 : JSON.readTree(answer.text()).size();
    }

    private static void report(Key key, long few, long many, Map<Who, Double> atFew, Map<Who, Double> atMany) {
        String name = key.name().toLowerCase(Locale.ROOT);
        System.out.printf("%-14s %12s %12s   p50 ms%n", name, few, many);
        atFew.forEach((who, ms) ->
                System.out.printf("%-14s %12.2f %12.2f%n", who.name().toLowerCase(Locale.ROOT), ms, atMany.get(who)));
        double ours = atMany.get(Who.ARCHIPELAGO);
        most("qido_" + name + "_growth", ours / atFew.get(Who.ARCHIPELAGO), 1.5);
        if (key == Key.PATIENT_ID) {
            most("qido_" + name + "_vs_elasticsearch", ours / atMany.get(Who.ELASTICSEARCH), 1.5);
        }
        most("qido_" + name + "_few_vs_orthanc", atFew.get(Who.ARCHIPELAGO) / atFew.get(Who.ORTHANC), 0.5);
        most("qido_" + name + "_many_vs_orthanc", ours / atMany.get(Who.ORTHANC), 0.1);
    }

    private Map<Key, Map<Who, Double>> medians(long studies, int count) throws Exception {
        Map<Key, Map<Who, Double>> medians = new EnumMap<>(Key.class);
        for (Key key : Key.values()) {
            queries(key, studies, count); // warm-up
            medians.put(key, queries(key, studies, count));
        }
        return medians;
    }

    /** Medians of one study after another, of which each server is asked in turn. */
    private Map<Who, Double> queries(Key key, long studies, int count) throws Exception {
        Map<Who, double[]> taken = new EnumMap<>(Who.class);
        for (Who who : Who.values()) {
            if (who != Who.ELASTICSEARCH || key == Key.PATIENT_ID) {
                taken.put(who, new double[count]);
            }
        }
        String index = physical("studies");
        String field = patientIdTerm(index, 0);
        for (int i = 0; i < count; i++) {
            long study = random.nextLong(studies);
            taken.get(Who.ARCHIPELAGO)[i] = found(http.text(node + key.path(study), DICOM_JSON), study, key);
            taken.get(Who.ORTHANC)[i] = found(http.text(orthanc + key.path(study), DICOM_JSON), study, key);
            if (key == Key.PATIENT_ID) {
                taken.get(Who.ELASTICSEARCH)[i] = bare(index, field + BenchLoad.patient(study));
            }
        }
        Map<Who, Double> medians = new EnumMap<>(Who.class);
        taken.forEach((who, ms) -> medians.put(who, BenchHttp.median(ms)));
        return medians;
    }

    private static double found(BenchHttp.Answer answer, long study, Key key) throws IOException {
        JsonNode rows = JSON.readTree(answer.text());
        boolean there = false;
        for (JsonNode row : rows) {
            there |= row.path("0020000D").path("Value").path(0).asText().equals(BenchLoad.study(study));
        }
        if (!there || rows.size() != (key == Key.PATIENT_ID ? 1 : 10)) {
            throw new IllegalStateException(
                    key + " " + answer.status() + ": " + rows.size() + " studies, the one that was meant: " + there);
        }
        return answer.ms();
    }

    /** The same question as the node puts it to its index. */
    private double bare(String index, String term) throws IOException, InterruptedException {
        ObjectNode body = JSON.createObjectNode();
        ArrayNode filter = body.putObject("query").putObject("bool").putArray("filter");
        filter.addObject().putObject("term").put("kind", "studies");
        filter.addObject().putObject("term").put("any", term);
        ArrayNode sort = body.putArray("sort");
        sort.addObject().put("date", "desc");
        sort.addObject().put("time", "desc");
        sort.addObject().put("studyUid", "asc");
        body.put("track_total_hits", false).put("from", 0).put("size", 26);
        BenchHttp.Answer answer = http.post(
                elasticsearch + "/" + index + "/_search?timeout=10s&allow_partial_search_results=false",
                "application/json",
                JSON.writeValueAsBytes(body));
        if (JSON.readTree(answer.text()).path("hits").path("hits").size() != 1) {
            throw new IllegalStateException("the bare query found something else: " + answer.text());
        }
        return answer.ms();
    }

    private String physical(String index) throws IOException, InterruptedException {
        JsonNode aliases = JSON.readTree(http.text(elasticsearch + "/_alias/*-" + index, "application/json")
                .text());
        return aliases.fieldNames().next();
    }

    /** What stands before a Patient ID in the terms of a document. */
    private String patientIdTerm(String index, long study) throws IOException, InterruptedException {
        String body = "{\"query\":{\"term\":{\"studyUid\":\"" + BenchLoad.study(study) + "\"}}}";
        JsonNode any = JSON.readTree(
                        http.post(elasticsearch + "/" + index + "/_search", "application/json", body.getBytes())
                                .text())
                .path("hits")
                .path("hits")
                .path(0)
                .path("_source")
                .path("any");
        String patient = BenchLoad.patient(study);
        for (JsonNode term : any) {
            String text = term.asText();
            if (text.startsWith("00100020") && text.toUpperCase(Locale.ROOT).endsWith("=" + patient)) {
                return text.substring(0, text.length() - patient.length());
            }
        }
        throw new IllegalStateException("no term of a Patient ID in " + any);
    }

    /** A study of 500 images of 512 x 512 x 16 bits: its instances, its metadata, all of it. */
    private void largeStudy(int rounds) throws Exception {
        for (int port : new int[] {ports[0], ports[2]}) {
            DicomFile first = CtImage.of(LARGE_STUDY, "LARGE", 1);
            try (RawStoreScu scu = new RawStoreScu(port, "SENDER", "BENCH", List.of(first))) {
                for (int k = 1; k <= LARGE_INSTANCES; k++) {
                    if (!scu.store(CtImage.of(LARGE_STUDY, "LARGE", k)).isSuccess()) {
                        throw new IllegalStateException("a store was refused");
                    }
                }
            }
        }
        String study = "/studies/" + LARGE_STUDY;
        double instances = compare("qido_500_instances", study + "/instances", DICOM_JSON, DICOM_JSON, rounds, 1);
        least("qido_500_instances_vs_orthanc", instances, 20);
        least(
                "study_metadata_vs_orthanc",
                compare("study_metadata", study + "/metadata", DICOM_JSON, DICOM_JSON, rounds, 1),
                10);
        List<Double> firstRatio = new ArrayList<>();
        double whole = compare("wado_study", study, ANY_DICOM, ORTHANC_DICOM, rounds, 500 * 524_288L, firstRatio);
        least("wado_study_vs_orthanc", whole, 1.5);
        least("wado_first_byte_vs_orthanc", firstRatio.getFirst(), 2);
    }

    private double compare(String name, String path, String accept, String orthancAccept, int rounds, long leastBytes)
            throws Exception {
        return compare(name, path, accept, orthancAccept, rounds, leastBytes, new ArrayList<>());
    }

    /** @return how many times as long Orthanc takes, by medians of interleaved rounds; the same of the first byte is added */
    private double compare(
            String name,
            String path,
            String accept,
            String orthancAccept,
            int rounds,
            long leastBytes,
            List<Double> firstRatio)
            throws Exception {
        double[] ours = new double[rounds];
        double[] theirs = new double[rounds];
        double[] oursFirst = new double[rounds];
        double[] theirsFirst = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            BenchHttp.Answer here = whole(http.download(node + path, accept), leastBytes);
            BenchHttp.Answer there = whole(http.download(orthanc + path, orthancAccept), leastBytes);
            if (round >= 0) { // one to warm up
                ours[round] = here.ms();
                theirs[round] = there.ms();
                oursFirst[round] = here.firstMs();
                theirsFirst[round] = there.firstMs();
            }
        }
        double here = BenchHttp.median(ours);
        double there = BenchHttp.median(theirs);
        double hereFirst = BenchHttp.median(oursFirst);
        double thereFirst = BenchHttp.median(theirsFirst);
        System.out.printf(
                "%-20s %10.1f ms here, %10.1f ms Orthanc; first byte %8.1f and %8.1f ms%n",
                name, here, there, hereFirst, thereFirst);
        firstRatio.add(thereFirst / hereFirst);
        return there / here;
    }

    private static BenchHttp.Answer whole(BenchHttp.Answer answer, long leastBytes) {
        if (answer.status() != 200 || answer.bytes() < leastBytes) {
            throw new IllegalStateException("an answer of " + answer.status() + " with " + answer.bytes() + " bytes");
        }
        return answer;
    }

    /** Documents per second of a rebuild, and of raw bulk writes of the same documents into indexes with the same mappings. */
    private void rebuild() throws Exception {
        RebuildBench bench = new RebuildBench(http, "http://127.0.0.1:" + ports[1], elasticsearch);
        double rebuilt = bench.rebuilt();
        double raw = bench.raw();
        System.out.printf("index rebuild %.0f documents/s, raw bulk %.0f documents/s%n", rebuilt, raw);
        least("rebuild_vs_raw_bulk", rebuilt / raw, 0.8);
    }

    private static void least(String name, double value, double goal) {
        System.out.printf(
                "RESULT query_%s=%.2f ratio goal=%s met=%s%n", name, value, goal, value >= goal ? "yes" : "no");
    }

    private static void most(String name, double value, double goal) {
        System.out.printf(
                "RESULT query_%s=%.2f ratio goal=%s met=%s%n", name, value, goal, value <= goal ? "yes" : "no");
    }
}
