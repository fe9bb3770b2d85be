package org.archipelago.node.dicom.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metadata of every real file, as pydicom and as we read it back. */
class DicomJsonRealFilesTest {
    /** Text where a sequence belongs, and an IS of {@code 1A}: pydicom will not have them, we keep them. */
    private static final String[] AGAINST_THE_STANDARD = {
        "dcm4che/dcm4che-test-data__src__main__resources__Tag-0040-A170-VR-CS.dcm",
        "pydicom/src__pydicom__data__test_files__badVR.dcm"
    };

    @TempDir
    Path directory;

    @Test
    void metadata_isUnderstoodByPydicom() throws Exception {
        Path script = directory.resolve("pydicom_from_json.py");
        try (var in = getClass().getResourceAsStream("pydicom_from_json.py")) {
            Files.copy(in, script);
        }
        List<String> names = new ArrayList<>();
        List<Integer> elements = new ArrayList<>();
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        StoredHeaders headers = new StoredHeaders(DataSetLimits.DEFAULT);
        for (String name : RealFiles.names()) {
            try {
                DataSetFile file = DataSetFile.of(RealFiles.file(name));
                AttributeSet set = headers.read(file.channel(), file.transferSyntax(), Optional.empty());
                byte[] json = json(set);
                assertThat(count(readBack(json))).as(name).isEqualTo(count(set));
                // The many slices of a series show nothing new.
                if (name.startsWith("pydicom")
                        || name.startsWith("dcm4che")
                        || Math.floorMod(name.hashCode(), 8) == 0) {
                    lines.writeBytes(json);
                    lines.write('\n');
                    names.add(name);
                    elements.add(count(set));
                }
            } catch (ArchiveException refused) {
                continue;
            }
        }
        Path input = directory.resolve("metadata");
        Files.write(input, lines.toByteArray());
        Programs.Result result =
                Programs.run(input, List.of(Programs.require("python3").toString(), script.toString()));
        String[] answers = result.output().split("\n");
        assertThat(answers).hasSameSizeAs(names);
        Map<String, String> wrong = new TreeMap<>();
        for (int i = 0; i < answers.length; i++) {
            if (!answers[i].equals(elements.get(i).toString())) {
                wrong.put(names.get(i), answers[i] + " of " + elements.get(i));
            }
        }
        assertThat(wrong).containsOnlyKeys(AGAINST_THE_STANDARD);
        assertThat(names).hasSizeGreaterThan(250);
    }

    private static byte[] json(AttributeSet set) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DicomJson.write(set, out, DicomJson.Mode.METADATA, (path, vr, bulk) -> "bulk/" + path);
        return out.toByteArray();
    }

    private static AttributeSet readBack(byte[] json) {
        return DicomJson.read(new ByteArrayInputStream(json), 64 << 20, (tag, vr, uri) -> new Value.Bulk(0, 0))
                .getFirst();
    }

    /** Nested character sets are left out of the text. */
    private static int count(AttributeSet set) {
        return count(set, true);
    }

    private static int count(AttributeSet set, boolean top) {
        int n = 0;
        for (Map.Entry<Integer, Attribute> entry : set.attributes().entrySet()) {
            n += top || entry.getKey() != Tags.SPECIFIC_CHARACTER_SET ? 1 : 0;
            for (Value value : entry.getValue().values()) {
                n += value instanceof Value.Item(AttributeSet item) ? count(item, false) : 0;
            }
        }
        return n;
    }
}
