package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.Association;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationRequestor;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.cli.NodeAddress;
import org.archipelago.node.cli.ObjectSenders.ObjectSender;
import org.archipelago.node.cli.ObjectSenders.OutgoingFile;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.testing.LoopbackPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a thief of a node's data directory, who has no master key, can read in it. */
class NothingInClearTest {
    private static final String FIND = "1.2.840.10008.5.1.4.1.2.2.1";
    private static final String COMMITMENT = "1.2.840.10008.1.20.1";
    private static final String STUDY = "1.2.826.0.1.3680043.8.498.4711.1";
    private static final String SERIES = "1.2.826.0.1.3680043.8.498.4711.2";
    private static final String INSTANCE = "1.2.826.0.1.3680043.8.498.4711.3";
    private static final String TRANSACTION = "1.2.826.0.1.3680043.8.498.4711.4";
    private static final String WITHOUT_STUDY = "1.2.826.0.1.3680043.8.498.4711.5";
    private static final List<String> SECRETS = List.of(
            STUDY,
            SERIES,
            INSTANCE,
            TRANSACTION,
            WITHOUT_STUDY,
            "Wolkenstein",
            "PATIENT-4711",
            "ACCESSION-0815",
            "Fundsache",
            "ASKED-FOR-ID",
            "Askedfor",
            "ASKED-ACCESSION");

    @TempDir
    Path folder;

    private int http;
    private int dicom;

