package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientCommand.CorrectPatient;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientCommand.UnmergePatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.dicom.Programs;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.HeaderCollector;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.Retrieval.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves is the blob plus the corrections in force. */
class CorrectionsTest {
    private static final TransferSyntaxUid EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
    private static final TransferSyntaxUid IMPLICIT = TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN;
    private static final Actor STEWARD =
            new Actor(Actor.Kind.PERSON, "steward", Optional.of("steward"), Optional.empty());

    @TempDir
    Path temp;

    private final List<PhantomObject> phantoms = Samples.ofSeveralKinds("corrections");
    private final PhantomObject phantom = phantoms.getFirst();
    private final AttributeSet original = header(phantom.dataset(), EXPLICIT);
    private final Scope study = Scope.study(
            new StudyInstanceUid(original.text(Tags.STUDY_INSTANCE_UID).orElseThrow()));
    private SmallNode node;
    private Archive archive;
    private Retrieval retrieval;

    @BeforeEach
    void ingest() throws IOException {
        node = SmallNode.open(temp);
        archive = node.archive;
        retrieval = node.retrieval();
        node.store(phantom.dataset());
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    @Test
    void withoutCorrections_outputIsByteIdentical() throws IOException {
        assertThat(sent(List.of())).isEqualTo(phantom.dataset());
    }

    @Test
    void correctedName_leavesWithTheOriginalBesideIt() throws IOException {
        correctName("CORRECTED^NAME");

        AttributeSet sent = header(sent(List.of()), EXPLICIT);

        assertThat(sent.text(Tags.PATIENT_NAME)).contains("CORRECTED^NAME");
        AttributeSet item = ((Value.Item) sent.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                        .orElseThrow()
                        .values()
                        .getLast())
                .attributes();
        AttributeSet before = ((Value.Item) item.get(Tags.MODIFIED_ATTRIBUTES_SEQUENCE)
                        .orElseThrow()
                        .values()
                        .getFirst())
                .attributes();
        assertThat(before.get(Tags.PATIENT_NAME)).isEqualTo(original.get(Tags.PATIENT_NAME));
        assertThat(item.text(Tags.MODIFYING_SYSTEM)).contains("north");
        assertThat(item.text(Tags.SOURCE_OF_PREVIOUS_VALUES)).contains("CT1");
    }

    @Test
    void everythingElse_leavesAsItCame() throws IOException {
        correctName("CORRECTED^NAME");

        byte[] bytes = sent(List.of());
        AttributeSet sent = header(bytes, EXPLICIT);

        assertThat(sent.filter(tag ->
                        tag != Tags.PATIENT_NAME && tag != Tags.ORIGINAL_ATTRIBUTES_SEQUENCE && tag != Tags.PIXEL_DATA))
                .isEqualTo(original.filter(tag -> tag != Tags.PATIENT_NAME && tag != Tags.PIXEL_DATA));
        assertThat(pixels(bytes)).isEqualTo(pixels(phantom.dataset()));
    }

    @Test
    void receiverOfAnotherSyntax_getsTheSameCorrections() throws IOException {
        correctName("CORRECTED^NAME");

        AttributeSet sent = header(sent(List.of(IMPLICIT)), IMPLICIT);

        assertThat(sent.text(Tags.PATIENT_NAME)).contains("CORRECTED^NAME");
        assertThat(sent.contains(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"})
    void correctedObject_hasNoErrorThatItsOriginalHasNot(String syntax) throws Exception {
        PhantomObject unlike = Samples.ultrasound("corrections", 1).getFirst();
        node.store(unlike.dataset());
        node.correctName("DEMO-1004", "CORRECTED^NAME");
        node.correctName("DEMO-1003", "山田^太郎");
        for (PhantomObject object : List.of(phantom, unlike)) {
            HeldInstance held = retrieval.select(Scope.study(object.study())).getFirst();
            byte[] sent = node.sent(held, new TransferSyntaxUid(syntax));

            Set<String> fresh = errors(object, sent, new TransferSyntaxUid(syntax));
            fresh.removeAll(errors(object, object.dataset(), EXPLICIT));

            assertThat(sent).isNotEqualTo(object.dataset());
            assertThat(fresh).as(object.sopClassUid().value()).isEmpty();
        }
    }

    /** Of a validator that knows the modules of each class. */
    private Set<String> errors(PhantomObject object, byte[] dataset, TransferSyntaxUid transferSyntax)
            throws Exception {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        Part10.writeStart(file, object.sopClassUid(), object.sopInstanceUid(), transferSyntax);
        file.writeBytes(dataset);
        Path written = Files.write(temp.resolve("validated.dcm"), file.toByteArray());
        String output = Programs.run(Programs.require("dciodvfy").toString(), written.toString())
                .output();
        assertThat(output).containsPattern("(?m)^(CTImage|USMultiFrameImage)$");
        return output.lines().filter(line -> line.startsWith("Error")).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void metadata_saysWhatTheObjectSays() throws IOException {
        correctName("CORRECTED^NAME");
        try (var metadata = retrieval.metadata(study)) {
            AttributeSet header = metadata.sets().findFirst().orElseThrow();

            assertThat(header.text(Tags.PATIENT_NAME)).contains("CORRECTED^NAME");
            assertThat(header.contains(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)).isTrue();
        }
    }

    @Test
    void revisionTag_changesWithACorrection() {
        Optional<String> before = retrieval.revisionTag(study);
        correctName("CORRECTED^NAME");

        assertThat(retrieval.revisionTag(study)).isNotEqualTo(before);
    }

    @Test
    void revisionTag_isOfNothingThatIsNotThere() {
        Optional<SopInstanceUid> instance = Optional.of(phantom.sopInstanceUid());
        Optional<SopInstanceUid> another = Optional.of(new SopInstanceUid("1.2.3"));
        Optional<SeriesInstanceUid> elsewhere = Optional.of(new SeriesInstanceUid("1.2.4"));

        assertThat(retrieval.revisionTag(new Scope(study.study(), Optional.empty(), instance)))
                .isPresent();
        assertThat(retrieval.revisionTag(new Scope(study.study(), Optional.empty(), another)))
                .isEmpty();
        assertThat(retrieval.revisionTag(new Scope(study.study(), elsewhere, Optional.empty())))
                .isEmpty();
        assertThat(retrieval.revisionTag(new Scope(study.study(), elsewhere, instance)))
                .isEmpty();
    }

    @Test
    void original_isStillTheStoredBytes() throws IOException {
        correctName("CORRECTED^NAME");
        HeldInstance held = retrieval.select(study).getFirst();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutgoingObject object =
                retrieval.openOriginal(held, held.current().version().value())) {
            object.writeTo(out);
        }

        assertThat(out.toByteArray()).isEqualTo(phantom.dataset());
    }

    @Test
    void mergedPatient_leavesWithTheSurvivorsIdentityUntilUnmerged() throws IOException {
        PatientRecordId survivor = archive.names().patient(new PatientIdentifier("SURVIVOR", "NORTH"));
        archive.commands()
                .send(new RegisterPatient(
                        survivor,
                        new PatientIdentifier("SURVIVOR", "NORTH"),
                        AttributeSet.of(Map.of(Tags.PATIENT_ID, text(Vr.LO, "SURVIVOR")))));
        archive.commands().send(new MergePatient(patient(), survivor, STEWARD, "one person"));
        assertThat(header(sent(List.of()), EXPLICIT).text(Tags.PATIENT_ID)).contains("SURVIVOR");

        archive.commands().send(new UnmergePatient(patient(), STEWARD, "two persons after all"));

        assertThat(sent(List.of())).isEqualTo(phantom.dataset());
    }

    /** What was first sent under the survivor's identifier was of a wrong worklist line, and its sender has mended it. */
    @Test
    void mergedPatient_leavesWithNothingThatTheSurvivorIsNoLongerSaidToBe() throws IOException {
        AttributeSet jane = SmallNode.object("1.9.1", "99", "DOE^JANE")
                .with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19800101"))
                .with(Tags.PATIENT_SEX, text(Vr.CS, "F"));
        node.store(SmallNode.encoded(SmallNode.object("1.9.1", "99", "WRONG^PERSON")
                .with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19500101"))
                .with(Tags.PATIENT_SEX, text(Vr.CS, "M"))));
        node.store(SmallNode.encoded(jane));
        node.store(SmallNode.encoded(
                jane.with(Tags.SOP_INSTANCE_UID, text(Vr.UI, "1.9.2")).with(Tags.PATIENT_ID, text(Vr.LO, "17"))));

        archive.commands().send(new MergePatient(node.patient("17"), node.patient("99"), STEWARD, "one person"));

        List<HeldInstance> held = retrieval.select(SmallNode.WHOLE);
        assertThat(held).hasSize(2);
        for (HeldInstance instance : held) {
            AttributeSet sent = header(node.sent(instance), EXPLICIT);
            assertThat(sent.text(Tags.PATIENT_ID)).contains("99");
            assertThat(sent.text(Tags.PATIENT_NAME)).contains("DOE^JANE");
            assertThat(sent.text(Tags.PATIENT_BIRTH_DATE)).contains("19800101");
            assertThat(sent.text(Tags.PATIENT_SEX)).contains("F");
        }
    }

    @Test
    void objectsOfAPatient_areThoseThatLeaveWithItsIdentifier() {
        List<HeldInstance> all = retrieval.select(study);
        String id = original.text(Tags.PATIENT_ID).orElseThrow();
        assertThat(all).isNotEmpty();
        assertThat(retrieval.ofPatient(all, new PatientIdentifier(id, "NORTH"))).isEqualTo(all);
        assertThat(retrieval.ofPatient(all, new PatientIdentifier(id, "SOUTH"))).isEmpty();
        assertThat(retrieval.ofPatient(all, new PatientIdentifier("SURVIVOR", "NORTH")))
                .isEmpty();

        PatientRecordId survivor = archive.names().patient(new PatientIdentifier("SURVIVOR", "NORTH"));
        archive.commands()
                .send(new RegisterPatient(
                        survivor,
                        new PatientIdentifier("SURVIVOR", "NORTH"),
                        AttributeSet.of(Map.of(Tags.PATIENT_ID, text(Vr.LO, "SURVIVOR")))));
        archive.commands().send(new MergePatient(patient(), survivor, STEWARD, "one person"));

        assertThat(retrieval.ofPatient(all, new PatientIdentifier("SURVIVOR", "NORTH")))
                .isEqualTo(all);
        assertThat(retrieval.ofPatient(all, new PatientIdentifier(id, "NORTH"))).isEmpty();
    }

    @Test
    void patientsOfAStudyOfTwo_areBoth() throws IOException {
        PhantomObject other = phantoms.getLast();
        String id = header(other.dataset(), EXPLICIT).text(Tags.PATIENT_ID).orElseThrow();
        String another = new StringBuilder(id).reverse().toString();
        String instance = other.sopInstanceUid().value();
        String next = instance.substring(0, instance.length() - 1) + (instance.endsWith("1") ? "2" : "1");
        String latin = new String(other.dataset(), StandardCharsets.ISO_8859_1);
        node.store(other.dataset());
        assertThat(retrieval.patientsOf(retrieval.select(Scope.study(other.study()))))
                .containsExactly(archive.names().patient(new PatientIdentifier(id, "NORTH")));

        node.store(latin.replace(id, another).replace(instance, next).getBytes(StandardCharsets.ISO_8859_1));

        assertThat(retrieval.patientsOf(retrieval.select(Scope.study(other.study()))))
                .containsExactly(
                        archive.names().patient(new PatientIdentifier(id, "NORTH")),
                        archive.names().patient(new PatientIdentifier(another, "NORTH")));
        Scope second = new Scope(other.study(), Optional.empty(), Optional.of(new SopInstanceUid(next)));
        assertThat(retrieval.patientsOf(retrieval.select(second)))
                .containsExactly(archive.names().patient(new PatientIdentifier(another, "NORTH")));
    }

    @Test
    void objectThatIdentifiesNobody_isOfWhoeverItsPatientIdNames() throws IOException {
        PhantomObject other = phantoms.getLast();
        String id = header(other.dataset(), EXPLICIT).text(Tags.PATIENT_ID).orElseThrow();
        String latin = new String(other.dataset(), StandardCharsets.ISO_8859_1);
        assertThat(id).hasSize("ANONYMOUS".length());
        node.store(latin.replace(id, "ANONYMOUS").getBytes(StandardCharsets.ISO_8859_1));
        List<HeldInstance> held = retrieval.select(Scope.study(other.study()));

        assertThat(held).isNotEmpty();
        assertThat(retrieval.ofPatient(held, new PatientIdentifier("ANONYMOUS", "NORTH")))
                .isEqualTo(held);
        assertThat(retrieval.ofPatient(held, new PatientIdentifier(id, "NORTH")))
                .isEmpty();
    }

    private static byte[] pixels(byte[] dataset) {
        AttributeSet header = header(dataset, EXPLICIT);
        Value.Bulk bulk =
                (Value.Bulk) header.get(Tags.PIXEL_DATA).orElseThrow().values().getFirst();
        int from = (int) bulk.offsetBytes();
        return Arrays.copyOfRange(dataset, from, from + (int) bulk.lengthBytes());
    }

    private static AttributeSet header(byte[] dataset, TransferSyntaxUid transferSyntax) {
        try (HeaderCollector collector = new HeaderCollector(transferSyntax, Optional.empty(), DataSetLimits.DEFAULT)) {
            collector.feed(dataset, 0, dataset.length);
            return collector.finish().attributes();
        }
    }

    private PatientRecordId patient() {
        return archive.catalog()
                .study(study.study())
                .flatMap(contents -> contents.patient())
                .orElseThrow();
    }

    private void correctName(String name) {
        Attribute corrected = new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, "", ""))));
        archive.commands()
                .send(new CorrectPatient(
                        patient(), AttributeSet.of(Map.of(Tags.PATIENT_NAME, corrected)), STEWARD, "misspelt"));
    }

    private static Attribute text(Vr vr, String text) {
        return new Attribute(vr, List.of(new Value.Text(text)));
    }

    private byte[] sent(List<TransferSyntaxUid> accepted) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutgoingObject object = retrieval.open(retrieval.select(study).getFirst(), accepted)) {
            object.writeTo(out);
        }
        return out.toByteArray();
    }
}
