package org.archipelago.node;

import static org.archipelago.node.SmallNode.CT;
import static org.archipelago.node.SmallNode.EXPLICIT;
import static org.archipelago.node.SmallNode.IMPLICIT;
import static org.archipelago.node.SmallNode.STUDY;
import static org.archipelago.node.SmallNode.WHOLE;
import static org.archipelago.node.SmallNode.decoded;
import static org.archipelago.node.SmallNode.encoded;
import static org.archipelago.node.SmallNode.object;
import static org.archipelago.node.SmallNode.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.Actor;
import org.archipelago.contract.Digest;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientCommand.MergePatient;
import org.archipelago.contract.patient.PatientCommand.RegisterPatient;
import org.archipelago.contract.patient.PatientCommand.UnmergePatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dataset.Part10;
import org.archipelago.node.dicomweb.DicomWeb;
import org.archipelago.node.dicomweb.DicomWebLimits;
import org.archipelago.node.dicomweb.Spool;
import org.archipelago.node.dicomweb.StoredFrames;
import org.archipelago.node.ingest.Ingested.Outcome;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.web.Callers;
import org.archipelago.node.web.FakeAccess;
import org.archipelago.node.web.FakeArchive;
import org.archipelago.node.web.HttpOptions;
import org.archipelago.node.web.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An object that comes back with our own correction in it is no conflict. */
class ReturnedObjectTest {
    private static final Actor PEER = Actor.device("PEER", "127.0.0.1");

    @TempDir
    private Path folder;

    private final AttributeSet original = object("1.9.1", "P1", "DOE^JANE")
            .with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Thorax"))
            .with(
                    0x00081115,
                    new Attribute(
                            Vr.SQ,
                            List.of(new Value.Item(AttributeSet.of(Map.of(0x00081030, text(Vr.LO, "nested")))))));
    private SmallNode node;

    @BeforeEach
    void storeOriginal() throws IOException {
        node = SmallNode.open(folder);
        node.store(encoded(original));
    }

    @AfterEach
    void close() throws IOException {
        node.close();
    }

    private HeldInstance held() {
        return node.retrieval().select(WHOLE).getFirst();
    }

    private void isOnlyAnotherRendition(byte[] dataset, TransferSyntaxUid syntax, Actor source) throws IOException {
        assertThat(node.store(dataset, syntax, source).outcome()).isEqualTo(Outcome.OTHER_RENDITION);
        assertThat(decoded(node.sent(held().leaving(held().current().version()).orElseThrow()))
                        .get(Tags.STUDY_DESCRIPTION))
                .isEqualTo(original.get(Tags.STUDY_DESCRIPTION));
        assertThat(held().current().digest()).isEqualTo(Digest.sha256(encoded(original)));
        assertThat(node.archive.catalog().study(STUDY).orElseThrow().openConflicts())
                .isEmpty();
    }

    @Test
    void correctedObjectFromAPeer_isARenditionOfTheStoredOne() throws IOException {
        node.correctName("P1", "ROE^JANE");

        isOnlyAnotherRendition(node.sent(held()), EXPLICIT, PEER);
    }

    @Test
    void correctedObjectInAnotherSyntax_isARenditionToo() throws IOException {
        node.correctName("P1", "ROE^JANE");

        isOnlyAnotherRendition(node.sent(held(), IMPLICIT), IMPLICIT, PEER);
    }

    /** What leaves in its place is of another syntax. */
    @Test
    void returnedVersionOverHttp_leavesInTheSyntaxThatIsAskedFor() throws Exception {
        node.correctName("P1", "ROE^JANE");
        node.store(node.sent(held(), IMPLICIT), IMPLICIT, PEER);
        String version = held().others().getFirst().version().value();
        FakeAccess access = new FakeAccess();
        FakeArchive nothing = new FakeArchive();
        DicomWeb dicomWeb = new DicomWeb(
                nothing,
                node.retrieval(),
                nothing,
                Optional.empty(),
                access,
                new Callers(HttpOptions.loopback(0)),
                new StoredFrames(DataSetLimits.DEFAULT),
                _ -> 0,
                "NORTH",
                new Spool.Place(folder, 0),
                new DicomWebLimits(5, 1000, 1000, DataSetLimits.DEFAULT, 200, 10, 64, 1_000_000));
        try (TestServer server = TestServer.start(HttpOptions.loopback(0), dicomWeb)) {
            for (TransferSyntaxUid asked : List.of(IMPLICIT, EXPLICIT)) {
                HttpResponse<byte[]> left = server.get(
                        "/dicom-web/studies/1.2.3/series/1.2.3.1/instances/1.9.1?version=" + version,
                        "Accept",
                        "application/dicom; transfer-syntax=" + asked);

                assertThat(left.headers().firstValue("Content-Type"))
                        .contains("application/dicom;transfer-syntax=" + asked);
                assertThat(Part10.read(left.body()).transferSyntax()).isEqualTo(asked);
            }
        }
    }

