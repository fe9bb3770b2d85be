package org.archipelago.node.dicom.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Every attribute of every real file, as pydicom reads it and as we do. */
class PydicomAgreementTest {
    /** Truncated files, one without a data set, one that begins with a stray byte, and a DICOMDIR with wrong lengths. */
    private static final String[] REFUSED = {
        "dcm4che/dcm4che-test-data__src__main__resources__3gb-bulk-data-truncated",
        "pydicom-data/data_store__data__emri_small_jpeg_2k_lossless_too_short.dcm",
        "pydicom/src__pydicom__data__test_files__MR_truncated.dcm",
        "pydicom/src__pydicom__data__test_files__dicomdirtests__DICOMDIR-nooffset",
        "pydicom/src__pydicom__data__test_files__meta_missing_tsyntax.dcm",
        "pydicom/src__pydicom__data__test_files__no_meta.dcm",
        "pydicom/src__pydicom__data__test_files__rtplan_truncated.dcm"
    };

    /** Has the letters DICM in its data at the place of the prefix; pydicom skips to them. */
    private static final String MISREAD_BY_PYDICOM =
            "dcm4che/dcm4che-test-data__src__main__resources__no_preamble_dicm_in_data";

    private record Seen(String vr, List<String> values) {}

    @TempDir
    Path directory;

    @Test
    void realFiles_areReadAsPydicomReadsThem() throws Exception {
        Map<String, Map<String, Seen>> theirs = pydicom();
        Map<String, List<String>> disagreements = new LinkedHashMap<>();
        Map<String, String> refused = new TreeMap<>();
        int compared = 0;
        Random chunks = new Random(20260101);
        for (String name : RealFiles.names()) {
            AttributeSet ours;
            try {
                ours = header(RealFiles.bytes(name), chunks);
            } catch (ArchiveException e) {
                assertThat(e.error()).as(name).isIn(ArchiveError.NOT_A_DATASET, ArchiveError.DATASET_LIMIT);
                refused.put(name, e.subject());
                continue;
            }
            Map<String, Seen> mine = new TreeMap<>();
            flatten("", ours, mine);
            Map<String, Seen> other = theirs.getOrDefault(name, Map.of());
            List<String> wrong = compare(mine, other);
            compared += other.size();
            if (!wrong.isEmpty()) {
                disagreements.put(name, wrong);
            }
        }
        assertThat(disagreements).containsOnlyKeys(MISREAD_BY_PYDICOM);
        assertThat(refused).as("damaged on purpose").containsOnlyKeys(REFUSED);
        assertThat(compared).isGreaterThan(230_000);
    }

    private static AttributeSet header(byte[] file, Random chunks) {
        Part10.FileStart start = Part10.read(file);
        HeaderCollector collector =
                new HeaderCollector(start.transferSyntax(), Optional.empty(), DataSetLimits.DEFAULT);
        int at = (int) start.datasetOffsetBytes();
        while (at < file.length) {
            int length = Math.min(file.length - at, 1 + chunks.nextInt(chunks.nextBoolean() ? 8 : 20_000));
            collector.feed(file, at, length);
            at += length;
        }
        return collector.finish().attributes();
    }

    private static void flatten(String prefix, AttributeSet attributes, Map<String, Seen> out) {
        attributes.attributes().forEach((tag, attribute) -> {
            String path = prefix + Tags.hex(tag);
            out.put(path, new Seen(attribute.vr().name(), texts(attribute)));
            int number = 1;
            for (Value value : attribute.values()) {
                if (value instanceof Value.Item(AttributeSet item)) {
                    flatten(path + "/" + number++ + "/", item, out);
                }
            }
        });
    }

    private static List<String> texts(Attribute attribute) {
        if (attribute.vr() == Vr.SQ) {
            return List.of(String.valueOf(attribute.values().size()));
        }
        if (attribute.values().isEmpty()) {
            return attribute.vr().isBinary() ? List.of("0") : List.of();
        }
        return attribute.values().stream()
                .map(value -> switch (value) {
                    case Value.Text(String text) -> text;
                    case Value.Numeric(BigDecimal number) ->
                        attribute.vr() == Vr.AT ? Tags.hex((int) number.longValueExact()) : number.toPlainString();
                    case Value.Name(var name) -> ValueEncoder.joined(name);
                    case Value.Inline(byte[] bytes) -> String.valueOf(bytes.length);
                    case Value.Bulk(long _, long length) -> String.valueOf(length);
                    case Value.Item _ -> throw new IllegalStateException();
                })
                .toList();
    }

    private static List<String> compare(Map<String, Seen> ours, Map<String, Seen> theirs) {
        List<String> wrong = new ArrayList<>();
        theirs.forEach((path, their) -> {
            Seen our = ours.get(path);
            if (our == null) {
                wrong.add(path + " missing; pydicom " + their);
            } else if (!same(our, their)) {
                wrong.add(path + " " + our + " pydicom " + their);
            }
        });
        return wrong;
    }

    private static boolean same(Seen ours, Seen theirs) {
        boolean unknownToUs = ours.vr.equals("UN") && !theirs.vr.equals("UN");
        boolean ambiguousToThem = theirs.vr.contains(" or ");
        if (unknownToUs || ambiguousToThem || theirs.vr.equals("?")) {
            return true;
        }
        if (ours.values.equals(List.of("-1"))) {
            return true;
        }
        if (ours.values.size() != theirs.values.size()) {
            return normal(ours.values).equals(normal(theirs.values));
        }
        for (int i = 0; i < ours.values.size(); i++) {
            if (!sameText(ours.vr, ours.values.get(i), theirs.values.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static List<String> normal(List<String> values) {
        return values.stream()
                .map(PydicomAgreementTest::stripped)
                .filter(v -> !v.isEmpty())
                .toList();
    }

    private static String stripped(String text) {
        return text.replace("\u0000", " ").strip();
    }

    private static boolean sameText(String vr, String ours, String theirs) {
        if (stripped(ours).equals(stripped(theirs))) {
            return true;
        }
        return switch (vr) {
            case "FL" -> Float.parseFloat(ours) == Float.parseFloat(theirs);
            case "FD" -> Double.parseDouble(ours) == Double.parseDouble(theirs);
            case "PN" ->
                ours.replaceAll("\\s*=\\s*", "=")
                        .equals(stripped(theirs).replaceAll("\\s*=\\s*", "=").replaceAll("=+$", ""));
            default -> false;
        };
    }

    private Map<String, Map<String, Seen>> pydicom() throws IOException, InterruptedException {
        Programs.require("python3");
        Path script = directory.resolve("pydicom_dump.py");
        try (var in = getClass().getResourceAsStream("pydicom_dump.py")) {
            Files.copy(in, script);
        }
        Path list = directory.resolve("names");
        Files.writeString(
                list,
                String.join(
                                "\n",
                                RealFiles.names().stream()
                                        .map(n -> RealFiles.file(n).toString())
                                        .toList()) + "\n");
        Programs.Result result = Programs.run(list, List.of("/usr/bin/python3", script.toString()));
        assertThat(result.exit()).isZero();
        Map<String, Map<String, Seen>> files = new HashMap<>();
        JsonMapper json = new JsonMapper();
        String root = RealFiles.directory() + "/";
        for (String line : result.output().split("\n")) {
            String[] row = line.split("\t", 4);
            if (row.length == 4) {
                String[] values = json.readValue(row[3], String[].class);
                files.computeIfAbsent(row[0].substring(root.length()), k -> new TreeMap<>())
                        .put(row[1], new Seen(row[2], List.of(values)));
            }
        }
        return files;
    }
}
