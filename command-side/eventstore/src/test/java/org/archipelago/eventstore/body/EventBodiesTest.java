package org.archipelago.eventstore.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.access.AccessEvent;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.SeriesInstanceUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.PeerEvent;
import org.archipelago.contract.federation.RecoveryEvent;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.patient.PatientEvent.PatientMerged;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.contract.quarantine.QuarantineEvent;
import org.archipelago.contract.replica.ReplicaEvent;
import org.archipelago.contract.site.SiteEvent;
import org.archipelago.contract.site.SiteEvent.NodeStopped;
import org.archipelago.contract.study.StudyEvent;
import org.archipelago.contract.study.StudyEvent.SeriesRegistered;
import org.archipelago.eventstore.Records;
import org.archipelago.eventstore.SampleEvents;
import org.archipelago.eventstore.record.Aes256Gcm;
import org.archipelago.eventstore.record.RecordHeader;
import org.archipelago.eventstore.record.Suite;
import org.junit.jupiter.api.Test;

class EventBodiesTest {
    /** Sealing adds a nonce and a tag. */
    private static final int SEAL_BYTES = Aes256Gcm.NONCE_LENGTH_BYTES + Aes256Gcm.TAG_LENGTH_BYTES;

    private final EventTypes types = EventTypes.released();
    private final EventBodies bodies = new EventBodies(types, UpcasterChain.NONE);

    private static RecordHeader header(String type, int version, StreamId stream) {
        return new RecordHeader(
                Suite.FIRST,
                new RecordId(new UUID(1, 2)),
                type,
                version,
                stream,
                new Revision(0),
                Records.AT,
                new KeyId(Digest.sha256()),
                Digest.sha256());
    }

    private Object roundTrip(Object event) {
        EventType<?> type = types.of(event);
        StreamId stream = types.streamOf(event);
        return bodies.decode(header(type.name(), type.version(), stream), bodies.encode(stream, event, Map.of()))
                .payload();
    }

    @Test
    void everyEvent_comesBackEqual() {
        Set<Class<?>> seen = new HashSet<>();
        for (long seed = 50_000; seed < 50_040; seed++) {
            for (Object event : new SampleEvents(seed).everyType()) {
                seen.add(event.getClass());
                assertThat(roundTrip(event)).as("seed " + seed).isEqualTo(event);
            }
        }
        assertThat(seen).hasSize(types.all().size());
    }

    @Test
    void everyEventOfTheContract_isRegistered() {
        List<Class<?>> events = new ArrayList<>();
        for (Class<?> feature : List.of(
                StudyEvent.class,
                PatientEvent.class,
                AccessEvent.class,
                QuarantineEvent.class,
                SiteEvent.class,
                PeerEvent.class,
                GrantEvent.class,
                CopyEvent.class,
                RecoveryEvent.class,
                ReplicaEvent.class)) {
            events.addAll(List.of(feature.getPermittedSubclasses()));
        }
        Set<Object> registered = new HashSet<>();
        types.all().forEach(type -> registered.add(type.payload()));
        assertThat(registered).isEqualTo(new HashSet<Object>(events));
        assertThat(events).hasSizeGreaterThan(20);
    }

    @Test
    void instanceOfCtOrMr_takesLessThan300Bytes() {
        long bytes = 0;
        int worst = 0;
        int events = 0;
        for (long seed = 60_000; seed < 60_100; seed++) {
            SampleEvents sample = new SampleEvents(seed);
            for (String modality : List.of("CT", "MR")) {
                Object event = sample.instancesStored(sample.study(), modality, 1);
                int length = bodies.encode(types.streamOf(event), event, Map.of()).length + SEAL_BYTES;
                bytes += length;
                worst = Math.max(worst, length);
                events++;
            }
        }
        System.out.println(
                "InstancesStored of one CT or MR instance: mean " + bytes / events + " bytes, worst " + worst);
        assertThat(bytes / events).isLessThan(250);
        assertThat(worst).isLessThan(300);
    }

    @Test
    void furtherInstances_takeLessThan180Bytes() {
        SampleEvents sample = new SampleEvents(61_000);
        Object event = sample.instancesStored(sample.study(), "CT", 100);
        int length = bodies.encode(types.streamOf(event), event, Map.of()).length;
        assertThat(length / 100).isLessThan(180);
    }

