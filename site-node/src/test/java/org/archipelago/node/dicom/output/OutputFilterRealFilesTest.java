package org.archipelago.node.dicom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.junit.jupiter.api.Test;

/** Every real file, on its way out. */
class OutputFilterRealFilesTest {
    private static final StoredHeaders HEADERS = new StoredHeaders(DataSetLimits.DEFAULT);
    private static final List<TransferSyntaxUid> UNCOMPRESSED = List.of(
            TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
            TransferSyntaxUid.EXPLICIT_VR_BIG_ENDIAN,
            TransferSyntaxUid.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);

    /** JPEG XL and HTJ2K, for which there is no codec; a codestream with nonsense in its header. */
    private static final String[] UNDECODABLE = {
        "dcm4che/dcm4che-test-data__src__main__resources__will-jxl.dcm",
        "pydicom-data/data_store__data__HTJ2KLossless_08_RGB.dcm",
        "pydicom/src__pydicom__data__test_files__JPEG2000-embedded-sequence-delimiter.dcm"
    };

    private interface Check {
        void of(String name, DataSetFile file) throws Exception;
    }

    /** Counts the readable files. */
    private static int forEachReadable(Check check) throws Exception {
        int readable = 0;
        for (String name : RealFiles.names()) {
            DataSetFile file;
            try {
                file = DataSetFile.of(RealFiles.file(name));
                HEADERS.read(file.channel(), file.transferSyntax(), Optional.empty());
            } catch (ArchiveException refused) {
                continue;
            }
            readable++;
            check.of(name, file);
        }
        return readable;
    }

    private static DataSetFile output(DataSetFile file, Corrections corrections, TransferSyntaxUid to)
            throws Exception {
        PreparedOutput prepared = OutputFilter.prepare(
                file.channel(), file.transferSyntax(), corrections, to, Optional.empty(), DataSetLimits.DEFAULT);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        prepared.writeTo(out);
        return new DataSetFile(out.toByteArray(), prepared.transferSyntax());
    }

