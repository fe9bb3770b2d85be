package org.archipelago.eventstore.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.archipelago.contract.Digest;
import org.archipelago.contract.KeyId;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.study.StudyEvent.StudyHeld;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventType;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.OpenedBody;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.keystore.Key;
import org.archipelago.keystore.KeyStore;
import org.junit.jupiter.api.Test;

class GoldenRecordsTest {
    private final EventBodies bodies = new EventBodies(EventTypes.released(), UpcasterChain.NONE);

    @Test
    void recordsOfVersion1_areReadableForEver() throws IOException {
        for (GoldenRecords.Golden golden : GoldenRecords.version(1)) {
            LogRecord record = LogRecord.of(golden.header(), golden.body());
            assertThat(RecordFormat.encode(record.header())).isEqualTo(golden.header());
            OpenedBody opened = sealingWith(new Key(golden.key())).open(record);
            assertThat(opened.payload()).isNotInstanceOf(UnknownRecord.class);
            EventType<?> type = bodies.types().of(opened.payload());
            assertThat(type.name()).isEqualTo(golden.type());
            byte[] content = bodies.toCbor(record.header().stream(), opened.payload(), opened.metadata());
            assertThat(Digest.sha256(content)).isEqualTo(golden.content());
        }
    }

    @Test
    void everyTypeOfVersion1_hasAGoldenRecord() throws IOException {
        assertThat(GoldenRecords.version(1).stream()
                        .map(GoldenRecords.Golden::type)
                        .collect(Collectors.toSet()))
                .isEqualTo(EventTypes.released().all().stream()
                        .filter(type -> type.version() == 1)
                        .map(EventType::name)
                        .collect(Collectors.toSet()));
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
        GoldenRecords.Golden golden = GoldenRecords.version(1).stream()
                .filter(g -> g.type().equals("StudyHeld"))
                .findFirst()
                .orElseThrow();
        Object payload = sealingWith(new Key(golden.key()))
                .open(LogRecord.of(golden.header(), golden.body()))
                .payload();
        assertThat(payload).isInstanceOfSatisfying(StudyHeld.class, held -> {
            assertThat(held.reason()).isEqualTo("legal hold");
            assertThat(held.by().name()).isEqualTo("radiologist");
            assertThat(held.by().role()).contains("radiologist");
        });
    }

    @Test
    void anyOtherByte_isRefusedOrDoesNotOpen() throws IOException {
        GoldenRecords.Golden golden = GoldenRecords.version(1).getFirst();
        Sealing sealing = sealingWith(new Key(golden.key()));
        for (int at = 0; at < golden.header().length; at++) {
            byte[] header = golden.header().clone();
            header[at] ^= 1;
            int place = at;
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> {
                        OpenedBody opened = sealing.open(LogRecord.of(header, golden.body()));
                        // Another suite is a newer program's; nothing of the body is served.
                        if (opened.payload() instanceof org.archipelago.eventstore.body.UnknownRecord unknown
                                && unknown.content().length == 0) {
                            throw new IllegalStateException("not opened");
                        }
                    })
                    .as("byte " + place)
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    private Sealing sealingWith(Key key) {
        return new Sealing(
                bodies, new OneKey(key), (stream, _) -> new KeyRef(KeyClass.INDEX, stream), new SecureRandom());
    }

    private record OneKey(Key key) implements KeyStore {
        @Override
        public List<Key> obtainAll(List<KeyRef> uses) {
            return List.of(key);
        }

        @Override
        public Optional<Key> find(KeyRef use) {
            return Optional.of(key);
        }

        @Override
        public Optional<Key> find(KeyId id) {
            return id.equals(key.id()) ? Optional.of(key) : Optional.empty();
        }

        @Override
        public boolean isDestroyed(KeyId id) {
            return false;
        }

        @Override
        public boolean isDestroyed(KeyRef use) {
            return false;
        }

        @Override
        public void destroy(Collection<KeyId> ids) {}

        @Override
        public void close() {}
    }
}