    @Test
    void attributesOfEveryKind_comeBackEqual() {
        Map<Integer, Attribute> set = Map.ofEntries(
                Map.entry(0x00080018, attribute(Vr.UI, new Value.Text("1.2.840.10008.1"))),
                Map.entry(0x00080019, attribute(Vr.UI, new Value.Text("not-a.packed UID"), new Value.Text(""))),
                Map.entry(0x0008001A, attribute(Vr.UI, new Value.Inline(new byte[] {1, 2}))),
                Map.entry(0x00100010, attribute(Vr.PN, new Value.Name(new PersonName("", "山田^太郎", "")))),
                Map.entry(0x00100011, attribute(Vr.PN, new Value.Name(new PersonName("", "", "やまだ")))),
                Map.entry(0x00100012, attribute(Vr.PN, new Value.Name(new PersonName("", "", "")))),
                Map.entry(0x00280010, attribute(Vr.US, new Value.Numeric(new BigDecimal("65535")))),
                Map.entry(0x00280011, attribute(Vr.FD, new Value.Numeric(new BigDecimal("-0.10")))),
                Map.entry(0x00280012, attribute(Vr.FD, new Value.Numeric(new BigDecimal("1E+300")))),
                Map.entry(0x00280013, attribute(Vr.UV, new Value.Numeric(new BigDecimal("18446744073709551615")))),
                Map.entry(
                        0x00280014,
                        attribute(Vr.UV, new Value.Numeric(new BigDecimal(BigInteger.ONE.shiftLeft(200), 17)))),
                Map.entry(0x00280015, attribute(Vr.FL, new Value.Text("NaN"))),
                Map.entry(0x00290010, attribute(Vr.UN, new Value.Inline(new byte[0]))),
                Map.entry(0x7FE00010, attribute(Vr.OW, new Value.Bulk(1L << 40, -1))),
                Map.entry(0xFFFCFFFC, attribute(Vr.OB, new Value.Bulk(0, 0))),
                Map.entry(0x00080050, attribute(Vr.SH)),
                Map.entry(
                        0x00081140,
                        attribute(
                                Vr.SQ,
                                new Value.Item(AttributeSet.EMPTY),
                                new Value.Item(AttributeSet.of(Map.of(
                                        0x00081150,
                                        attribute(
                                                Vr.SQ,
                                                new Value.Item(AttributeSet.of(Map.of(
                                                        0x00081155, attribute(Vr.UI, new Value.Text("1.2"))))))))))));
        SampleEvents sample = new SampleEvents(1);
        assertThat(set).hasSize(17);
        SeriesRegistered event =
                new SeriesRegistered(sample.study(), new SeriesInstanceUid("A-b.1"), AttributeSet.of(set));
        assertThat(roundTrip(event)).isEqualTo(event);
    }

    private static Attribute attribute(Vr vr, Value... values) {
        return new Attribute(vr, List.of(values));
    }

    @Test
    void instants_loseNothing() {
        StreamId stream = new SampleEvents(1).study().stream();
        for (Instant instant : List.of(
                Instant.EPOCH,
                Instant.MIN,
                Instant.MAX,
                Instant.ofEpochSecond(-1, 999_999_000),
                Instant.ofEpochSecond(-1, 999_999_999),
                Instant.parse("2026-11-22T10:15:30.123456789Z"))) {
            assertThat(roundTrip(new NodeStopped(stream, instant))).isEqualTo(new NodeStopped(stream, instant));
        }
    }

    @Test
    void streamOfAnotherOrigin_comesBackEqual() {
        SampleEvents here = new SampleEvents(1);
        PatientRecordId foreign = new PatientRecordId(new StreamId(new SiteId(new UUID(9, 9)) + "/patient/A-name"));
        PatientMerged event = new PatientMerged(here.patient(), foreign, here.person(), "r", Records.AT);
        assertThat(roundTrip(event)).isEqualTo(event);
        PatientRecordId odd = new PatientRecordId(new StreamId(here.site() + "/patient/not-hex"));
        PatientMerged near = new PatientMerged(here.patient(), odd, here.person(), "r", Records.AT);
        assertThat(roundTrip(near)).isEqualTo(near);
    }

