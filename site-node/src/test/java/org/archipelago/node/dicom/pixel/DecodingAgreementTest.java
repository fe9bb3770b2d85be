package org.archipelago.node.dicom.pixel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.archipelago.contract.ArchiveException;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.RealFiles;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every frame of every compressed real file, as dcmtk and GDCM decode it and as we do. */
class DecodingAgreementTest {
    @TempDir
    Path directory;

    @Test
    void compressedFrames_areDecodedAsOthersDecodeThem() throws Exception {
        Map<String, String> failed = new TreeMap<>();
        Map<String, String> differing = new TreeMap<>();
        List<String> unchecked = new ArrayList<>();
        int agreed = 0;
        for (String name : RealFiles.names()) {
            DataSetFile file;
            Frames frames;
            try {
                file = DataSetFile.of(RealFiles.file(name));
                if (!TransferSyntax.of(file.transferSyntax()).encapsulated()) {
                    continue;
                }
                frames = Frames.open(file.channel(), file.transferSyntax(), DataSetLimits.DEFAULT);
                frames.decoded(0);
            } catch (ArchiveException e) {
                failed.put(name, e.subject());
                continue;
            }
            List<String> verdicts = new ArrayList<>();
            if (SIBLINGS.containsKey(name)) {
                DataSetFile sibling = DataSetFile.of(RealFiles.file(SIBLINGS.get(name)));
                verdicts.add("sibling:"
                        + compare(
                                frames,
                                Frames.open(sibling.channel(), sibling.transferSyntax(), DataSetLimits.DEFAULT)));
            }
            for (String[] program : SIBLINGS.containsKey(name) ? new String[0][] : PROGRAMS) {
                if (verdicts.stream().anyMatch(v -> v.endsWith(":same"))) {
                    break;
                }
                Frames theirs = converted(name, program);
                if (theirs != null) {
                    verdicts.add(program[0] + ":" + compare(frames, theirs));
                }
            }
            if (verdicts.isEmpty()) {
                unchecked.add(name);
            } else if (verdicts.stream().anyMatch(v -> v.endsWith(":same"))) {
                agreed++;
            } else {
                differing.put(name, file.transferSyntax() + " " + frames.image() + verdicts);
            }
        }
        assertThat(differing).isEmpty();
        assertThat(failed).containsOnlyKeys(UNDECODABLE);
        assertThat(unchecked).isEmpty();
        assertThat(agreed).isEqualTo(70 + SIBLINGS.size());
    }

    /** JPEG XL and HTJ2K, for which there is no codec; damaged or truncated on purpose; not an image at all. */
    private static final String[] UNDECODABLE = {
        "dcm4che/dcm4che-test-data__src__main__resources__will-jxl.dcm",
        "pydicom-data/data_store__data__HTJ2KLossless_08_RGB.dcm",
        "pydicom-data/data_store__data__emri_small_jpeg_2k_lossless_too_short.dcm",
        "pydicom/src__pydicom__data__test_files__JPEG2000-embedded-sequence-delimiter.dcm",
        "pydicom/src__pydicom__data__test_files__UN_sequence.dcm",
        "pydicom/src__pydicom__data__test_files__meta_missing_tsyntax.dcm",
        "pydicom/src__pydicom__data__test_files__no_meta.dcm"
    };

    private static final String LIVER = "pydicom-data/data_store__data__liver";

    /** Images of single bits, which the other programs do not decode, and the same image without compression. */
    private static final Map<String, String> SIBLINGS = Map.of(
            LIVER + "_deflate.dcm", LIVER + "_expb.dcm",
            LIVER + "_j2k.dcm", LIVER + "_expb.dcm",
            LIVER + "_rle.dcm", LIVER + "_expb.dcm",
            LIVER + "_nonbyte_aligned_deflate.dcm", LIVER + "_nonbyte_aligned.dcm",
            LIVER + "_nonbyte_aligned_j2k.dcm", LIVER + "_nonbyte_aligned.dcm",
            LIVER + "_nonbyte_aligned_rle.dcm", LIVER + "_nonbyte_aligned.dcm");

    private static final String[][] PROGRAMS = {{"dcmdjpeg"}, {"dcmdjpls"}, {"dcmdrle"}, {"gdcmconv", "--raw"}};

    private Frames converted(String name, String[] program) throws IOException, InterruptedException {
        Path out = directory.resolve("out.dcm");
        Files.deleteIfExists(out);
        List<String> command = new ArrayList<>(List.of(program));
        command.set(0, Programs.require(program[0]).toString());
        command.add(RealFiles.file(name).toString());
        command.add(out.toString());
        Programs.Result result = Programs.run(command.toArray(String[]::new));
        if (result.exit() != 0 || !Files.exists(out)) {
            return null;
        }
        DataSetFile file = DataSetFile.of(out);
        if (TransferSyntax.of(file.transferSyntax()).encapsulated()) {
            return null;
        }
        return Frames.open(file.channel(), file.transferSyntax(), DataSetLimits.DEFAULT);
    }

    /** Compares the stored bits of every sample; what lies above them has no meaning. */
    private static String compare(Frames ours, Frames theirs) throws IOException {
        if (ours.count() != theirs.count()) {
            return "frames " + ours.count() + "/" + theirs.count();
        }
        int worst = 0;
        String note = "";
        for (int frame = 0; frame < ours.count(); frame++) {
            DecodedFrame mine = ours.decoded(frame);
            DecodedFrame other = theirs.decoded(frame);
            if (!mine.image().photometric().equals(other.image().photometric())) {
                note = mine.image().photometric() + "/" + other.image().photometric();
            }
            if (mine.pixels().length != other.pixels().length) {
                return "length " + mine.pixels().length + "/" + other.pixels().length;
            }
            worst = Math.max(worst, worst(mine, other));
        }
        return worst == 0 && note.isEmpty() ? "same" : note + " off by " + worst;
    }

    private static int worst(DecodedFrame mine, DecodedFrame other) {
        int size = mine.image().sampleBytes();
        long mask = mine.image().bitsStored() == 64 ? -1 : (1L << mine.image().bitsStored()) - 1;
        int worst = 0;
        for (int i = 0; i + size <= mine.pixels().length; i += size) {
            long difference =
                    Math.abs((value(mine.pixels(), i, size) & mask) - (value(other.pixels(), i, size) & mask));
            worst = (int) Math.max(worst, Math.min(Integer.MAX_VALUE, difference));
        }
        return worst;
    }

    private static long value(byte[] pixels, int at, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | pixels[at + i] & 0xFF;
        }
        return value;
    }
}
