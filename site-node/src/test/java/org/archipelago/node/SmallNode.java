package org.archipelago.node;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientCommand.CorrectPatient;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.eventstore.LogListener;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationFile;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.ingest.ObjectIngest.Arrival;
import org.archipelago.node.ingest.PatientRegistry;
import org.archipelago.node.ingest.Settling;
import org.archipelago.node.ingest.WritePath;
import org.archipelago.node.retrieve.HeldInstance;
import org.archipelago.node.retrieve.OutgoingObject;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.node.retrieve.Retrieval.Scope;

/** The write path and the read side of a node over a real archive, without its edges and without Elasticsearch. */
final class SmallNode implements AutoCloseable {
    static final TransferSyntaxUid EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
    static final TransferSyntaxUid IMPLICIT = TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN;
    static final Actor CT = Actor.device("CT1", "127.0.0.1");
    static final Actor STEWARD = new Actor(Actor.Kind.PERSON, "steward", Optional.of("steward"), Optional.empty());
    static final StudyInstanceUid STUDY = new StudyInstanceUid("1.2.3");
    static final SeriesInstanceUid SERIES = new SeriesInstanceUid("1.2.3.1");
    static final Scope WHOLE = Scope.study(STUDY);
    static final String CT_CLASS = "1.2.840.10008.5.1.4.1.1.2";

    final Archive archive;
    final ReadSide readSide;
    final ObjectIngest ingest;

    private SmallNode(Configuration configuration) throws IOException {
        Clock clock = Clock.systemUTC();
        archive = Archive.open(configuration, clock, Comparison.configured(configuration), LogListener.NONE, () -> {});
        readSide = ReadSide.open(archive, configuration, clock);
        ingest = new WritePath(
                archive.blobs(),
                archive.keys(),
                archive.names(),
                new PatientRegistry(
                        new PatientIdentifiers("NORTH", PatientIdentifiers.DEFAULT_PLACEHOLDERS),
                        archive.names(),
                        archive.commands()::send,
                        100),
                archive.commands(),
                100,
                archive.commands(),
                new Settling(_ -> {}, clock),
                _ -> Duration.ofMinutes(5),
                archive.log()::head,
                ArchiveNode.limits(configuration),
                readSide.headerListener());
    }

    static SmallNode open(Path folder) throws IOException {
        return open(folder, "");
    }

    /** @param blobs more settings of the blob store, each with a comma before it */
    static SmallNode open(Path folder, String blobs) throws IOException {
        return new SmallNode(ConfigurationFile.parse(
                "data: node\nsite: { label: north }\nblobs: { lowWaterMarkBytes: 1000000" + blobs
                        + " }\nelasticsearch: { minimumPositionWaitMs: 2000 }\n",
                folder,
                "test"));
    }

    Retrieval retrieval() {
        return readSide.retrieval();
    }

    Ingested store(byte[] dataset) throws IOException {
        return store(dataset, EXPLICIT, CT);
    }

    Ingested store(byte[] dataset, TransferSyntaxUid transferSyntax, Actor source) throws IOException {
        return ingest.ingest(
                new ByteArrayInputStream(dataset),
                new Arrival(
                        transferSyntax,
                        Optional.empty(),
                        Optional.empty(),
                        source,
                        Optional.empty(),
                        Optional.empty()));
    }

    /** As a C-STORE whose data set may leave its identity to the command. */
    Ingested storeAnnounced(byte[] dataset, String sopInstanceUid) throws IOException {
        return ingest.ingest(
                new ByteArrayInputStream(dataset),
                new Arrival(
                        EXPLICIT,
                        Optional.of(new SopClassUid(CT_CLASS)),
                        Optional.of(new SopInstanceUid(sopInstanceUid)),
                        CT,
                        Optional.empty(),
                        Optional.empty()));
    }

    /** From a source that is configured with a character set for text that names none. */
    Ingested storeAssuming(byte[] dataset, String characterSet) throws IOException {
        return ingest.ingest(
                new ByteArrayInputStream(dataset),
                new Arrival(
                        EXPLICIT, Optional.empty(), Optional.empty(), CT, Optional.empty(), Optional.of(characterSet)));
    }

    /** From a source that is configured with an issuer for identifiers that name none. */
    Ingested storeOfIssuer(byte[] dataset, String issuer) throws IOException {
        return ingest.ingest(
                new ByteArrayInputStream(dataset),
                new Arrival(EXPLICIT, Optional.empty(), Optional.empty(), CT, Optional.of(issuer), Optional.empty()));
    }

    PatientRecordId patient(String id) {
        return archive.names().patient(new PatientIdentifier(id, "NORTH"));
    }

    void correctName(String patientId, String name) {
        archive.commands()
                .send(new CorrectPatient(
                        patient(patientId),
                        AttributeSet.of(Map.of(Tags.PATIENT_NAME, name(name))),
                        STEWARD,
                        "misspelt"));
    }

    byte[] sent(HeldInstance instance, TransferSyntaxUid... accepted) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutgoingObject object = retrieval().open(instance, List.of(accepted))) {
            object.writeTo(out);
        }
        return out.toByteArray();
    }

    static Attribute name(String alphabetic) {
        return new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(alphabetic, "", ""))));
    }

    static Attribute text(Vr vr, String text) {
        return new Attribute(vr, List.of(new Value.Text(text)));
    }

    /** A CT object of the one study and series, without pixels. */
    static AttributeSet object(String instance, String patientId, String patientName) {
        TreeMap<Integer, Attribute> attributes = new TreeMap<>(Integer::compareUnsigned);
        attributes.put(Tags.SOP_CLASS_UID, text(Vr.UI, CT_CLASS));
        attributes.put(Tags.SOP_INSTANCE_UID, text(Vr.UI, instance));
        attributes.put(Tags.MODALITY, text(Vr.CS, "CT"));
        attributes.put(Tags.PATIENT_NAME, name(patientName));
        attributes.put(Tags.PATIENT_ID, text(Vr.LO, patientId));
        attributes.put(Tags.STUDY_INSTANCE_UID, text(Vr.UI, STUDY.value()));
        attributes.put(Tags.SERIES_INSTANCE_UID, text(Vr.UI, SERIES.value()));
        return new AttributeSet(attributes);
    }

    static byte[] encoded(AttributeSet attributes) {
        return DataSetCodec.encode(attributes, EXPLICIT);
    }

    static AttributeSet decoded(byte[] dataset) {
        return DataSetCodec.decode(dataset, EXPLICIT);
    }

    @Override
    public void close() throws IOException {
        readSide.close();
        archive.close();
    }
}
