package org.archipelago.node.dicom.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.node.dicom.DataSetFile;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.dicom.dataset.StoredHeaders;
import org.archipelago.node.dicom.dictionary.SopClasses;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhantomsTest {
    private static final LocalDate DAY = LocalDate.of(2026, 5, 4);

    @TempDir
    Path directory;

    private static AttributeSet header(PhantomObject object) throws Exception {
        return new StoredHeaders(DataSetLimits.DEFAULT)
                .read(DataSetFile.channel(object.dataset()), object.transferSyntax(), Optional.empty());
    }

    private static PhantomObject first(PhantomStudy study) {
        return study.objects().get().findFirst().orElseThrow();
    }

    @Test
    void sameSeed_givesTheSameBytes() {
        for (int i = 0; i < 6; i++) {
            byte[] once = first(new Phantoms(7, DAY).studies().get(i)).dataset();
            assertThat(first(new Phantoms(7, DAY).studies().get(i)).dataset()).isEqualTo(once);
            assertThat(first(new Phantoms(8, DAY).studies().get(i)).dataset()).isNotEqualTo(once);
        }
    }

    @Test
    void everyObject_isOneOfItsStudyWithAnIdentityOfItsOwn() throws Exception {
        Set<String> instances = new HashSet<>();
        Set<String> studies = new HashSet<>();
        Set<String> patients = new HashSet<>();
        for (PhantomStudy study : new Phantoms(7, DAY).studies()) {
            Set<String> studyUids = new HashSet<>();
            // Slices of one series are alike; three of each are enough.
            for (PhantomObject object : study.objects().get().limit(3).toList()) {
                AttributeSet header = header(object);
                studyUids.add(header.text(Tags.STUDY_INSTANCE_UID).orElseThrow());
                patients.add(header.text(Tags.PATIENT_NAME).orElseThrow());
                assertThat(instances.add(object.sopInstanceUid().value())).isTrue();
                assertThat(SopClasses.isStorage(object.sopClassUid())).isTrue();
                assertThat(object.sopInstanceUid().value()).hasSizeLessThanOrEqualTo(64);
            }
            assertThat(studyUids).hasSize(1);
            studies.addAll(studyUids);
        }
        assertThat(studies).hasSize(6);
        assertThat(patients).contains("Yamada^Tarou=山田^太郎=やまだ^たろう", "Müller^Änne", "Nováková^Jiřina", "Smith^John^Q");
    }

    @Test
    void validator_knowsEachObjectAndFindsNoErrors() throws Exception {
        String validator = Programs.require("dciodvfy").toString();
        List<String> recognised = new ArrayList<>();
        List<String> errors = new ArrayList<>();
        for (PhantomStudy study : new Phantoms(7, DAY).studies()) {
            for (PhantomObject object : study.objects().get().limit(2).toList()) {
                Path file = directory.resolve("object.dcm");
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                Part10.writeStart(out, object.sopClassUid(), object.sopInstanceUid(), object.transferSyntax());
                out.writeBytes(object.dataset());
                Files.write(file, out.toByteArray());
                String output = Programs.run(validator, file.toString()).output();
                output.lines().filter(line -> line.matches("\\w+")).forEach(recognised::add);
                output.lines()
                        .filter(line -> line.startsWith("Error"))
                        .forEach(line -> errors.add(study.title() + ": " + line));
            }
        }
        assertThat(errors).isEmpty();
        // The definition that it checked each by: it prints the name of one that it knows.
        assertThat(recognised)
                .containsExactly(
                        "CTImage",
                        "CTImage",
                        "CTImage",
                        "CTImage",
                        "MRImage",
                        "MRImage",
                        "USMultiFrameImage",
                        "DXImageForPresentation",
                        "BasicTextSR",
                        "EncapsulatedPDF");
    }

    @Test
    void pdf_isOne() throws Exception {
        PhantomStudy study = new Phantoms(7, DAY).studies().get(5);
        AttributeSet header = header(first(study));
        assertThat(header.text(0x00420012)).contains("application/pdf");
        assertThat(new String(TinyPdf.of(List.of("a(b)")), java.nio.charset.StandardCharsets.ISO_8859_1))
                .startsWith("%PDF-1.4")
                .contains("(a\\(b\\)) Tj")
                .endsWith("%%EOF\n");
    }
}
