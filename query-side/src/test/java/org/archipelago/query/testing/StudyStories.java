package org.archipelago.query.testing;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.archipelago.contract.Actor;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.access.AccessSessionId;
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
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.DescriptionOfPatient;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent;

/** Writes into a log what the domain would write when studies arrive. */
public final class StudyStories {
    public static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    public static final Actor CT1 = Actor.device("CT1", "127.0.0.1");
    public static final SopClassUid CT_IMAGE = new SopClassUid("1.2.840.10008.5.1.4.1.1.2");

    public final StreamNames names;
    private final MemoryLog log;

    /** Of the log's own site. */
    public StudyStories(MemoryLog log) {
        this(log, MemoryLog.SITE);
    }

    public StudyStories(MemoryLog log, SiteId site) {
        this.log = log;
        this.names = new StreamNames(site, new byte[StreamNames.SECRET_LENGTH_BYTES]);
    }

    public LocalPosition append(StudyEvent event) {
        return log.append(event.study().stream().value(), event);
    }

    public LocalPosition append(PatientEvent event) {
        return log.append(event.patient().stream().value(), event);
    }

    public PatientRecordId patient(String id, String issuer, AttributeSet attributes) {
        PatientIdentifier identifier = new PatientIdentifier(id, issuer);
        PatientRecordId record = names.patient(identifier);
        append(new PatientEvent.PatientRegistered(record, identifier, attributes, NOON));
        return record;
    }

    public StudyCopyId study(String uid, Optional<PatientRecordId> patient, AttributeSet attributes) {
        StudyInstanceUid study = new StudyInstanceUid(uid);
        StudyCopyId copy = names.study(study);
        append(new StudyEvent.StudyRegistered(
                copy,
                study,
                patient,
                new KeyId(Digest.sha256()),
                attributes.with(Tags.STUDY_INSTANCE_UID, text(Vr.UI, uid)),
                NOON));
        return copy;
    }

    public void series(StudyCopyId study, String uid, AttributeSet attributes) {
        append(new StudyEvent.SeriesRegistered(
                study, new SeriesInstanceUid(uid), attributes.with(Tags.SERIES_INSTANCE_UID, text(Vr.UI, uid))));
    }

