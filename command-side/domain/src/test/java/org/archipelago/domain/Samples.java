package org.archipelago.domain;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.archipelago.contract.Actor;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
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
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientMerges;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.IncomingInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCommand.StoreInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyPolicy;

/** One hospital's worth of names, keys and CT images for tests. Everything is a function of its arguments. */
public final class Samples {
    public static final SiteId SITE = new SiteId(new UUID(1, 1));
    public static final StreamNames NAMES = new StreamNames(SITE, new byte[StreamNames.SECRET_LENGTH_BYTES]);
    public static final StudyInstanceUid STUDY_UID = new StudyInstanceUid("2.25.1001");
    public static final StudyCopyId STUDY = NAMES.study(STUDY_UID);
    public static final StudyCopyId OTHER_STUDY = NAMES.study(new StudyInstanceUid("2.25.1002"));
    public static final PatientRecordId ANNA = NAMES.patient(new PatientIdentifier("17", "NORTH"));
    public static final PatientRecordId BERT = NAMES.patient(new PatientIdentifier("18", "NORTH"));
    public static final PatientRecordId CARA = NAMES.patient(new PatientIdentifier("19", "NORTH"));
    public static final KeyId PIXEL_KEY = new KeyId(Digest.sha256(new byte[] {1}));
    public static final Actor SCANNER = Actor.device("CT1", "10.0.0.7");
    public static final Actor ROUTER = Actor.device("ROUTER", "10.0.0.8");
    public static final Actor SOMEBODY = Actor.unidentified("http", "10.0.0.9");
    public static final Actor STEWARD =
            new Actor(Actor.Kind.PERSON, "steward", Optional.of("steward"), Optional.empty());
    public static final StudyPolicy.Limits LIMITS = new StudyPolicy.Limits(100, 100_000, 64, 256);
    public static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    public static final SeriesInstanceUid SERIES = new SeriesInstanceUid("2.25.1001.1");
    public static final SeriesInstanceUid SERIES_2 = new SeriesInstanceUid("2.25.1001.2");
    public static final SopClassUid CT = new SopClassUid("1.2.840.10008.5.1.4.1.1.2");
    public static final TransferSyntaxUid EXPLICIT = TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN;
    public static final TransferSyntaxUid IMPLICIT = TransferSyntaxUid.IMPLICIT_VR_LITTLE_ENDIAN;

    private Samples() {}

    public static SopInstanceUid sop(int number) {
        return new SopInstanceUid("1.3.6.1.4.1.5962.99.1.2786334768.1849416866.1385765836848." + number + ".0");
    }

    /** Different contents have different digests and blobs. */
    public static StoredObject object(int number, String content, TransferSyntaxUid syntax) {
        byte[] bytes = (number + content + syntax).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Digest digest = Digest.sha256(bytes);
        byte[] wrapped =
                Arrays.copyOf(Digest.sha256(digest.toBytes(), new byte[] {1}).toBytes(), 40);
        ByteBuffer.wrap(wrapped).putLong(32, digest.first());
        BlobId blob = new BlobId(Digest.sha256(digest.toBytes()));
        return new StoredObject(sop(number), CT, syntax, digest, 526_000, new BlobRef(blob, wrapped));
    }