    @Test
    void fromItsFirstSourceWithinTheWindow_itDoesNotBecomeCurrent() throws IOException {
        node.correctName("P1", "ROE^JANE");

        isOnlyAnotherRendition(node.sent(held()), EXPLICIT, CT);
    }

    @Test
    void whateverWasCorrectedSinceItLeft_itIsStillOurs() throws IOException {
        node.correctName("P1", "ROE^JANE");
        byte[] left = node.sent(held());
        node.correctName("P1", "POE^JANE");

        isOnlyAnotherRendition(left, EXPLICIT, PEER);
    }

    @Test
    void correctionThatNeededAnotherCharacterSet_isStillOurs() throws IOException {
        AttributeSet latin = object("1.9.1", "P1", "MÜLLER^JANE")
                .with(Tags.SPECIFIC_CHARACTER_SET, text(Vr.CS, "ISO_IR 100"))
                .with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Schädel"));
        byte[] first = encoded(latin.with(Tags.SOP_INSTANCE_UID, text(Vr.UI, "1.9.2")));
        node.store(first);
        node.correctName("P1", "ИВАНОВА^JANE");
        HeldInstance second = node.retrieval().select(WHOLE).get(1);
        byte[] left = node.sent(second);

        assertThat(decoded(left).text(Tags.SPECIFIC_CHARACTER_SET)).contains("ISO_IR 192");
        assertThat(node.store(left, EXPLICIT, PEER).outcome()).isEqualTo(Outcome.OTHER_RENDITION);
    }

    @Test
    void survivorsIdentityAfterAMerge_makesNoSecondPatient() throws IOException {
        PatientIdentifier survivor = new PatientIdentifier("P2", "NORTH");
        node.archive
                .commands()
                .send(new RegisterPatient(
                        node.patient("P2"), survivor, AttributeSet.of(Map.of(Tags.PATIENT_ID, text(Vr.LO, "P2")))));
        node.archive
                .commands()
                .send(new MergePatient(node.patient("P1"), node.patient("P2"), SmallNode.STEWARD, "one person"));
        byte[] left = node.sent(held());
        assertThat(decoded(left).text(Tags.PATIENT_ID)).contains("P2");

        isOnlyAnotherRendition(left, EXPLICIT, PEER);
    }

    /** Of a merge that has been taken back nothing leaves any more, from whatever is kept. */
    @Test
    void returnedObject_leavesWithTheCorrectionsThatAreInForceNow() throws IOException {
        node.archive
                .commands()
                .send(new RegisterPatient(
                        node.patient("P2"), new PatientIdentifier("P2", "NORTH"), AttributeSet.EMPTY));
        node.archive
                .commands()
                .send(new MergePatient(node.patient("P1"), node.patient("P2"), SmallNode.STEWARD, "one person"));
        byte[] left = node.sent(held());
        node.store(left, EXPLICIT, PEER);
        node.store(DataSetCodec.encode(decoded(left), IMPLICIT), IMPLICIT, PEER);
        List<HeldInstance> returned = held().others().stream()
                .map(other -> held().leaving(other.version()).orElseThrow())
                .toList();
        assertThat(returned).hasSize(2);
        for (HeldInstance rendition : returned) {
            assertThat(decoded(node.sent(rendition))).as("still merged").isEqualTo(decoded(left));
        }

        node.archive
                .commands()
                .send(new UnmergePatient(node.patient("P1"), SmallNode.STEWARD, "two persons after all"));

        for (HeldInstance rendition : returned) {
            assertThat(node.sent(rendition)).isEqualTo(encoded(original));
            assertThat(node.retrieval().metadata(rendition).text(Tags.PATIENT_ID))
                    .contains("P1");
        }
        node.correctName("P1", "ROE^JANE");
        assertThat(decoded(node.sent(returned.getFirst())).get(Tags.PATIENT_NAME))
                .contains(SmallNode.name("ROE^JANE"));
    }