    public LocalPosition instances(StudyCopyId study, String series, int first, int count) {
        List<StoredInstance> stored = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            stored.add(instance(series, i));
        }
        return append(new StudyEvent.InstancesStored(study, stored, CT1, NOON));
    }

    public static StoredInstance instance(String series, int number) {
        String uid = series + "." + number;
        Digest digest = Digest.sha256(uid.getBytes(StandardCharsets.UTF_8));
        StoredObject object = new StoredObject(
                new SopInstanceUid(uid),
                CT_IMAGE,
                TransferSyntaxUid.EXPLICIT_VR_LITTLE_ENDIAN,
                digest,
                1000,
                new BlobRef(new BlobId(digest), new byte[40]));
        return new StoredInstance(
                new SeriesInstanceUid(series),
                object,
                set(Tags.INSTANCE_NUMBER, text(Vr.IS, Integer.toString(number))));
    }

    /** The same object, where it says this. */
    public static StoredInstance saying(StoredInstance instance, NamedValues says) {
        return new StoredInstance(
                instance.series(), instance.object(), instance.differences(), instance.person(), says);
    }

    /** A patient with one study of one CT series. */
    public StudyCopyId simple(String uid, String id, String issuer, String name, String date, int instances) {
        AttributeSet person = person(id, name);
        PatientRecordId patient = patient(id, issuer, person);
        StudyCopyId study = study(uid, Optional.of(patient), person.with(Tags.STUDY_DATE, text(Vr.DA, date)));
        series(study, uid + ".1", set(Tags.MODALITY, text(Vr.CS, "CT")));
        instances(study, uid + ".1", 1, instances);
        return study;
    }

    /** An object of another patient arrives under the study's UID: whom it describes, the object, the flag. */
    public void ofOther(
            StudyCopyId study,
            int person,
            PatientRecordId other,
            String series,
            int number,
            AttributeSet object,
            int conflict) {
        arrived(study, person, Optional.of(other), series, number, object);
        append(new StudyEvent.ConflictOpened(
                study,
                new ConflictId(conflict),
                ConflictKind.TWO_PATIENTS,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(0, person),
                CT1,
                NOON));
    }

    /** An object of somebody whom none before described: what it says of whom it is, then itself. */
    public void arrived(
            StudyCopyId study,
            int person,
            Optional<PatientRecordId> patient,
            String series,
            int number,
            AttributeSet object) {
        describes(study, person, patient, object);
        append(new StudyEvent.InstancesStored(study, List.of(instance(series, number, person)), CT1, NOON));
    }

    public void describes(StudyCopyId study, int person, Optional<PatientRecordId> patient, AttributeSet object) {
        append(new StudyEvent.PersonDescribed(
                study, person, patient, object.filter(DescriptionOfPatient::contains), false, NOON));
    }

    public static StoredInstance instance(String series, int number, int person) {
        StoredInstance instance = instance(series, number);
        return new StoredInstance(instance.series(), instance.object(), instance.differences(), person);
    }

    /** Two studies of two patients, and one of everything else: study 1.1 with a conflict and a corrected name. */
    public void allKinds() {
        StudyCopyId study = simple("1.1", "17", "NORTH", "Doe^Jane", "20240101", 3);
        simple("1.2", "18", "NORTH", "Roe^Richard", "20240102", 2);
        append(new StudyEvent.ConflictOpened(
                study,
                new ConflictId(1),
                ConflictKind.TWO_PATIENTS,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(0, 1),
                CT1,
                NOON));
        append(new PatientEvent.PatientCorrected(
                names.patient(new PatientIdentifier("17", "NORTH")),
                set(Tags.PATIENT_NAME, name("Doe^Janet")),
                CT1,
                "married",
                NOON));
        var quarantined = names.quarantine("q");
        log.append(
                quarantined.stream().value(),
                new QuarantineEvent.ObjectQuarantined(
                        quarantined,
                        QuarantineReason.NO_STUDY,
                        instance("9.9", 1).object(),
                        AttributeSet.EMPTY,
                        CT1,
                        NOON));
        AccessSessionId session = names.access("s");
        log.append(
                session.stream().value(),
                new AccessEvent.AccessBegan(
                        session, AccessKind.QUERY, CT1, "care", Optional.of(study), Optional.empty(), "all", NOON));
        log.append(
                session.stream().value(), new AccessEvent.AccessEnded(session, AccessOutcome.COMPLETED, 3, 3000, NOON));
    }

    public static AttributeSet person(String id, String name) {
        return set(Tags.PATIENT_ID, text(Vr.LO, id)).with(Tags.PATIENT_NAME, name(name));
    }

    /** Groups separated by {@code =}. */
    public static Attribute name(String groups) {
        String[] parts = groups.split("=", -1);
        return new Attribute(
                Vr.PN,
                List.of(new Value.Name(
                        new PersonName(parts[0], parts.length > 1 ? parts[1] : "", parts.length > 2 ? parts[2] : ""))));
    }

    public static AttributeSet set(int tag, Attribute attribute) {
        return AttributeSet.EMPTY.with(tag, attribute);
    }

    public static Attribute text(Vr vr, String... values) {
        return new Attribute(
                vr, java.util.Arrays.stream(values).<Value>map(Value.Text::new).toList());
    }

    public static Attribute number(Vr vr, String value) {
        return new Attribute(vr, List.of(new Value.Numeric(new BigDecimal(value))));
    }

    public static Set<Integer> tags(Integer... tags) {
        return new TreeSet<>(List.of(tags));
    }
}