    @Test
    void metadata_comesBackAndOthersAreRefused() {
        SampleEvents sample = new SampleEvents(1);
        Object event = sample.instancesStored(sample.study(), "CT", 1);
        StreamId stream = types.streamOf(event);
        Map<String, Object> metadata =
                Map.of("who", "a person", "trace", new UUID(5, 6).toString(), "count", 7L, "urgent", true);
        byte[] body = bodies.encode(stream, event, metadata);
        assertThat(bodies.decode(header("InstancesStored", 1, stream), body).metadata())
                .isEqualTo(metadata);
        assertThatThrownBy(() -> bodies.encode(stream, event, Map.of("who", new Object())))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void oldVersion_isUpcastWhenRead() {
        record NoteAddedV1(StreamId stream, String text) {}
        record NoteAdded(StreamId stream, String text, String language) {}
        EventBodies writer = new EventBodies(
                EventTypes.releasedAnd(new EventType<>("NoteAdded", 1, NoteAddedV1.class, NoteAddedV1::stream)),
                UpcasterChain.NONE);
        UpcasterChain chain = new UpcasterChain(List.of(
                new Upcaster("NoteAdded", 1, old -> ((ObjectNode) old).put("lang", "und")),
                new Upcaster("NoteAdded", 2, old -> {
                    ObjectNode node = (ObjectNode) old;
                    return node.set("language", node.remove("lang"));
                })));
        EventBodies reader = new EventBodies(
                EventTypes.releasedAnd(new EventType<>("NoteAdded", 3, NoteAdded.class, NoteAdded::stream)), chain);
        StreamId stream = Records.stream("a");
        byte[] old = writer.encode(stream, new NoteAddedV1(stream, "hello"), Map.of("who", "x"));
        OpenedBody opened = reader.decode(header("NoteAdded", 1, stream), old);
        assertThat(opened.payload()).isEqualTo(new NoteAdded(stream, "hello", "und"));
        assertThat(opened.metadata()).isEqualTo(Map.of("who", "x"));
        byte[] present = reader.encode(stream, new NoteAdded(stream, "hi", "en"), Map.of());
        assertThat(reader.decode(header("NoteAdded", 3, stream), present).payload())
                .isEqualTo(new NoteAdded(stream, "hi", "en"));
        assertThat(reader.unknownRecords()).isZero();
    }

    @Test
    void unknownTypeOrVersionOrShape_isKeptAndCounted() {
        record Invented(StreamId stream, String text) {}
        StreamId stream = Records.stream("a");
        EventBodies writer = new EventBodies(
                EventTypes.releasedAnd(new EventType<>("Invented", 1, Invented.class, Invented::stream)),
                UpcasterChain.NONE);
        byte[] body = writer.encode(stream, new Invented(stream, "x"), Map.of());
        for (RecordHeader header : List.of(
                header("Invented", 1, stream), header("StudyHeld", 2, stream), header("StudyHeld", 1, stream))) {
            assertThat(bodies.decode(header, body).payload()).isInstanceOfSatisfying(UnknownRecord.class, unknown -> {
                assertThat(unknown.stream()).isEqualTo(stream);
                assertThat(unknown.type()).isEqualTo(header.type());
                assertThat(unknown.version()).isEqualTo(header.typeVersion());
                assertThat(unknown.content()).isEqualTo(writer.toCbor(stream, new Invented(stream, "x"), Map.of()));
            });
        }
        assertThat(bodies.unknownRecords()).isEqualTo(3);
    }

    @Test
    void eventThatIsNotRegistered_cannotBeRecorded() {
        assertThatThrownBy(() -> bodies.encode(Records.stream("a"), "text", Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void equalEvents_haveEqualBytes() {
        SampleEvents sample = new SampleEvents(3);
        var study = sample.study();
        Set<Integer> one = new java.util.LinkedHashSet<>(List.of(3, 1, 2));
        Set<Integer> other = new java.util.LinkedHashSet<>(List.of(1, 2, 3));
        byte[] first =
                bodies.toCbor(study.stream(), new StudyEvent.AttributesVaried(study, Optional.empty(), one), Map.of());
        byte[] second = bodies.toCbor(
                study.stream(), new StudyEvent.AttributesVaried(study, Optional.empty(), other), Map.of());
        assertThat(first).isEqualTo(second);
    }
}