    @Test
    void renditionThatSomeoneElseChangedBefore_leavesAsItCame() throws IOException {
        AttributeSet item = AttributeSet.of(Map.of(Tags.MODIFYING_SYSTEM, text(Vr.LO, "ELSEWHERE")));
        AttributeSet changed = object("1.9.2", "P1", "DOE^JANE")
                .with(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, List.of(new Value.Item(item))));
        byte[] implicit = DataSetCodec.encode(changed, IMPLICIT);
        node.store(encoded(changed));
        node.store(implicit, IMPLICIT, PEER);
        HeldInstance second = node.retrieval().select(WHOLE).get(1);

        assertThat(node.sent(
                        second.leaving(second.others().getFirst().version()).orElseThrow()))
                .isEqualTo(implicit);
    }

    @Test
    void otherChangeBesideOurs_isAConflict() throws IOException {
        node.correctName("P1", "ROE^JANE");
        AttributeSet changed = decoded(node.sent(held())).with(Tags.STUDY_DESCRIPTION, text(Vr.LO, "Head"));

        assertThat(node.store(encoded(changed), EXPLICIT, PEER).outcome()).isEqualTo(Outcome.CONFLICT);
    }

    @Test
    void itemThatKeepsOtherValuesThanOurs_isAConflict() throws IOException {
        node.correctName("P1", "ROE^JANE");
        AttributeSet left = decoded(node.sent(held()));

        assertThat(node.store(encoded(withItem(left, "north", "NOT^THIS")), EXPLICIT, PEER)
                        .outcome())
                .isEqualTo(Outcome.CONFLICT);
    }

    @Test
    void objectOfAnotherPatientThatSaysItIsOurs_isAConflictOfPatientsToo() throws IOException {
        AttributeSet previous = AttributeSet.of(
                Map.of(Tags.PATIENT_ID, text(Vr.LO, "P1"), Tags.PATIENT_NAME, SmallNode.name("DOE^JANE")));
        AttributeSet item = AttributeSet.of(Map.of(
                Tags.MODIFYING_SYSTEM,
                text(Vr.LO, "north"),
                Tags.MODIFIED_ATTRIBUTES_SEQUENCE,
                new Attribute(Vr.SQ, List.of(new Value.Item(previous)))));
        AttributeSet others = original.with(Tags.PATIENT_ID, text(Vr.LO, "P2"))
                .with(Tags.PATIENT_NAME, SmallNode.name("OTHER^MARY"))
                .with(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, List.of(new Value.Item(item))));

        assertThat(node.store(encoded(others), EXPLICIT, PEER).outcome()).isEqualTo(Outcome.CONFLICT);
        assertThat(node.archive.catalog().study(STUDY).orElseThrow().openConflicts())
                .extracting(ConflictOpened::kind)
                .containsExactly(ConflictKind.DIFFERENT_CONTENT, ConflictKind.TWO_PATIENTS);
    }

    @Test
    void correctionOfAnotherSystem_isAConflict() throws IOException {
        node.correctName("P1", "ROE^JANE");
        AttributeSet left = decoded(node.sent(held()));

        assertThat(node.store(encoded(withItem(left, "south", "DOE^JANE")), EXPLICIT, PEER)
                        .outcome())
                .isEqualTo(Outcome.CONFLICT);
    }

    private static AttributeSet withItem(AttributeSet object, String system, String previousName) {
        List<Value> items = new ArrayList<>();
        for (Value value :
                object.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE).orElseThrow().values()) {
            AttributeSet previous = AttributeSet.of(Map.of(Tags.PATIENT_NAME, SmallNode.name(previousName)));
            items.add(new Value.Item(((Value.Item) value)
                    .attributes()
                    .with(Tags.MODIFYING_SYSTEM, text(Vr.LO, system))
                    .with(Tags.MODIFIED_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, List.of(new Value.Item(previous))))));
        }
        return object.with(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, items));
    }

    @Test
    void goodResendOfALostObject_isKept() throws IOException {
        node.archive.blobs().delete(held().current().blob().id());

        assertThat(node.store(DataSetCodec.encode(original, IMPLICIT), IMPLICIT, PEER)
                        .outcome())
                .isEqualTo(Outcome.CONFLICT);
        assertThat(node.retrieval().versions(STUDY, new SopInstanceUid("1.9.1")))
                .hasSize(2);
    }
}
