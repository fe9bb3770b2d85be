package org.archipelago.eventstore.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.archipelago.contract.Actor;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventType;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.OpenedBody;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.body.Upcaster;
import org.archipelago.eventstore.body.UpcasterChain;
import org.junit.jupiter.api.Test;

class GoldenRecordsTest {
    private final EventBodies bodies = new EventBodies(EventTypes.released(), UpcasterChain.released());

    @Test
    void recordsOfEveryRelease_areReadableForEver() throws IOException {
        Map<String, String> upcast = GoldenRecords.upcast();
        for (GoldenRecords.Golden golden : GoldenRecords.all()) {
            new GoldenReading(bodies, golden).check(upcast);
        }
    }

    @Test
    void releasedFile_isNeverWrittenAgain() throws IOException {
        String digest = Digest.sha256(
                        GoldenRecords.resource("golden-1.txt").orElseThrow().getBytes(StandardCharsets.UTF_8))
                .toString();
        assertThat(digest.equals(GoldenRecords.SHA256_OF_GOLDEN_1) || !GoldenRecords.FROZEN)
                .as("SHA-256 of golden-1.txt is " + digest)
                .isTrue();
    }

    @Test
    void everyVersionOfEveryType_hasAGoldenRecord() throws IOException {
        Set<String> present = GoldenRecords.all().stream()
                .map(golden -> golden.type() + " " + golden.record().header().typeVersion())
                .collect(Collectors.toSet());
        Set<String> released = EventTypes.released().all().stream()
                .flatMap(type -> IntStream.rangeClosed(1, type.version()).mapToObj(v -> type.name() + " " + v))
                .collect(Collectors.toSet());
        assertThat(present).isEqualTo(released);
    }

    @Test
    void everyConstantAndOptionalOfEveryEvent_isInAGoldenRecord() throws IOException {
        List<Object> payloads = new ArrayList<>();
        for (GoldenRecords.Golden golden : GoldenRecords.all()) {
            payloads.add(new GoldenReading(bodies, golden).payload());
        }
        Set<String> possible = EventShapes.possible(
                bodies.types().all().stream().map(EventType::payload).toList());
        assertThat(possible).hasSizeGreaterThan(90);
        assertThat(EventShapes.seen(payloads)).containsAll(possible);
    }

    /** {@link StudyHeld} as a later release may have it. */
    record StudyHeldLater(StudyCopyId study, String reason, Actor by, Instant heldAt, String court) {}

    private static EventBodies later(UpcasterChain chain) {
        List<EventType<?>> types = new ArrayList<>(EventTypes.released().all());
        types.removeIf(type -> type.name().equals("StudyHeld"));
        types.add(new EventType<>("StudyHeld", 2, StudyHeldLater.class, held -> held.study().stream()));
        return new EventBodies(new EventTypes(types), chain);
    }

    private static final UpcasterChain NAMES_A_COURT = new UpcasterChain(
            List.of(new Upcaster("StudyHeld", 1, old -> ((ObjectNode) old).put("court", "not stated"))));

    @Test
    void typeOfAHigherVersion_needsAnExpectationAndLeavesTheFrozenFileAsItIs() throws IOException {
        GoldenReading reading = new GoldenReading(later(NAMES_A_COURT), held());
        assertThat(reading.payload())
                .isInstanceOfSatisfying(
                        StudyHeldLater.class, later -> assertThat(later.court()).isEqualTo("not stated"));
        reading.check(Map.of(reading.id(), reading.json()));
        assertThatThrownBy(() -> reading.check(Map.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("what StudyHeld of version 1 becomes");
        String other = reading.json().replace("not stated", "the high one");
        assertThatThrownBy(() -> reading.check(Map.of(reading.id(), other))).isInstanceOf(AssertionError.class);
    }

    @Test
    void typeOfAHigherVersionWithoutUpcaster_isNoticed() throws IOException {
        GoldenRecords.Golden held = held();
        assertThatThrownBy(() -> new GoldenReading(later(UpcasterChain.NONE), held).check(Map.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("UnknownRecord");
    }

    private static GoldenRecords.Golden held() throws IOException {
        return GoldenRecords.all().stream()
                .filter(golden -> golden.type().equals("StudyHeld"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void headerOfVersion1_hasItsFieldsAtTheirPlaces() {
        byte[] bytes = HexFormat.of()
                .parseHex("01" + "01010101" + "00000000000000010000000000000007" + "09" + hex("StudyHeld") + "0001"
                        + "11111111222233334444555555555555" + "07" + hex("study/a") + "0000000000000102"
                        + "00000000499602d2" + "000003e8" + "aa".repeat(32) + "bb".repeat(32));
        RecordHeader header = RecordFormat.decode(bytes);
        assertThat(header.suite()).isEqualTo(Suite.FIRST);
        assertThat(header.id()).isEqualTo(new RecordId(new UUID(1, 7)));
        assertThat(header.type()).isEqualTo("StudyHeld");
        assertThat(header.typeVersion()).isEqualTo(1);
        assertThat(header.stream().value()).isEqualTo("11111111-2222-3333-4444-555555555555/study/a");
        assertThat(header.revision()).isEqualTo(new Revision(0x102));
        assertThat(header.recordedAt()).isEqualTo(Instant.ofEpochSecond(1234567890, 1000));
        assertThat(header.key()).isEqualTo(KeyId.parse("aa".repeat(32)));
        assertThat(header.body()).isEqualTo(Digest.parse("bb".repeat(32)));
        assertThat(RecordFormat.encode(header)).isEqualTo(bytes);
    }

    @Test
    void goldenHeldStudy_saysWhatItSaid() throws IOException {
        Object payload = new GoldenReading(bodies, held()).payload();
        assertThat(payload).isInstanceOfSatisfying(StudyHeld.class, held -> {
            assertThat(held.reason()).isEqualTo("legal hold");
            assertThat(held.by().name()).isEqualTo("radiologist");
            assertThat(held.by().role()).contains("radiologist");
        });
    }

    @Test
    void anyOtherByte_isRefusedOrDoesNotOpen() throws IOException {
        GoldenRecords.Golden golden = GoldenRecords.all().getFirst();
        Sealing sealing = GoldenReading.sealing(bodies, golden);
        for (int at = 0; at < golden.header().length; at++) {
            byte[] header = golden.header().clone();
            header[at] ^= 1;
            int place = at;
            assertThatThrownBy(() -> {
                        OpenedBody opened = sealing.open(LogRecord.of(header, golden.body()));
                        // Another suite is a newer program's; nothing of the body is served.
                        if (opened.payload() instanceof UnknownRecord unknown && unknown.content().length == 0) {
                            throw new IllegalStateException("not opened");
                        }
                    })
                    .as("byte " + place)
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }
}
