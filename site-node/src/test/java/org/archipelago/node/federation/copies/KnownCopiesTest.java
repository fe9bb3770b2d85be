package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.node.federation.TroubledLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownCopiesTest {
    private static final Instant AT = Instant.parse("2026-11-29T15:00:00Z");
    private static final SiteId HERE = new SiteId(new UUID(5, 5));
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final StudyInstanceUid UID = new StudyInstanceUid("1.2.3");

    @TempDir
    Path directory;

    private FileKeyStore keys;
    private RocksEventLog log;
    private Sealing sealing;

    @BeforeEach
    void open() throws IOException {
        keys = FileKeyStore.open(directory.resolve("keys"), directory.resolve("master"));
        log = RocksEventLog.create(
                directory.resolve("log"),
                HERE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        sealing = new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.released()),
                keys,
                (stream, _) -> new KeyRef(KeyClass.INDEX, stream),
                new SecureRandom());
    }

    @AfterEach
    void close() {
        log.close();
        keys.close();
    }

    private StudyCopyId registered(String name) {
        StudyCopyId study = new StudyCopyId(new StreamId(NORTH + "/study/" + name));
        StudyRegistered event = new StudyRegistered(
                study,
                UID,
                Optional.empty(),
                keys.obtain(new KeyRef(KeyClass.PIXEL, study.stream())).id(),
                AttributeSet.EMPTY,
                AT);
        log.appendReplica(
                        NORTH,
                        new OriginPosition(log.originHead(NORTH).value() + 1),
                        List.of(sealing.seal(
                                new RecordId(UUID.randomUUID()),
                                study.stream(),
                                new Revision(0),
                                AT,
                                sealing.firstKey(study.stream(), event),
                                event,
                                Map.of())))
                .join();
        return study;
    }

    /** A batch that is written is in the index a moment before it can be read. */
    @Test
    void copyThatIsAboutToCome_isNotTakenForADamagedRecord() {
        StudyCopyId study = registered("ab");
        TroubledLog troubled = new TroubledLog(log);
        try (KnownCopies copies = new KnownCopies(troubled.log, sealing, () -> List.of(NORTH))) {
            troubled.trouble = (method, _) -> method.equals("readOrigin") ? Optional.of(List.of()) : Optional.empty();
            assertThat(copies.of(UID)).isEmpty();
            troubled.trouble = (_, _) -> Optional.empty();
            assertThat(copies.of(UID)).containsExactly(study);
        }
    }

    /** Else a site that registers one study again and again would make each look as long as it likes. */
    @Test
    void ofOneSite_theFirstCopyOfAStudyCounts() {
        StudyCopyId first = registered("ff");
        registered("aa");
        registered("bb");
        try (KnownCopies copies = new KnownCopies(log, sealing, () -> List.of(NORTH))) {
            assertThat(copies.of(UID)).containsExactly(first);
        }
    }
}