    @Test
    void dataDirectory_tellsNobodyWhomOrWhatItIsAbout() throws Exception {
        NodeAddress address = configured();
        Path data = address.data();
        try (ArchiveNode _ = ArchiveNode.start(ConfigurationFile.read(address.configuration()), Clock.systemUTC())) {
            store(address);
            askForCommitment();
            askByDicom();
            askByWeb(
                    "/dicom-web/studies?PatientID=ASKED-FOR-ID&PatientName=Askedfor*&AccessionNumber=ASKED-ACCESSION",
                    503);
            askByWeb("/dicom-web/studies/" + STUDY + "/metadata", 200);
            askByWeb("/dicom-web/studies/" + STUDY + "/series/" + SERIES + "/instances/" + INSTANCE, 200);
            await().untilAsserted(() -> assertThat(data.resolve("commitment")).isNotEmptyDirectory());
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(new String(
                                    get("/api/studies/" + STUDY + "/history").body(), StandardCharsets.UTF_8))
                            .contains("Settled with"));
            assertNothingInClear(data);
        }
        assertNothingInClear(data);
    }

    private static void assertNothingInClear(Path data) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = all.filter(Files::isRegularFile).toList();
        }
        for (String part : List.of("log", "keys", "blobs", "headers", "commitment", "checkpoints", "dead-letters")) {
            assertThat(files).as("files of " + part).anyMatch(file -> file.startsWith(data.resolve(part)));
        }
        for (Path file : files) {
            String content = Files.readString(file, StandardCharsets.ISO_8859_1);
            for (String secret : SECRETS) {
                assertThat(file.toString()).doesNotContain(secret);
                for (Charset charset : List.of(StandardCharsets.US_ASCII, StandardCharsets.UTF_16LE)) {
                    assertThat(content.contains(new String(secret.getBytes(charset), StandardCharsets.ISO_8859_1)))
                            .as("%s in %s", secret, file)
                            .isFalse();
                }
            }
        }
    }

    private void store(NodeAddress address) throws IOException {
        TreeMap<Integer, Attribute> whole = new TreeMap<>(
                SmallNode.object(INSTANCE, "PATIENT-4711", "Wolkenstein^Oswald").attributes());
        whole.put(Tags.STUDY_INSTANCE_UID, SmallNode.text(Vr.UI, STUDY));
        whole.put(Tags.SERIES_INSTANCE_UID, SmallNode.text(Vr.UI, SERIES));
        whole.put(Tags.ACCESSION_NUMBER, SmallNode.text(Vr.SH, "ACCESSION-0815"));
        TreeMap<Integer, Attribute> homeless =
                new TreeMap<>(SmallNode.object(WITHOUT_STUDY, "PATIENT-4711", "Fundsache^Ohne")
                        .attributes());
        homeless.remove(Tags.STUDY_INSTANCE_UID);
        try (ObjectSender sender = new DicomSenders().open(address, Optional.empty())) {
            for (Map<Integer, Attribute> object : List.of(whole, homeless)) {
                byte[] dataset = SmallNode.encoded(new AttributeSet(new TreeMap<>(object)));
                assertThat(sender.send(new OutgoingFile(
                                        SmallNode.CT_CLASS,
                                        object == whole ? INSTANCE : WITHOUT_STUDY,
                                        SmallNode.EXPLICIT.value(),
                                        dataset.length,
                                        () -> new ByteArrayInputStream(dataset)))
                                .text())
                        .isEmpty();
            }
        }
    }

    /** Leaves before the report can come; nobody listens where it is owed to. */
    private void askForCommitment() throws IOException {
        AttributeSet object = AttributeSet.of(Map.of(
                0x00081150, SmallNode.text(Vr.UI, SmallNode.CT_CLASS), 0x00081155, SmallNode.text(Vr.UI, INSTANCE)));
        byte[] request = SmallNode.encoded(AttributeSet.of(Map.of(
                0x00081195,
                SmallNode.text(Vr.UI, TRANSACTION),
                0x00081199,
                new Attribute(Vr.SQ, List.of(new Value.Item(object))))));
        try (Association association = open(COMMITMENT)) {
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
        }
    }

    /** There is no Elasticsearch; what was asked for is on record all the same. */
    private void askByDicom() throws IOException {
        byte[] keys = SmallNode.encoded(AttributeSet.of(Map.of(
                Tags.QUERY_RETRIEVE_LEVEL, SmallNode.text(Vr.CS, "STUDY"),
                Tags.PATIENT_NAME, SmallNode.name("Askedfor*"),
                Tags.PATIENT_ID, SmallNode.text(Vr.LO, "ASKED-FOR-ID"))));
        try (Association association = open(FIND)) {
            association.send(
                    1,
                    CommandSet.of(CommandField.C_FIND_RQ)
                            .uid(CommandSet.AFFECTED_SOP_CLASS_UID, FIND)
                            .us(CommandSet.MESSAGE_ID, 1)
                            .us(CommandSet.PRIORITY, 0)
                            .build(),
                    out -> out.write(keys));
            assertThat(association.receive().orElseThrow().command().status() & 0xFF00)
                    .isEqualTo(0xA700);
        }
    }

    private Association open(String sopClass) throws IOException {
        return AssociationRequestor.open(
                AssociationRequestor.Proposal.of(
                        "127.0.0.1",
                        dicom,
                        new AeTitle("MODALITY"),
                        new AeTitle("NORTH"),
                        List.of(new ProposedContext(1, sopClass, List.of(SmallNode.EXPLICIT.value())))),
                AssociationLimits.DEFAULTS);
    }

    private void askByWeb(String path, int expected) throws Exception {
        assertThat(get(path).statusCode()).as(path).isEqualTo(expected);
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private NodeAddress configured() throws IOException {
        http = LoopbackPorts.free();
        dicom = LoopbackPorts.free();
        Path file = Files.writeString(folder.resolve("node.yaml"), """
                data: data
                site: { label: north }
                log: { reserveBytes: 1000000 }
                blobs: { lowWaterMarkBytes: 1000000 }
                ingest: { quietTimeSeconds: 1 }
                dicom:
                  listeners: [ { address: 127.0.0.1, port: %d, aeTitles: [NORTH] } ]
                  remotes: [ { title: MODALITY, host: 127.0.0.1, port: %d, may: [query, commitment] } ]
                http: { port: %d }
                elasticsearch: { url: "http://127.0.0.1:9" }
                """.formatted(dicom, LoopbackPorts.free(), http));
        return new NodeAddress(
                file,
                folder.resolve("data"),
                "north",
                URI.create("http://127.0.0.1:" + http),
                "127.0.0.1",
                dicom,
                "NORTH");
    }
}