    private static Corrections renamed(String name) {
        AttributeSet replacements = AttributeSet.of(Map.of(
                Tags.PATIENT_NAME,
                new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, "", "")))),
                Tags.PATIENT_ID,
                new Attribute(Vr.LO, List.of(new Value.Text("NEW-17"))),
                0x00101040,
                new Attribute(Vr.LO, List.of(new Value.Text("Nowhere 1")))));
        AttributeSet item = AttributeSet.of(Map.of(
                0x04000562, new Attribute(Vr.DT, List.of(new Value.Text("20261122100000.000000+0000"))),
                0x04000563, new Attribute(Vr.LO, List.of(new Value.Text("Archipelago"))),
                0x04000564, new Attribute(Vr.LO, List.of(new Value.Text("sender"))),
                0x04000565, new Attribute(Vr.CS, List.of(new Value.Text("CORRECT")))));
        return new Corrections(replacements, List.of(item));
    }

    @Test
    void withoutCorrections_bytesAreTheSame() throws Exception {
        int readable = forEachReadable((name, file) -> assertThat(
                        output(file, Corrections.NONE, file.transferSyntax()).dataset())
                .as(name)
                .isEqualTo(file.dataset()));
        assertThat(readable).isEqualTo(932);
    }

    @Test
    void corrections_changeTheirElementsAndNoOthers() throws Exception {
        forEachReadable((name, file) -> {
            Corrections corrections = renamed("New^Name");
            DataSetFile out = output(file, corrections, file.transferSyntax());
            AttributeSet before = HEADERS.read(file.channel(), file.transferSyntax(), Optional.empty());
            AttributeSet after = HEADERS.read(out.channel(), out.transferSyntax(), Optional.empty());
            assertCorrected(name, corrections, before, after);
            if (after.text(Tags.SPECIFIC_CHARACTER_SET).equals(before.text(Tags.SPECIFIC_CHARACTER_SET))) {
                assertOthersAreTheSame(name, corrections, file, out);
            }
        });
    }

    private static void assertCorrected(String name, Corrections corrections, AttributeSet before, AttributeSet after) {
        corrections
                .replacements()
                .attributes()
                .forEach((tag, attribute) -> assertThat(after.get(tag)).as(name).contains(attribute));
        List<Value> originals =
                after.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE).orElseThrow().values();
        int already = before.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                .map(a -> a.values().size())
                .orElse(0);
        assertThat(originals).as(name).hasSize(already + 1);
        AttributeSet item = ((Value.Item) originals.getLast()).attributes();
        AttributeSet modified =
                ((Value.Item) item.get(0x04000550).orElseThrow().values().getFirst()).attributes();
        corrections
                .replacements()
                .attributes()
                .keySet()
                .forEach(tag -> assertThat(modified.get(tag).map(Attribute::values))
                        .as(name)
                        .contains(before.get(tag).map(Attribute::values).orElse(List.of())));
    }

    private static void assertOthersAreTheSame(String name, Corrections corrections, DataSetFile file, DataSetFile out)
            throws Exception {
        Map<Integer, byte[]> before = TopLevel.of(file);
        Map<Integer, byte[]> after = TopLevel.of(out);
        for (Map<Integer, byte[]> elements : List.of(before, after)) {
            elements.keySet().removeAll(corrections.replacements().attributes().keySet());
            elements.remove(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE);
            elements.remove(0x00100000);
            elements.remove(0x04000000);
        }
        assertThat(after.keySet()).as(name).containsExactlyElementsOf(before.keySet());
        before.forEach((tag, bytes) ->
                assertThat(after.get(tag)).as("%s %08X", name, tag).isEqualTo(bytes));
    }

    @Test
    void correctionOutsideOfTheCharacterSet_turnsAllTextToUtf8() throws Exception {
        forEachReadable((name, file) -> {
            Corrections corrections = renamed("山田^太郎");
            DataSetFile out = output(file, corrections, file.transferSyntax());
            AttributeSet before = HEADERS.read(file.channel(), file.transferSyntax(), Optional.empty());
            AttributeSet after = HEADERS.read(out.channel(), out.transferSyntax(), Optional.empty());
            assertCorrected(name, corrections, before, after);
            assertSameText(name, before, after);
        });
    }

    /** All but what was corrected, what moved, and the character sets. */
    private static void assertSameText(String name, AttributeSet before, AttributeSet after) {
        Map<String, Object> expected = new TreeMap<>();
        Map<String, Object> actual = new TreeMap<>();
        flatten("", before, expected);
        flatten("", after, actual);
        List.of(expected, actual)
                .forEach(map -> map.keySet()
                        .removeIf(path -> path.startsWith("00100010")
                                || path.startsWith("00100020")
                                || path.startsWith("00101040")
                                || path.startsWith("04000561")
                                || path.contains("00080005#")));
        Map<String, Object> missing = new TreeMap<>(expected);
        missing.entrySet().removeAll(actual.entrySet());
        Map<String, Object> surplus = new TreeMap<>(actual);
        surplus.entrySet().removeAll(expected.entrySet());
        assertThat(surplus).as(name).isEqualTo(missing);
    }

    private static void flatten(String prefix, AttributeSet set, Map<String, Object> out) {
        set.attributes().forEach((tag, attribute) -> {
            String path = prefix + Tags.hex(tag);
            int number = 0;
            for (Value value : attribute.values()) {
                number++;
                switch (value) {
                    case Value.Item(AttributeSet item) -> flatten(path + "/" + number + "/", item, out);
                    case Value.Bulk(long _, long length) -> out.put(path, "bulk " + length);
                    case Value.Inline(byte[] bytes) ->
                        out.put(path, java.util.HexFormat.of().formatHex(bytes));
                    case Value.Numeric(BigDecimal numeric) -> out.put(path + "#" + number, numeric);
                    case Value.Text _, Value.Name _ -> out.put(path + "#" + number, value);
                }
            }
        });
    }

    @Test
    void transcoding_keepsContentAndPixels() throws Exception {
        ContentDigests digests = new ContentDigests(DataSetLimits.DEFAULT);
        Map<String, String> failed = new TreeMap<>();
        Map<String, Integer> done = new HashMap<>();
        List<String> differing = new ArrayList<>();
        forEachReadable((name, file) -> {
            boolean mayBeLossy = TransferSyntax.of(file.transferSyntax()).pixels() == TransferSyntax.Pixels.MAYBE_LOSSY;
            // All targets for what is rare; one in turn for a third of the many of Explicit VR Little Endian.
            int turn = Math.floorMod(name.hashCode(), 12);
            boolean common = file.transferSyntax().equals(TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN);
            List<TransferSyntaxUid> targets = common
                    ? UNCOMPRESSED.subList(turn % 12 / 3, turn % 12 / 3 + (turn % 3 == 0 ? 1 : 0))
                    : UNCOMPRESSED;
            Optional<Digest> digest =
                    targets.isEmpty() ? Optional.empty() : digests.of(file.channel(), file.transferSyntax());
            for (TransferSyntaxUid target : targets) {
                try {
                    DataSetFile out = output(file, Corrections.NONE, target);
                    HEADERS.read(out.channel(), target, Optional.empty());
                    Optional<Digest> after = digests.of(out.channel(), target);
                    if (!mayBeLossy && !after.equals(digest)) {
                        differing.add(name + " " + target);
                    }
                    done.merge(target.value(), 1, Integer::sum);
                } catch (ArchiveException e) {
                    assertThat(e.error()).as(name).isEqualTo(ArchiveError.TRANSCODING_FAILED);
                    failed.put(name, e.subject());
                }
            }
        });
        assertThat(differing).isEmpty();
        assertThat(failed).containsOnlyKeys(UNDECODABLE);
        assertThat(done.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThan(700);
    }
}