    public static AttributeSet ctHeader(int number) {
        TreeMap<Integer, Attribute> header = new TreeMap<>();
        header.put(Tags.IMAGE_TYPE, text(Vr.CS, "ORIGINAL", "PRIMARY", "AXIAL"));
        header.put(Tags.SOP_CLASS_UID, text(Vr.UI, CT.value()));
        header.put(Tags.SOP_INSTANCE_UID, text(Vr.UI, sop(number).value()));
        header.put(Tags.STUDY_DATE, text(Vr.DA, "20260301"));
        header.put(Tags.ACCESSION_NUMBER, text(Vr.SH, "A-2026-1"));
        header.put(Tags.MODALITY, text(Vr.CS, "CT"));
        header.put(Tags.PATIENT_NAME, name("Doe^Anna"));
        header.put(Tags.PATIENT_ID, text(Vr.LO, "17"));
        header.put(Tags.STUDY_INSTANCE_UID, text(Vr.UI, STUDY_UID.value()));
        header.put(Tags.SERIES_INSTANCE_UID, text(Vr.UI, SERIES.value()));
        header.put(Tags.INSTANCE_NUMBER, text(Vr.IS, Integer.toString(number)));
        header.put(Tags.IMAGE_POSITION_PATIENT, text(Vr.DS, "-125", "-125", Integer.toString(number)));
        header.put(Tags.ROWS, number(Vr.US, 512));
        return AttributeSet.of(header);
    }

    public static IncomingInstance ct(int number) {
        return ct(number, "", EXPLICIT);
    }

    public static IncomingInstance ct(int number, String content, TransferSyntaxUid syntax) {
        return new IncomingInstance(SERIES, object(number, content, syntax), ctHeader(number));
    }

    /** The same object sent again: other encrypted bytes, another blob. */
    public static IncomingInstance again(IncomingInstance instance) {
        StoredObject object = instance.object();
        BlobId blob = new BlobId(Digest.sha256(object.blob().id().digest().toBytes()));
        return new IncomingInstance(
                instance.series(),
                new StoredObject(
                        object.sopInstanceUid(),
                        object.sopClassUid(),
                        object.transferSyntax(),
                        object.digest(),
                        object.lengthBytes(),
                        new BlobRef(blob, object.blob().wrappedKey())),
                instance.attributes());
    }

    public static StoreInstances store(IncomingInstance... instances) {
        return new StoreInstances(
                STUDY, STUDY_UID, Optional.of(ANNA), PIXEL_KEY, List.of(instances), Map.of(), SCANNER);
    }

    public static StoreInstances from(Actor source, StoreInstances command) {
        return new StoreInstances(
                command.study(),
                command.studyInstanceUid(),
                command.patient(),
                command.pixelKey(),
                command.instances(),
                command.heldElsewhere(),
                source);
    }

    public static StoreInstances of(Optional<PatientRecordId> patient, StoreInstances command) {
        return new StoreInstances(
                command.study(),
                command.studyInstanceUid(),
                patient,
                command.pixelKey(),
                command.instances(),
                command.heldElsewhere(),
                command.source());
    }

    public static StoreInstances elsewhere(Map<SopInstanceUid, StudyCopyId> held, StoreInstances command) {
        return new StoreInstances(
                command.study(),
                command.studyInstanceUid(),
                command.patient(),
                command.pixelKey(),
                command.instances(),
                held,
                command.source());
    }

    public static Attribute text(Vr vr, String... values) {
        return new Attribute(
                vr, Arrays.stream(values).<Value>map(Value.Text::new).toList());
    }

    public static Attribute number(Vr vr, long value) {
        return new Attribute(vr, List.of(new Value.Numeric(BigDecimal.valueOf(value))));
    }

    public static Attribute name(String alphabetic) {
        return new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(alphabetic, "", ""))));
    }

    public static AttributeSet set(int tag, Attribute attribute) {
        return AttributeSet.of(Map.of(tag, attribute));
    }

    /** Who is merged into whom; everyone is registered. */
    public static PatientMerges merges(Map<PatientRecordId, PatientRecordId> into) {
        return new PatientMerges() {
            @Override
            public boolean isRegistered(PatientRecordId patient) {
                return true;
            }

            @Override
            public Optional<PatientRecordId> mergedInto(PatientRecordId patient) {
                return Optional.ofNullable(into.get(patient));
            }
        };
    }

    /** Stands still until it is told to go on. */
    public static final class TestClock extends Clock {
        private Instant now = NOON;

        public void advance(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("tests are in UTC");
        }
    }
}
