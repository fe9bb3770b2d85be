package org.archipelago.eventstore;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.Actor;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessEvent.AccessWidened;
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
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.federation.CopyEvent.CapacityDeclared;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.federation.CopyEvent.StudyCopyReleased;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.PeerEvent.PeerAccepted;
import org.archipelago.contract.federation.PeerEvent.PeerInvited;
import org.archipelago.contract.federation.PeerEvent.PeerRemoved;
import org.archipelago.contract.federation.RecoveryEvent.KeysReturned;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.patient.AccessionIdentifier;
import org.archipelago.contract.patient.PatientEvent.PatientCorrected;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientEvent.PatientRegistered;
import org.archipelago.contract.patient.PatientEvent.PatientUnmerged;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineEvent.QuarantinedBlobReplaced;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.replica.ReplicaEvent.ReplicaAdvanced;
import org.archipelago.contract.site.SiteEvent.NodeStarted;
import org.archipelago.contract.site.SiteEvent.NodeStopped;
import org.archipelago.contract.study.BlobRef;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.NamedValues;
import org.archipelago.contract.study.StoredInstance;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.AttributesVaried;
import org.archipelago.contract.study.StudyEvent.BlobReplaced;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.InstancesCommitted;
import org.archipelago.contract.study.StudyEvent.InstancesStored;
import org.archipelago.contract.study.StudyEvent.PersonDescribed;
import org.archipelago.contract.study.StudyEvent.RenditionKept;
import org.archipelago.contract.study.StudyEvent.SeriesRegistered;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.StudyEvent.StudyReleased;
import org.archipelago.contract.study.StudyEvent.StudySettled;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;
import org.archipelago.contract.study.VersionChange;
import org.archipelago.contract.study.VersionStanding;

/** Events as hospitals make them, invented from a seed: equal seeds, equal events. */
public final class SampleEvents {
    private static final List<String> ROOTS = List.of(
            "1.3.12.2.1107.5.1.4.",
            "1.3.12.2.1107.5.2.32.",
            "1.2.840.113619.2.55.3.",
            "1.2.840.113619.2.312.4120.",
            "1.3.46.670589.11.",
            "1.3.46.670589.33.1.",
            "1.2.392.200036.9116.2.6.1.",
            "1.2.392.200036.9125.2.",
            "1.3.6.1.4.1.14519.5.2.1.",
            "1.2.276.0.7230010.3.1.4.",
            "1.2.826.0.1.3680043.8.498.",
            "1.2.840.113704.1.111.",
            "1.2.124.113532.",
            "2.25.");
    private static final List<String> SYNTAXES = List.of(
            "1.2.840.10008.1.2.1",
            "1.2.840.10008.1.2.1",
            "1.2.840.10008.1.2.1",
            "1.2.840.10008.1.2",
            "1.2.840.10008.1.2.4.70",
            "1.2.840.10008.1.2.4.90",
            "1.2.840.10008.1.2.4.80",
            "1.2.840.10008.1.2.4.50",
            "1.2.840.10008.1.2.5");
    private static final List<String> STATIONS = List.of("CT1", "MR_SCAN2", "AWP45338", "ROUTER", "MODALITY", "XR01");
    private static final List<String> WORDS = List.of(
            "HEAD",
            "ABDOMEN",
            "THORAX",
            "KNEE",
            "SPINE",
            "PELVIS",
            "ROUTINE",
            "CONTRAST",
            "AX",
            "COR",
            "SAG",
            "T1",
            "T2",
            "FLAIR",
            "DWI",
            "TSE",
            "3D",
            "0.6",
            "5.0",
            "B30f",
            "LUNG",
            "BONE",
            "SOFT",
            "LOCALIZER",
            "SCOUT");

    private final Random random;
    private final StreamNames names;
    private final String root;
    private final String device;

    public SampleEvents(long seed) {
        random = new Random(seed);
        byte[] secret = new byte[StreamNames.SECRET_LENGTH_BYTES];
        random.nextBytes(secret);
        names = new StreamNames(new SiteId(new UUID(seed, seed)), secret);
        root = pick(ROOTS);
        device = digits(5) + "." + (random.nextBoolean() ? "" : digits(1 + random.nextInt(3)) + ".");
    }

    public SiteId site() {
        return names.site();
    }

    /** A new one each time. */
    public StudyCopyId study() {
        return names.study(new StudyInstanceUid(uid()));
    }

