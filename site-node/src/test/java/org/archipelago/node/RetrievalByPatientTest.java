package org.archipelago.node;

import static org.archipelago.node.SmallNode.WHOLE;
import static org.archipelago.node.SmallNode.encoded;
import static org.archipelago.node.SmallNode.object;
import static org.archipelago.node.SmallNode.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.node.retrieve.HeldPerson;
import org.archipelago.query.ArchiveQuery;
import org.archipelago.query.MatchingKey;
import org.archipelago.query.QueryLevel;
import org.archipelago.query.QueryPage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A retrieval by Patient ID sends what a search by it counts, and both tell the same people apart. */
class RetrievalByPatientTest {
    @TempDir
    private Path folder;

    private SmallNode node;

    @BeforeEach
    void open() throws IOException {
        node = SmallNode.open(folder);
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    private void store(String uid, String patientId, String name, String birthDate) throws IOException {
        node.store(encoded(object(uid, patientId, name).with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, birthDate))));
    }

    private List<String> sent(String patientId) {
        return node
                .retrieval()
                .ofPatient(node.retrieval().select(WHOLE), new PatientIdentifier(patientId, "NORTH"))
                .stream()
                .map(instance -> instance.current().sopInstanceUid().value())
                .toList();
    }

    @Test
    void objectsOfTheSamePersonWithoutAnId_leaveWithTheIdentifiedOnes() throws IOException {
        store("1.9.1", "HALF1", "HALF^PERSON", "19500101");
        store("1.9.2", "", "HALF^PERSON", "19500101");
        store("1.9.3", "UNKNOWN", "HALF^PERSON", "19500101");

        assertThat(sent("HALF1")).containsExactly("1.9.1", "1.9.2", "1.9.3");
    }

    private QueryPage images(MatchingKey... keys) {
        List<MatchingKey> all = new ArrayList<>(List.of(keys));
        all.add(new MatchingKey(List.of(Tags.STUDY_INSTANCE_UID), Vr.UI, SmallNode.STUDY.value()));
        return node.readSide
                .queries()
                .find(new ArchiveQuery(
                        QueryLevel.IMAGE, all, "NORTH", false, Set.of(), true, 0, 100, new LocalPosition(-1)));
    }

    private List<String> found(MatchingKey... keys) {
        return images(keys).matches().stream()
                .map(match -> match.text(Tags.SOP_INSTANCE_UID).orElseThrow())
                .toList();
    }

    private static MatchingKey identified(String patientId) {
        return new MatchingKey(List.of(Tags.PATIENT_ID), Vr.LO, patientId);
    }

    private static MatchingKey named(String name) {
        return new MatchingKey(List.of(Tags.PATIENT_NAME), Vr.PN, name);
    }

    @Test
    void objectsThatLeaveWithAPatient_areFoundByItsIdAsTheyAre() throws IOException {
        store("1.9.1", "HALF1", "HALF^PERSON", "19500101");
        store("1.9.2", "", "HALF^PERSON", "19500101");
        store("1.9.3", "UNKNOWN", "HALF^PERSON", "19500101");
        store("1.9.4", "", "DOE^JANE", "19600101");
        store("1.9.5", "HALF2", "ROE^JIM", "19700101");

        assertThat(found(identified("HALF1"))).containsExactly("1.9.1", "1.9.2", "1.9.3");
        assertThat(found(identified("HALF1"), named("HALF*"))).containsExactly("1.9.1", "1.9.2", "1.9.3");
        assertThat(found(identified("HALF2"))).containsExactly("1.9.5");
        assertThat(images(identified("HALF1")).matches())
                .extracting(match -> match.text(Tags.PATIENT_ID).orElse(""))
                .containsExactly("HALF1", "", "UNKNOWN");
        assertThat(images(named("HALF^PERSON"), identified("UNKNOWN")).patients())
                .containsExactly(node.patient("HALF1"));
        assertThat(images(named("DOE^JANE")).patients()).isEmpty();
    }

    @Test
    void objectsThatLeaveWithACorrectedOrMergedPatient_areFoundByItAndByWhatTheySay() throws IOException {
        store("1.9.1", "HALF1", "HALF^PERSON", "19500101");
        store("1.9.2", "", "HALF^PERSON", "19500101");
        node.store(encoded(object("1.9.3", "HALF3", "WHOLE^PERSON")
                .with(Tags.STUDY_INSTANCE_UID, text(Vr.UI, "1.2.4"))
                .with(Tags.SERIES_INSTANCE_UID, text(Vr.UI, "1.2.4.1"))));
        node.correctName("HALF1", "WED^PERSON");

        assertThat(found(identified("HALF1"))).containsExactly("1.9.1", "1.9.2");
        assertThat(found(named("WED^PERSON"))).containsExactly("1.9.1", "1.9.2");
        assertThat(found(named("HALF^PERSON"))).containsExactly("1.9.2");

        node.archive
                .commands()
                .send(new MergePatient(node.patient("HALF1"), node.patient("HALF3"), SmallNode.STEWARD, "one person"));
        assertThat(found(identified("HALF3"))).containsExactly("1.9.1", "1.9.2");
        assertThat(sent("HALF3")).containsExactly("1.9.1", "1.9.2");
        assertThat(found(identified("HALF1"))).isEmpty();
        assertThat(found(named("HALF^PERSON"))).containsExactly("1.9.2");
    }

    @Test
    void objectsOfSomebodyElseWithoutAnId_stay() throws IOException {
        store("1.9.1", "", "SMITH^ANNA", "19500101");
        store("1.9.2", "HALF1", "JONES^BOB", "19800101");
        store("1.9.3", "HALF2", "DOE^JANE", "19600101");

        assertThat(sent("HALF1")).containsExactly("1.9.2");
        assertThat(sent("HALF2")).containsExactly("1.9.3");
    }

    @Test
    void peopleOfAStudy_haveTheSeriesOfTheirCurrentObjects() throws IOException {
        node.store(encoded(object("1.9.1", "HALF1", "JONES^BOB")));
        node.store(
                encoded(object("1.9.2", "HALF2", "DOE^JANE").with(Tags.SERIES_INSTANCE_UID, text(Vr.UI, "1.2.3.2"))));
        node.store(encoded(object("1.9.3", "", "JONES^BOB").with(Tags.SERIES_INSTANCE_UID, text(Vr.UI, "1.2.3.3"))));

        assertThat(node.retrieval().people(SmallNode.STUDY))
                .extracting(HeldPerson::series)
                .containsExactly(
                        Set.of(SmallNode.SERIES, new SeriesInstanceUid("1.2.3.3")),
                        Set.of(new SeriesInstanceUid("1.2.3.2")));
    }

    @Test
    void peopleOfAStudy_areThoseWhomASearchTellsApart() throws IOException {
        store("1.9.1", "UNKNOWN", "SMITH^ANNA", "19500101");
        store("1.9.2", "UNKNOWN", "JONES^BOB", "19800101");
        store("1.9.3", "HALF1", "JONES^BOB", "19800101");
        store("1.9.4", "", "SMITH^ANNA", "");

        assertThat(node.retrieval().people(SmallNode.STUDY))
                .extracting(
                        person -> person.instance().current().sopInstanceUid().value())
                .containsExactly("1.9.3", "1.9.1");
    }

    @Test
    void undecodableIds_areOfTwoPeople() throws IOException {
        AttributeSet utf8 = object("1.9.1", "?1234", "HALF^PERSON")
                .with(Tags.SPECIFIC_CHARACTER_SET, text(Vr.CS, "ISO_IR 192"))
                .with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19500101"));
        AttributeSet other = utf8.with(Tags.SOP_INSTANCE_UID, text(Vr.UI, "1.9.2"))
                .with(Tags.PATIENT_NAME, SmallNode.name("DOE^JANE"))
                .with(Tags.PATIENT_BIRTH_DATE, text(Vr.DA, "19600101"));
        node.store(withFirstByteOfId(encoded(utf8), 0xC4));
        node.store(withFirstByteOfId(encoded(other), 0xD6));

        assertAreTwo("\uFFFD1234");
    }

    @Test
    void idsOfSeveralValues_areOfTwoPeople() throws IOException {
        store("1.9.1", "CLINIC\\1001", "HALF^PERSON", "19500101");
        store("1.9.2", "CLINIC\\1002", "DOE^JANE", "19600101");

        assertAreTwo("CLINIC");
    }

    private void assertAreTwo(String commonId) {
        assertThat(node.retrieval().people(SmallNode.STUDY)).hasSize(2);
        assertThat(node.retrieval().patientsOf(node.retrieval().select(WHOLE))).isEmpty();
        assertThat(found(named("HALF^PERSON"))).containsExactly("1.9.1");
        assertThat(found(named("DOE^JANE"))).containsExactly("1.9.2");
        assertThat(found()).containsExactly("1.9.1", "1.9.2");
        assertThat(sent(commonId)).isEmpty();
    }

    private static byte[] withFirstByteOfId(byte[] dataset, int first) {
        String read = new String(dataset, StandardCharsets.ISO_8859_1);
        dataset[read.indexOf("?1234")] = (byte) first;
        return dataset;
    }

    @Test
    void uidOfSeveralValues_isRefused() {
        for (int tag : List.of(Tags.STUDY_INSTANCE_UID, Tags.SERIES_INSTANCE_UID, Tags.SOP_INSTANCE_UID)) {
            byte[] several = encoded(object("1.9.1", "HALF1", "HALF^PERSON").with(tag, text(Vr.UI, "1.9.3\\1.9.4")));
            assertThatThrownBy(() -> node.store(several))
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            refusal -> assertThat(refusal.error()).isEqualTo(ArchiveError.INVALID_UID));
        }
    }
}
