package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.AssociationPolicy;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.AssociationServer;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.ContextAnswer;
import org.archipelago.node.association.DimseMessage;
import org.archipelago.node.association.OpenAssociations;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Query, retrieval and storage commitment over DIMSE, against a node with its real index and its real log. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QueryRetrieveIT {
    private static final Duration VISIBLE = Duration.ofSeconds(20);
    private static final String JPEG_BASELINE = "1.2.840.10008.1.2.4.50";
    private static final String COMMITMENT = "1.2.840.10008.1.20.1";
    private static final int CT_SLICES = 3;

    @TempDir
    static Path home;

    private final List<PhantomObject> ct = Samples.ct("levels", CT_SLICES);
    private final List<PhantomObject> mr = Samples.mr("levels", 2);
    private NodeProcess node;
    private Dcmtk dcmtk;
    private Dcmtk.Receiver receiver;
    private Dcmtk.Receiver implicit;
    private AssociationServer lossy;
    private final List<String> lossyReceived = new CopyOnWriteArrayList<>();

    @BeforeAll
    void start() throws Exception {
        receiver = Dcmtk.receiver(home.resolve("received"), "DEST");
        implicit = Dcmtk.implicitReceiver(home.resolve("implicit"), "IMPLICIT");
        lossy = AssociationServer.start(
                InetAddress.getLoopbackAddress(),
                0,
                Optional.empty(),
                AssociationLimits.DEFAULTS,
                new OpenAssociations(AssociationLimits.DEFAULTS),
                (request, _) -> new AssociationPolicy.Decision.Accept(
                        request.contexts().stream()
                                .map(c -> c.transferSyntaxes().contains(JPEG_BASELINE)
                                        ? ContextAnswer.accepted(c.id(), JPEG_BASELINE)
                                        : ContextAnswer.refused(
                                                c, ContextAnswer.Result.TRANSFER_SYNTAXES_NOT_SUPPORTED))
                                .toList(),
                        List.of(),
                        List.of(),
                        this::receiveLossy),
                AssociationMetrics.NONE);
        node = NodeProcess.configured(
                        home.resolve("node"),
                        SharedElasticsearch.get().url(),
                        receiver.remote(),
                        implicit.remote(),
                        new NodeProcess.Remote("LOSSY", lossy.port()))
                .shortLived()
                .start();
        dcmtk = new Dcmtk(node);
        Samples.storeAll(node, Samples.facts(ct));
        Samples.storeAll(node, Samples.facts(mr));
        await().atMost(VISIBLE).untilAsserted(() -> {
            for (PhantomObject phantom : List.of(ct.getFirst(), mr.getFirst())) {
                assertThat(dcmtk.find("STUDY", "0020,000D=" + phantom.study().value(), "0020,1208"))
                        .singleElement()
                        .satisfies(match ->
                                assertThat(match.get("0020,1208")).isEqualTo(phantom == ct.getFirst() ? "3" : "2"));
            }
        });
    }

    @AfterAll
    void stop() {
        if (node != null) {
            node.close();
        }
        receiver.close();
        implicit.close();
        lossy.close();
    }

    private void receiveLossy(Association association) throws IOException {
        for (Optional<DimseMessage> message = association.receive();
                message.isPresent();
                message = association.receive()) {
            lossyReceived.add(message.get()
                    .command()
                    .text(CommandSet.AFFECTED_SOP_INSTANCE_UID)
                    .orElseThrow());
            association.discardRest();
            association.send(
                    message.get().context().id(),
                    message.get().command().response(0).build());
        }
    }

    private List<Map<String, String>> find(String model, String level, String... keys) {
        return dcmtk.find(model, level, keys);
    }

    @Test
    void everyLevelOfBothRoots_findsWhatIsThere() {
        PhantomObject one = ct.getFirst();
        String study = "0020,000D=" + one.study().value();
        String series = "0020,000E=" + one.series().value();
        String patient = "0010,0020=DEMO-1004";
        assertThat(find(Dcmtk.PATIENT_ROOT, "PATIENT", patient, "0010,0010", "0010,0040"))
                .singleElement()
                .satisfies(match -> {
                    assertThat(match.get("0010,0010")).isEqualTo("Smith^John^Q");
                    assertThat(match.get("0010,0040")).isEqualTo("M");
                });
        for (String model : List.of(Dcmtk.PATIENT_ROOT, Dcmtk.STUDY_ROOT)) {
            assertThat(find(model, "STUDY", patient, study, "0008,0061", "0020,1206"))
                    .as(model)
                    .singleElement()
                    .satisfies(match -> {
                        assertThat(match.get("0020,000d")).isEqualTo(one.study().value());
                        assertThat(match.get("0008,0061")).isEqualTo("CT");
                        assertThat(match.get("0020,1206")).isEqualTo("1");
                    });
            assertThat(find(model, "SERIES", patient, study, "0020,000E", "0008,0060", "0020,1209"))
                    .as(model)
                    .singleElement()
                    .satisfies(match -> {
                        assertThat(match.get("0020,000e"))
                                .isEqualTo(one.series().value());
                        assertThat(match.get("0008,0060")).isEqualTo("CT");
                        assertThat(match.get("0020,1209")).isEqualTo("3");
                    });
            assertThat(find(model, "IMAGE", patient, study, series, "0008,0018", "0020,0013"))
                    .as(model)
                    .extracting(match -> match.get("0008,0018"))
                    .containsExactlyInAnyOrderElementsOf(ct.stream()
                            .map(image -> image.sopInstanceUid().value())
                            .toList());
            assertThat(find(
                            model,
                            "IMAGE",
                            patient,
                            study,
                            series,
                            "0008,0018=" + one.sopInstanceUid().value()))
                    .as(model)
                    .hasSize(1);
            assertThat(find(model, "STUDY", "0010,0020=DEMO-1002", study))
                    .as(model)
                    .isEmpty();
        }
    }

    @Test
    void studyOfAnotherPatientThanNamed_doesNotLeave() {
        String[] wrong = {
            "0010,0020=DEMO-1002", "0020,000D=" + ct.getFirst().study().value()
        };
        dcmtk.move(Dcmtk.PATIENT_ROOT, "DEST", "STUDY", wrong).succeeded();
        assertThat(received(ct)).isEmpty();
        String[] right = {
            "0010,0020=DEMO-1004", "0020,000D=" + ct.getFirst().study().value()
        };
        dcmtk.move(Dcmtk.PATIENT_ROOT, "DEST", "STUDY", right).succeeded();
        assertThat(received(ct)).hasSize(CT_SLICES);
        dcmtk.move(Dcmtk.PATIENT_ROOT, "DEST", "PATIENT", new String[] {"0010,0020=DEMO-1002"})
                .succeeded();
        assertThat(received(mr)).hasSize(2);
    }

    /** An object of a study of one series. */
    private static DicomFile of(String study, int number, String name, String id, String birthDate) {
        String instance = study + ".1." + number;
        byte[] dataset = new ExplicitVr()
                .text(0x00080016, "UI", CtImage.SOP_CLASS)
                .text(0x00080018, "UI", instance)
                .text(0x00080060, "CS", "CT")
                .text(0x00100010, "PN", name)
                .text(0x00100020, "LO", id)
                .text(0x00100030, "DA", birthDate)
                .text(0x0020000D, "UI", study)
                .text(0x0020000E, "UI", study + ".1")
                .encoded();
        return DicomFile.received(CtImage.SOP_CLASS, instance, DicomFile.EXPLICIT, dataset);
    }

    /** PS3.5 §9.1 allows 64. */
    @Test
    void uidsOfUpTo128Bytes_areFoundAndFetchedByteForByte() throws Exception {
        DicomWeb web = new DicomWeb(node);
        for (int length : List.of(65, 128)) {
            DicomFile file = ofUids(length, length, length);
            Samples.storeAll(node, List.of(file));
            String study = file.studyInstance();
            String path = "/studies/" + study + "/series/" + file.seriesInstance() + "/instances";
            await().atMost(VISIBLE).untilAsserted(() -> {
                assertThat(web.search(path + "?SOPInstanceUID=" + file.sopInstance()))
                        .singleElement()
                        .satisfies(match -> {
                            assertThat(DicomWeb.value(match, "0020000D")).isEqualTo(study);
                            assertThat(DicomWeb.value(match, "0020000E")).isEqualTo(file.seriesInstance());
                            assertThat(DicomWeb.value(match, "00080018")).isEqualTo(file.sopInstance());
                        });
                assertThat(web.search("/studies?StudyInstanceUID=" + study)).hasSize(1);
            });
            for (String model : List.of(Dcmtk.PATIENT_ROOT, Dcmtk.STUDY_ROOT)) {
                assertThat(find(
                                model,
                                "IMAGE",
                                "0010,0020=LONG" + length,
                                "0020,000D=" + study,
                                "0020,000E=" + file.seriesInstance(),
                                "0008,0018=" + file.sopInstance()))
                        .as(model)
                        .hasSize(1);
            }
            try (RawFindScu scu = new RawFindScu(node.dicomPort(), "ASKER", NodeProcess.TITLE)) {
                assertThat(scu.studiesOfPatient("LONG" + length))
                        .singleElement()
                        .satisfies(match -> assertThat(new String(match, StandardCharsets.ISO_8859_1))
                                .contains(study));
            }
            assertThat(new RawRetrieveScu(node.dicomPort())
                            .get(List.of(study), List.of(file))
                            .files())
                    .extracting(DicomFile::sha256)
                    .containsExactly(file.sha256());
            assertThat(web.retrieve(path + "/" + file.sopInstance()))
                    .extracting(DicomFile::sha256)
                    .containsExactly(file.sha256());
        }
    }

    @Test
    void uidOf129Bytes_isRefusedWhereverItStands() throws Exception {
        for (DicomFile file : List.of(ofUids(129, 70, 70), ofUids(70, 129, 70), ofUids(70, 70, 129))) {
            try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), "SENDER", NodeProcess.TITLE, List.of(file))) {
                assertThat(scu.store(file).hex()).isEqualTo("C000H");
            }
        }
    }

    /** @param study how many bytes its UID has, and so on */
    private static DicomFile ofUids(int study, int series, int instance) {
        String instanceUid = uidOf("2.25.73.3", instance);
        byte[] dataset = new ExplicitVr()
                .text(0x00080016, "UI", CtImage.SOP_CLASS)
                .text(0x00080018, "UI", instanceUid)
                .text(0x00080060, "CS", "CT")
                .text(0x00100010, "PN", "LONG^UID")
                .text(0x00100020, "LO", "LONG" + study)
                .text(0x0020000D, "UI", uidOf("2.25.73.1", study))
                .text(0x0020000E, "UI", uidOf("2.25.73.2", series))
                .encoded();
        return DicomFile.received(CtImage.SOP_CLASS, instanceUid, DicomFile.EXPLICIT, dataset);
    }

    private static String uidOf(String root, int length) {
        return root + "." + "7".repeat(length - root.length() - 1);
    }

    private void assertPatient(String key, String name, String id, String birthDate) {
        // A key that is given twice is asked for as it was given last.
        String[] keys = Stream.concat(
                        Stream.of(key),
                        Stream.of("0010,0010", "0010,0020", "0010,0030").filter(asked -> !key.startsWith(asked)))
                .toArray(String[]::new);
        for (String level : List.of("PATIENT", "STUDY")) {
            String model = level.equals("PATIENT") ? Dcmtk.PATIENT_ROOT : Dcmtk.STUDY_ROOT;
            await().atMost(VISIBLE)
                    .untilAsserted(() -> assertThat(find(model, level, keys))
                            .as("%s %s", level, key)
                            .singleElement()
                            .satisfies(match -> {
                                assertThat(match.get("0010,0010")).isEqualTo(name);
                                assertThat(match.getOrDefault("0010,0020", "")).isEqualTo(id);
                                assertThat(match.get("0010,0030")).isEqualTo(birthDate);
                            }));
        }
    }

    @Test
    void objectWithoutPatientId_isNeverShownUnderTheIdOfAnother() throws Exception {
        Samples.storeAll(node, List.of(of("2.25.71", 1, "EDOE^JANE", "", "19500101")));
        Samples.storeAll(node, List.of(of("2.25.71", 2, "ESMITH^JOHN", "E12345", "19801231")));
        assertPatient("0010,0020=E12345", "ESMITH^JOHN", "E12345", "19801231");
        assertPatient("0010,0010=ESMITH*", "ESMITH^JOHN", "E12345", "19801231");
        assertPatient("0010,0010=EDOE*", "EDOE^JANE", "", "19500101");
        assertThat(new ConflictHistory(node).openedSince("2.25.71")).isEqualTo("two patients");
        assertQueriesOnRecord("E12345", "00100010=ESMITH*", "00100010=EDOE*");
    }

    /** Whoever was found is found in the access history, though the study has another patient or none. */
    private void assertQueriesOnRecord(String patient, String found, String foundAnother) {
        await().atMost(VISIBLE)
                .untilAsserted(() -> assertThat(
                                node.get(node.http("/api/access?patient=" + patient), "Accept", "application/json")
                                        .body())
                        .asString(StandardCharsets.UTF_8)
                        .contains("C-FIND STUDY", "0100020=" + patient, found)
                        .doesNotContain(foundAnother));
    }

    @Test
    void samePersonFirstWithoutPatientId_isShownWithItAndNoConflict() throws Exception {
        Samples.storeAll(node, List.of(of("2.25.72", 1, "EROE^JANE", "0", "19500101")));
        Samples.storeAll(node, List.of(of("2.25.72", 2, "ERoe^Jane", "E777", "19500101")));
        assertPatient("0010,0020=E777", "ERoe^Jane", "E777", "19500101");
        assertPatient("0010,0010=EROE*", "ERoe^Jane", "E777", "19500101");
        assertThat(new ConflictHistory(node).openedSince("2.25.72")).isEmpty();
    }

    @Test
    void correctionForAnotherPatient_leavesTheListOfTheFirst() throws Exception {
        Samples.storeAll(node, List.of(of("2.25.73", 1, "EWRONG^PATIENT", "EWRONG1", "19500101")));
        Samples.storeAll(node, List.of(of("2.25.73", 1, "ERIGHT^PATIENT", "ERIGHT1", "19801231")));
        assertPatient("0010,0020=ERIGHT1", "ERIGHT^PATIENT", "ERIGHT1", "19801231");
        assertThat(find(Dcmtk.PATIENT_ROOT, "PATIENT", "0010,0020=EWRONG1")).isEmpty();
        assertThat(find(Dcmtk.STUDY_ROOT, "STUDY", "0010,0010=EWRONG*")).isEmpty();
        assertThat(find(Dcmtk.STUDY_ROOT, "STUDY", "0020,000D=2.25.73", "0010,0020"))
                .singleElement()
                .satisfies(match -> assertThat(match.get("0010,0020")).isEqualTo("ERIGHT1"));
    }

    /** The index is behind for a moment after each of them. */
    @Test
    void patientThatIsAskedForAtOnce_leavesWhole() throws Exception {
        for (int i = 0; i < 3; i++) {
            String study = "2.25.74" + i;
            Samples.storeAll(node, List.of(of(study, 1, "EFAST^ONE", "EFAST" + i, "19500101")));
            dcmtk.move(Dcmtk.PATIENT_ROOT, "DEST", "PATIENT", new String[] {"0010,0020=EFAST" + i})
                    .succeeded();
            assertThat(receiver.received()).extracting(DicomFile::sopInstance).contains(study + ".1.1");
        }
    }

    private List<DicomFile> received(List<PhantomObject> images) {
        List<String> instances =
                images.stream().map(image -> image.sopInstanceUid().value()).toList();
        return receiver.received().stream()
                .filter(file -> instances.contains(file.sopInstance()))
                .toList();
    }

    /** RLE is stored; the receiver takes Implicit VR Little Endian, so it gets the very pixels that were compressed. */
    @Test
    void compressedObject_reachesAnImplicitReceiverAsTheNativePixels() throws Exception {
        PhantomObject original = Samples.ct("decoded", 1).getFirst();
        Path plain = Samples.write(home.resolve("decoded"), original);
        Path compressed = home.resolve("decoded").resolve("rle.dcm");
        Program.of("dcmcrle", plain.toString(), compressed.toString()).run().succeeded();
        DicomFile rle = DicomFile.read(compressed);
        assertThat(rle.transferSyntax()).isEqualTo("1.2.840.10008.1.2.5");
        assertThat(rle.sopInstance()).isEqualTo(original.sopInstanceUid().value());
        Samples.storeAll(node, List.of(rle));
        dcmtk.move("IMPLICIT", "STUDY", "0020,000D=" + original.study().value()).succeeded();
        DicomFile got = implicit.received().stream()
                .filter(file ->
                        file.sopInstance().equals(original.sopInstanceUid().value()))
                .findFirst()
                .orElseThrow();
        assertThat(got.transferSyntax()).isEqualTo(DicomFile.IMPLICIT);
        int pixelBytes = Samples.EDGE_PIXELS * Samples.EDGE_PIXELS * 2;
        assertThat(tail(got.dataset(), pixelBytes)).isEqualTo(tail(original.dataset(), pixelBytes));
        assertThat(rle.dataset().length).isLessThan(pixelBytes);
    }

    private static byte[] tail(byte[] bytes, int length) {
        return Arrays.copyOfRange(bytes, bytes.length - length, bytes.length);
    }

    @Test
    void receiverOfLossySyntaxesOnly_getsNothingAndTheAskerLearnsWhy() {
        Program.Ended ended = dcmtk.move(
                "LOSSY", "STUDY", "0020,000D=" + ct.getFirst().study().value());
        assertThat(ended.status()).isNotZero();
        assertThat(ended.output()).contains("OutOfResourcesSubOperations");
        assertThat(lossyReceived).isEmpty();
    }

    /** Acquisition, workstation, router and an importer send overlapping parts of one study at the same moment. */
    @Test
    void oneStudyThroughSeveralAesAtOnce_isWholeAndWithoutConflict() throws Exception {
        List<DicomFile> all = Samples.facts(Samples.ct("several", 40));
        List<Future<Integer>> sent = new ArrayList<>();
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 4; i++) {
                List<DicomFile> part = new ArrayList<>();
                for (int slice = 0; slice < 20; slice++) {
                    part.add(all.get((i * 10 + slice) % all.size()));
                }
                String title = "SENDER" + i;
                sent.add(senders.submit(() -> {
                    try (RawStoreScu scu = new RawStoreScu(node.dicomPort(), title, NodeProcess.TITLE, part)) {
                        int stored = 0;
                        for (DicomFile file : part) {
                            assertThat(scu.store(file).status()).as(title).isZero();
                            stored++;
                        }
                        return stored;
                    }
                }));
            }
            for (Future<Integer> each : sent) {
                assertThat(each.get()).isEqualTo(20);
            }
        }
        String study = all.getFirst().studyInstance();
        assertThat(new DicomWeb(node).retrieve("/studies/" + study))
                .extracting(DicomFile::sha256)
                .containsExactlyInAnyOrderElementsOf(
                        all.stream().map(DicomFile::sha256).toList());
        await().atMost(VISIBLE)
                .untilAsserted(() -> assertThat(find(Dcmtk.STUDY_ROOT, "STUDY", "0020,000D=" + study, "0020,1208"))
                        .singleElement()
                        .satisfies(match -> assertThat(match.get("0020,1208")).isEqualTo("40")));
    }

    private static Attribute uid(String value) {
        return new Attribute(Vr.UI, List.of(new Value.Text(value)));
    }

    @Test
    void storageCommitment_reportsWhatIsHeldAndWhatIsNot() throws Exception {
        TransferSyntaxUid explicit = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
        List<Value> items = new ArrayList<>();
        for (PhantomObject image : ct) {
            items.add(new Value.Item(AttributeSet.of(Map.of(
                    0x00081150,
                    uid(image.sopClassUid().value()),
                    0x00081155,
                    uid(image.sopInstanceUid().value())))));
        }
        items.add(new Value.Item(AttributeSet.of(
                Map.of(0x00081150, uid(ct.getFirst().sopClassUid().value()), 0x00081155, uid("1.2.3.4.5.6")))));
        byte[] request = DataSetCodec.encode(
                AttributeSet.of(Map.of(0x00081195, uid("1.2.826.77"), 0x00081199, new Attribute(Vr.SQ, items))),
                explicit);
        AssociationRequestor.Proposal proposal = AssociationRequestor.Proposal.of(
                "127.0.0.1",
                node.dicomPort(),
                new AeTitle("MODALITY"),
                new AeTitle(NodeProcess.TITLE),
                List.of(new ProposedContext(1, COMMITMENT, List.of(explicit.value()))));
        try (Association association = AssociationRequestor.open(proposal, AssociationLimits.DEFAULTS)) {
            association.send(
                    1,
                    CommandSet.of(CommandField.N_ACTION_RQ)
                            .uid(CommandSet.REQUESTED_SOP_CLASS_UID, COMMITMENT)
                            .us(CommandSet.MESSAGE_ID, 1)
                            .uid(CommandSet.REQUESTED_SOP_INSTANCE_UID, "1.2.840.10008.1.20.1.1")
                            .us(CommandSet.ACTION_TYPE_ID, 1)
                            .build(),
                    out -> out.write(request));
            assertThat(association.receive().orElseThrow().command().status()).isZero();
            DimseMessage report = association.receive().orElseThrow();
            assertThat(report.command().us(CommandSet.EVENT_TYPE_ID)).hasValue(2);
            AttributeSet information =
                    DataSetCodec.decode(report.data().orElseThrow().readAllBytes(), explicit);
            assertThat(information.text(0x00081195)).contains("1.2.826.77");
            assertThat(information.get(0x00081199).orElseThrow().values()).hasSize(CT_SLICES);
            assertThat(information.get(0x00081198).orElseThrow().values())
                    .singleElement()
                    .satisfies(v -> assertThat(((Value.Item) v).attributes().text(0x00081155))
                            .contains("1.2.3.4.5.6"));
            association.send(1, report.command().response(0).build());
            association.release();
        }
    }
}