    public PatientRecordId patient() {
        return names.patient(new PatientIdentifier(digits(8), "HOSPITAL"));
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    public String digits(int count) {
        StringBuilder text = new StringBuilder();
        text.append((char) ('1' + random.nextInt(9)));
        while (text.length() < count) {
            text.append((char) ('0' + random.nextInt(10)));
        }
        return text.toString();
    }

    public String uid() {
        if (root.equals("2.25.")) {
            return root + digits(38);
        }
        int left = 64 - root.length() - device.length();
        return root + device + digits(Math.min(left, 14 + random.nextInt(16)));
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    public Instant instant() {
        return Instant.ofEpochSecond(1_700_000_000L + random.nextInt(200_000_000), random.nextInt(1_000_000) * 1000L);
    }

    public Actor device() {
        return Actor.device(pick(STATIONS), "10." + random.nextInt(256) + "." + random.nextInt(256) + ".20");
    }

    public Actor person() {
        return new Actor(Actor.Kind.PERSON, "radiologist", Optional.of("radiologist"), Optional.of("127.0.0.1"));
    }

    public StoredObject object(String modality) {
        String sopClass = switch (modality) {
            case "CT" -> "1.2.840.10008.5.1.4.1.1.2";
            case "MR" -> "1.2.840.10008.5.1.4.1.1.4";
            case "US" -> "1.2.840.10008.5.1.4.1.1.6.1";
            case "DX" -> "1.2.840.10008.5.1.4.1.1.1.1";
            case "SR" -> "1.2.840.10008.5.1.4.1.1.88.22";
            default -> "1.2.840.10008.5.1.4.1.1.7";
        };
        return new StoredObject(
                new SopInstanceUid(uid()),
                new SopClassUid(sopClass),
                new TransferSyntaxUid(pick(SYNTAXES)),
                Digest.of(bytes(32)),
                20_000 + random.nextInt(2_000_000),
                new BlobRef(new BlobId(Digest.of(bytes(32))), bytes(40)));
    }

    private StoredObject assuming(StoredObject object, String characterSet) {
        return new StoredObject(
                object.sopInstanceUid(),
                object.sopClassUid(),
                object.transferSyntax(),
                object.digest(),
                object.lengthBytes(),
                object.blob(),
                Optional.of(characterSet));
    }

    public StoredInstance instance(SeriesInstanceUid series, String modality, int number) {
        Map<Integer, Attribute> differences = new LinkedHashMap<>();
        text(differences, 0x00080033, Vr.TM, time());
        text(differences, 0x00200013, Vr.IS, Integer.toString(number));
        if (random.nextInt(4) == 0) {
            text(differences, 0x00200012, Vr.IS, Integer.toString(1 + random.nextInt(9)));
        }
        return new StoredInstance(series, object(modality), AttributeSet.of(differences));
    }

    /** As an object says that has another Study Description than the first, no Study ID, and a name too many of its operator. */
    private static NamedValues says() {
        return new NamedValues(Map.of(0x00081030, 1, 0x00200010, NamedValues.ABSENT, 0x00081070, NamedValues.UNNAMED));
    }

    public InstancesStored instancesStored(StudyCopyId study, String modality, int count) {
        SeriesInstanceUid series = new SeriesInstanceUid(uid());
        List<StoredInstance> instances = new ArrayList<>();
        int first = random.nextInt(300);
        for (int i = 0; i < count; i++) {
            instances.add(instance(series, modality, first + i));
        }
        return new InstancesStored(study, instances, device(), instant());
    }

    private String time() {
        String clock = "%02d%02d%02d".formatted(random.nextInt(24), random.nextInt(60), random.nextInt(60));
        return random.nextBoolean() ? clock : clock + "." + digits(6);
    }

    private String date() {
        return "20%02d%02d%02d".formatted(10 + random.nextInt(16), 1 + random.nextInt(12), 1 + random.nextInt(28));
    }

    private static void text(Map<Integer, Attribute> set, int tag, Vr vr, String... values) {
        List<Value> list = new ArrayList<>();
        for (String value : values) {
            list.add(new Value.Text(value));
        }
        set.put(tag, new Attribute(vr, list));
    }

    private static void number(Map<Integer, Attribute> set, int tag, Vr vr, String value) {
        set.put(tag, new Attribute(vr, List.of(new Value.Numeric(new BigDecimal(value)))));
    }

    public AttributeSet patientAttributes() {
        Map<Integer, Attribute> set = new LinkedHashMap<>();
        set.put(
                0x00100010,
                new Attribute(
                        Vr.PN,
                        List.of(new Value.Name(new PersonName(
                                "Invented" + digits(3) + "^Name" + digits(2),
                                "",
                                random.nextInt(9) == 0 ? "x" : "")))));
        text(set, 0x00100020, Vr.LO, digits(8));
        text(set, 0x00100021, Vr.LO, "HOSPITAL");
        text(set, 0x00100030, Vr.DA, "19" + digits(2) + "0" + digits(1) + "1" + digits(1));
        text(set, 0x00100040, Vr.CS, random.nextBoolean() ? "M" : "F");
        return AttributeSet.of(set);
    }

    public AttributeSet studyAttributes(String modality) {
        Map<Integer, Attribute> set = new LinkedHashMap<>(patientAttributes().attributes());
        text(set, 0x00080005, Vr.CS, "ISO_IR 100");
        text(set, 0x00080020, Vr.DA, date());
        text(set, 0x00080030, Vr.TM, time());
        text(set, 0x00080050, Vr.SH, "A" + digits(7));
        set.put(0x00080090, new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("Referrer^X", "", "")))));
        text(set, 0x00081030, Vr.LO, modality + " " + pick(WORDS) + " " + pick(WORDS));
        text(set, 0x00101010, Vr.AS, "0" + digits(2) + "Y");
        text(set, 0x0020000D, Vr.UI, uid());
        text(set, 0x00200010, Vr.SH, digits(5));
        text(set, 0x00080080, Vr.LO, "HOSPITAL");
        set.put(0x00081110, new Attribute(Vr.SQ, List.of()));
        Map<Integer, Attribute> code = new LinkedHashMap<>();
        text(code, 0x00080100, Vr.SH, digits(5));
        text(code, 0x00080102, Vr.SH, "99LOCAL");
        text(code, 0x00080104, Vr.LO, modality + " " + pick(WORDS));
        set.put(0x00081032, new Attribute(Vr.SQ, List.of(new Value.Item(AttributeSet.of(code)))));
        return AttributeSet.of(set);
    }

    public AttributeSet seriesAttributes(String modality) {
        Map<Integer, Attribute> set = new LinkedHashMap<>();
        text(set, 0x00080008, Vr.CS, "ORIGINAL", "PRIMARY", "AXIAL");
        text(set, 0x00080016, Vr.UI, object(modality).sopClassUid().value());
        text(set, 0x00080021, Vr.DA, date());
        text(set, 0x00080031, Vr.TM, time());
        text(set, 0x00080060, Vr.CS, modality);
        text(set, 0x00080070, Vr.LO, random.nextBoolean() ? "SIEMENS" : "GE MEDICAL SYSTEMS");
        text(set, 0x0008103E, Vr.LO, pick(WORDS) + " " + pick(WORDS) + " " + pick(WORDS));
        text(set, 0x00081090, Vr.LO, "Model " + digits(2));
        text(set, 0x00180015, Vr.CS, pick(WORDS));
        text(set, 0x00180050, Vr.DS, random.nextBoolean() ? "5" : "0.625");
        text(set, 0x00181000, Vr.LO, digits(6));
        text(set, 0x00181020, Vr.LO, "syngo CT VA" + digits(2));
        text(set, 0x00181030, Vr.LO, pick(WORDS) + "_" + pick(WORDS));
        text(set, 0x00185100, Vr.CS, "HFS");
        if (modality.equals("CT")) {
            text(set, 0x00180060, Vr.DS, "120");
            text(set, 0x00181120, Vr.DS, "0");
            text(set, 0x00181150, Vr.IS, digits(3));
            text(set, 0x00181151, Vr.IS, digits(3));
            text(set, 0x00181210, Vr.SH, "B30f");
            text(set, 0x00281052, Vr.DS, "-1024");
            text(set, 0x00281053, Vr.DS, "1");
        } else if (modality.equals("MR")) {
            text(set, 0x00180020, Vr.CS, "SE", "IR");
            text(set, 0x00180021, Vr.CS, "SK", "SP");
            text(set, 0x00180023, Vr.CS, "2D");
            text(set, 0x00180080, Vr.DS, digits(4));
            text(set, 0x00180081, Vr.DS, digits(2));
            text(set, 0x00180087, Vr.DS, "1.5");
            text(set, 0x00181314, Vr.DS, "90");
        }
        text(set, 0x0020000E, Vr.UI, uid());
        text(set, 0x00200011, Vr.IS, digits(1));
        text(set, 0x00200032, Vr.DS, "-" + digits(3) + "." + digits(3), "-125", digits(3) + ".5");
        text(set, 0x00200037, Vr.DS, "1", "0", "0", "0", "1", "0");
        text(set, 0x00200052, Vr.UI, uid());
        number(set, 0x00280002, Vr.US, "1");
        text(set, 0x00280004, Vr.CS, "MONOCHROME2");
        number(set, 0x00280010, Vr.US, "512");
        number(set, 0x00280011, Vr.US, "512");
        text(set, 0x00280030, Vr.DS, "0.488281", "0.488281");
        number(set, 0x00280100, Vr.US, "16");
        number(set, 0x00280101, Vr.US, "12");
        number(set, 0x00280102, Vr.US, "11");
        number(set, 0x00280103, Vr.US, "0");
        text(set, 0x00281050, Vr.DS, "40");
        text(set, 0x00281051, Vr.DS, "400");
        text(set, 0x00290010, Vr.LO, "SIEMENS CSA HEADER");
        set.put(0x00291008, new Attribute(Vr.UN, List.of(new Value.Inline(bytes(4)))));
        set.put(0x00291010, new Attribute(Vr.OB, List.of(new Value.Bulk(4000 + random.nextInt(999), 12_000))));
        number(set, 0x00189073, Vr.FD, "0.85");
        return AttributeSet.of(set);
    }

    /** One of every type of event, some more than once. */
    public List<Object> everyType() {
        StudyCopyId study = study();
        PatientRecordId patient = patient();
        PatientIdentifier identifier = new PatientIdentifier(digits(8), "HOSPITAL");
        String modality = pick(List.of("CT", "MR", "US", "DX", "SR", "OT"));
        AccessSessionId session = names.access(uid());
        QuarantineId quarantine = names.quarantine(uid());
        StreamId site = names.site("node");
        StoredObject object = object(modality);
        SeriesInstanceUid series = new SeriesInstanceUid(uid());
        return List.of(
                new StudyRegistered(
                        study,
                        new StudyInstanceUid(uid()),
                        random.nextInt(5) == 0 ? Optional.empty() : Optional.of(patient),
                        new KeyId(Digest.of(bytes(32))),
                        studyAttributes(modality),
                        Optional.of(new AccessionIdentifier("A" + digits(7), "HOSPITAL")),
                        instant()),
                new PersonDescribed(study, 1, Optional.of(patient), patientAttributes(), false, instant()),
                new PersonDescribed(study, 64, Optional.empty(), AttributeSet.EMPTY, true, instant()),
                new SeriesRegistered(study, series, seriesAttributes(modality)),
                new AttributesVaried(study, Optional.of(series), Set.of(0x00200032, 0x00201041, 0x00080018)),
                new AttributesVaried(
                        study,
                        Optional.empty(),
                        1,
                        Set.of(),
                        patientAttributes(),
                        new NamedValues(Map.of(0x00100010, 1, 0x00100040, 2)),
                        Optional.of(new AccessionIdentifier("A" + digits(7), "&1.2.276.0.7230010.3&ISO"))),
                instancesStored(study, modality, 1),
                instancesStored(study, modality, 1 + random.nextInt(20)),
                new InstancesStored(
                        study,
                        List.of(new StoredInstance(series, object, AttributeSet.EMPTY, 2, says())),
                        List.of(object.sopInstanceUid()),
                        device(),
                        instant()),
                new RenditionKept(
                        study, assuming(object, "ISO_IR 100"), object(modality).version(), device(), instant()),
                new BlobReplaced(study, object, object(modality).blob().id(), device(), instant()),
                new VersionSuperseded(
                        study,
                        instance(series, modality, 7),
                        object.version(),
                        new VersionStanding(series, object.sopClassUid(), 1, says()),
                        device(),
                        instant()),
                new InstancesCommitted(study, List.of(object.sopInstanceUid()), device(), instant()),
                new ConflictOpened(
                        study,
                        new ConflictId(1 + random.nextInt(3)),
                        ConflictKind.DIFFERENT_CONTENT,
                        Optional.of(object.sopInstanceUid()),
                        Optional.of(new StoredInstance(series, object, AttributeSet.EMPTY, 1)),
                        Optional.of(study()),
                        List.of(0, 1),
                        device(),
                        instant()),
                new ConflictResolved(
                        study,
                        new ConflictId(1),
                        Optional.of(object.version()),
                        Optional.of(new VersionChange(
                                new VersionStanding(series, object.sopClassUid(), 0, NamedValues.OF_BASELINE),
                                new VersionStanding(new SeriesInstanceUid(uid()), object.sopClassUid(), 1, says()))),
                        person(),
                        "compared on the workstation",
                        instant()),
                new StudySettled(study, 1 + random.nextInt(12), random.nextInt(2000), instant()),
                new StudyHeld(study, "legal hold", person(), instant()),
                new StudyReleased(study, "closed", person(), instant()),
                new PatientRegistered(patient, identifier, patientAttributes(), instant()),
                new PatientCorrected(patient, patientAttributes(), person(), "name misspelt", instant()),
                new PatientMerged(patient, patient(), person(), "registered twice", instant()),
                new PatientUnmerged(patient, patient(), person(), "two persons", instant()),
                new AccessBegan(
                        session,
                        pick(List.of(AccessKind.values())),
                        person(),
                        "treatment",
                        Optional.of(study),
                        Optional.of(patient),
                        List.of(patient()),
                        true,
                        "StudyInstanceUID=" + uid(),
                        instant()),
                new AccessWidened(session, List.of(patient()), instant()),
                new AccessEnded(
                        session, AccessOutcome.COMPLETED, random.nextInt(1000), random.nextInt(900_000_000), instant()),
                new ObjectQuarantined(
                        quarantine, QuarantineReason.NO_STUDY, object, seriesAttributes(modality), device(), instant()),
                new QuarantinedBlobReplaced(
                        quarantine, object, object(modality).blob().id(), device(), instant()),
                new NodeStarted(site, "0.1.0", Digest.of(bytes(32)).toString(), instant()),
                new NodeStopped(site, instant().truncatedTo(ChronoUnit.SECONDS).plusNanos(1)),
                new InstancesStored(
                        study,
                        List.of(instance(series, modality, 8)),
                        Actor.unidentified("http", "127.0.0.1"),
                        instant()),
                new PeerInvited(site, uuid(), person(), instant()),
                new PeerAccepted(site, new SiteId(uuid()), "note\n", Optional.of(uuid()), person(), instant()),
                new PeerAccepted(site, new SiteId(uuid()), "note\n", Optional.empty(), person(), instant()),
                new PeerRemoved(site, new SiteId(uuid()), "closed", person(), instant()),
                new ReplicaAdvanced(
                        new StreamId(site.origin() + "/replica/" + "ef".repeat(16)),
                        site.origin(),
                        1 + random.nextInt(1_000_000),
                        Digest.of(bytes(32)),
                        instant()),
                granted(site.origin(), Optional.of(new OriginPosition(random.nextInt(1_000_000)))),
                granted(site.origin(), Optional.empty()),
                new CapacityDeclared(
                        new StreamId(site.origin() + "/capacity/" + "ca".repeat(16)),
                        random.nextInt(1_000_000),
                        instant()),
                new CopyAssigned(
                        new StreamId(site.origin() + "/assignment/" + "a5".repeat(16)),
                        study,
                        List.of(new SiteId(uuid()), new SiteId(uuid())),
                        instant()),
                new StudyCopyHeld(
                        new StreamId(site.origin() + "/held/" + "4e".repeat(16)),
                        study(),
                        new Revision(random.nextInt(1000)),
                        random.nextInt(1000),
                        random.nextInt(900_000_000),
                        instant()),
                new StudyCopyReleased(
                        new StreamId(site.origin() + "/held/" + "4f".repeat(16)),
                        study(),
                        "no longer assigned",
                        instant()),
                new KeysReturned(
                        new StreamId(site.origin() + "/returned/" + "7e".repeat(16)),
                        new SiteId(uuid()),
                        Digest.of(bytes(32)),
                        new OriginPosition(random.nextInt(1_000_000)),
                        random.nextInt(256),
                        instant()));
    }

    /** Of each class, so that each is in a golden record. */
    private KeyGranted granted(SiteId origin, Optional<OriginPosition> through) {
        List<KeyRef> keys = Arrays.stream(KeyClass.values())
                .map(keyClass -> new KeyRef(keyClass, study().stream()))
                .toList();
        return new KeyGranted(
                new StreamId(origin + "/grant/" + "ad".repeat(16)),
                new SiteId(uuid()),
                Digest.of(bytes(32)),
                keys,
                new SealedKeys(bytes(48 + 32 * keys.size())),
                "member",
                through,
                instant());
    }
}
