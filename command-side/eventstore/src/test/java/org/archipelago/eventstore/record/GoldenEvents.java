package org.archipelago.eventstore.record;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.access.AccessEvent.AccessBegan;
import org.archipelago.contract.access.AccessEvent.AccessEnded;
import org.archipelago.contract.access.AccessEvent.AccessWidened;
import org.archipelago.contract.access.AccessKind;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.access.AccessSessionId;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.quarantine.QuarantineEvent.ObjectQuarantined;
import org.archipelago.contract.quarantine.QuarantineId;
import org.archipelago.contract.quarantine.QuarantineReason;
import org.archipelago.contract.study.ConflictId;
import org.archipelago.contract.study.ConflictKind;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.ConflictOpened;
import org.archipelago.contract.study.StudyEvent.ConflictResolved;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.contract.study.StudyEvent.VersionSuperseded;
import org.archipelago.eventstore.SampleEvents;
import org.archipelago.eventstore.body.EventType;
import org.archipelago.eventstore.body.EventTypes;

/** What the golden records record: every type of event, with every shape of {@link EventShapes} that it can have. */
final class GoldenEvents {
    private static final long SEED = 20261122;

    private final SampleEvents sample = new SampleEvents(SEED);
    private final StudyCopyId study = sample.study();

    private GoldenEvents() {}

    /** Equal ones each time. */
    static List<Object> all() {
        GoldenEvents golden = new GoldenEvents();
        List<Object> events = new ArrayList<>(golden.sample.everyType());
        events.addAll(golden.ofStudies());
        events.addAll(golden.ofAccess());
        events.addAll(golden.ofQuarantine());
        return List.copyOf(events);
    }

    /**
     * @param recorded types with their versions, a space between, that have a record already
     * @param again types that need another one all the same
     */
    static List<Object> inNoneOf(Set<String> recorded, Set<String> again) {
        EventTypes types = EventTypes.released();
        return all().stream()
                .filter(event -> {
                    EventType<?> type = types.of(event);
                    return again.contains(type.name()) || !recorded.contains(type.name() + " " + type.version());
                })
                .toList();
    }

    private List<Object> ofStudies() {
        List<Object> events = new ArrayList<>();
        events.add(new StudyRegistered(
                study,
                new StudyInstanceUid(sample.uid()),
                Optional.of(sample.patient()),
                new KeyId(Digest.of(new byte[Digest.LENGTH_BYTES])),
                sample.studyAttributes("MR"),
                sample.instant()));
        events.add(new StudyRegistered(
                study,
                new StudyInstanceUid(sample.uid()),
                Optional.empty(),
                new KeyId(Digest.of(new byte[Digest.LENGTH_BYTES])),
                AttributeSet.EMPTY,
                sample.instant()));
        VersionSuperseded superseded = new VersionSuperseded(
                study,
                sample.instancesStored(study, "CT", 1).instances().getFirst(),
                sample.object("CT").version(),
                sample.device(),
                sample.instant());
        events.add(superseded);
        for (ConflictKind kind : ConflictKind.values()) {
            events.add(new ConflictOpened(
                    study,
                    new ConflictId(1 + kind.ordinal()),
                    kind,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    sample.device(),
                    sample.instant()));
        }
        events.add(new ConflictResolved(
                study, new ConflictId(2), Optional.empty(), sample.person(), "both are kept", sample.instant()));
        return events;
    }

    private List<Object> ofAccess() {
        List<Object> events = new ArrayList<>();
        AccessSessionId session = new AccessSessionId(new StreamId(sample.site() + "/access/" + "ab".repeat(16)));
        for (AccessKind kind : AccessKind.values()) {
            events.add(new AccessBegan(
                    session,
                    kind,
                    sample.device(),
                    "not stated",
                    Optional.empty(),
                    Optional.empty(),
                    "PatientID=17",
                    sample.instant()));
        }
        events.add(new AccessBegan(
                session,
                AccessKind.EXPORT,
                Actor.node("export"),
                "backup",
                Optional.of(study),
                Optional.empty(),
                "",
                sample.instant()));
        for (AccessOutcome outcome : AccessOutcome.values()) {
            events.add(new AccessEnded(session, outcome, 0, Long.MAX_VALUE, sample.instant()));
        }
        events.add(new AccessEnded(
                session,
                AccessOutcome.COMPLETED,
                2,
                1 << 20,
                List.of(sample.patient(), sample.patient()),
                true,
                sample.instant()));
        events.add(new AccessWidened(session, List.of(sample.patient(), sample.patient()), sample.instant()));
        return events;
    }

    private List<Object> ofQuarantine() {
        List<Object> events = new ArrayList<>();
        QuarantineId quarantine = new QuarantineId(new StreamId(sample.site() + "/quarantine/" + "cd".repeat(16)));
        for (QuarantineReason reason : QuarantineReason.values()) {
            events.add(new ObjectQuarantined(
                    quarantine, reason, sample.object("OT"), everyVr(), sample.device(), sample.instant()));
        }
        return events;
    }

    /** One attribute of each VR, with each form of value that has a form of its own in CBOR. */
    private static AttributeSet everyVr() {
        Map<Integer, Attribute> set = new LinkedHashMap<>();
        Arrays.stream(Vr.values()).forEach(vr -> set.put(0x00091000 + vr.ordinal(), new Attribute(vr, List.of())));
        List<Attribute> values = List.of(
                new Attribute(Vr.UI, List.of(text("1.2.3"), text("1.2.34"), text("no uid"), text(""))),
                new Attribute(Vr.UI, List.of(new Value.Inline(new byte[] {1, 2}))),
                new Attribute(Vr.OB, List.of(new Value.Inline(new byte[] {1, 2, 3}))),
                new Attribute(Vr.OW, List.of(new Value.Bulk(1 << 20, -1), new Value.Bulk(1L << 33, 7))),
                new Attribute(Vr.FD, List.of(number("0.85"), number("1E+20"), text("NaN"))),
                new Attribute(Vr.UV, List.of(number("18446744073709551615"), number("-1"))),
                new Attribute(Vr.PN, List.of(name("A^B", "", ""), name("", "C", ""), name("D", "", "E"))),
                new Attribute(Vr.SQ, List.of(new Value.Item(AttributeSet.EMPTY), new Value.Item(AttributeSet.of(set)))),
                new Attribute(Vr.LO, List.of(text("Grüße"), text("山田"), text("back\\slash"))));
        for (int i = 0; i < values.size(); i++) {
            set.put(0xFFF11000 + i, values.get(i));
        }
        return AttributeSet.of(set);
    }

    private static Value text(String text) {
        return new Value.Text(text);
    }

    private static Value number(String number) {
        return new Value.Numeric(new BigDecimal(number));
    }

    private static Value name(String alphabetic, String ideographic, String phonetic) {
        return new Value.Name(new PersonName(alphabetic, ideographic, phonetic));
    }
}
