package org.archipelago.node.federation.copies;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.CopyEvent;
import org.archipelago.contract.federation.CopyEvent.CapacityDeclared;
import org.archipelago.contract.federation.CopyEvent.CopyAssigned;
import org.archipelago.contract.federation.CopyEvent.StudyCopyHeld;
import org.archipelago.contract.federation.CopyEvent.StudyCopyReleased;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.StreamHead;
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

class CopyFactsTest {
    private static final Instant AT = Instant.parse("2026-11-29T15:00:00Z");
    private static final SiteId HERE = new SiteId(new UUID(5, 5));
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId VALLEY = new SiteId(new UUID(3, 3));
    private static final StudyCopyId STUDY = new StudyCopyId(new StreamId(NORTH + "/study/ab"));

    @TempDir
    Path directory;

    private FileKeyStore keys;
    private RocksEventLog log;
    private Sealing sealing;
    private TroubledLog troubled;
    private CopyFacts facts;
    private boolean announcedIsHere = true;

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
        troubled = new TroubledLog(log);
        facts = new CopyFacts(troubled.log, sealing, () -> List.of(NORTH, VALLEY), () -> announcedIsHere);
    }

    @AfterEach
    void close() {
        log.close();
        keys.close();
    }

    private void record(SiteId origin, CopyEvent event) {
        StreamId stream = event.stream();
        Revision next = new Revision(log.streamHead(stream)
                        .map(StreamHead::revision)
                        .map(Revision::value)
                        .orElse(-1L)
                + 1);
        log.appendReplica(
                        origin,
                        new OriginPosition(log.originHead(origin).value() + 1),
                        List.of(sealing.seal(
                                new RecordId(UUID.randomUUID()),
                                stream,
                                next,
                                AT,
                                sealing.firstKey(stream, event),
                                event,
                                Map.of())))
                .join();
    }

    private static StreamId stream(SiteId origin, String kind) {
        return new StreamId(origin + "/" + kind + "/cd");
    }

    private static CopyAssigned assigned(SiteId by, SiteId... holders) {
        return new CopyAssigned(stream(by, "assignment"), STUDY, List.of(holders), AT);
    }

    @Test
    void studyThatItsOriginAssignsHere_isDueAndUntilItIsTakenAway() {
        record(NORTH, assigned(NORTH, HERE));
        assertThat(facts.isAssignedHere(STUDY)).isEmpty();
        facts.readOn();
        assertThat(facts.takeDue()).containsExactly(STUDY);
        assertThat(facts.isAssignedHere(STUDY)).contains(true);
        record(NORTH, assigned(NORTH, VALLEY));
        facts.readOn();
        assertThat(facts.takeDue()).containsExactly(STUDY);
        assertThat(facts.isAssignedHere(STUDY)).contains(false);
    }

    @Test
    void studyThatAnotherSiteAssigns_isNotDueAndNotTakenAway() {
        record(NORTH, assigned(NORTH, HERE));
        record(VALLEY, assigned(VALLEY, HERE));
        facts.readOn();
        assertThat(facts.takeDue()).containsExactly(STUDY);
        record(VALLEY, assigned(VALLEY));
        facts.readOn();
        assertThat(facts.takeDue()).isEmpty();
        assertThat(facts.isAssignedHere(STUDY)).contains(true);
    }

    @Test
    void wishOfAStudysOrigin_isKnownWhoeverIsToHoldIt_andNobodyElsesIs() {
        record(VALLEY, assigned(VALLEY, HERE));
        facts.readOn();
        assertThat(facts.assignment(STUDY)).isEmpty();
        record(NORTH, assigned(NORTH, VALLEY));
        facts.readOn();
        assertThat(facts.assignment(STUDY).orElseThrow().holders()).containsExactly(VALLEY);
        assertThat(facts.takeDue()).isEmpty();
    }

    /** Of an origin that is no member any more, or not read yet, nothing is decided. */
    @Test
    void studyWhoseOriginIsNotRead_isNeitherAssignedNorTakenAway() {
        CopyFacts withoutNorth = new CopyFacts(log, sealing, () -> List.of(VALLEY), () -> true);
        record(NORTH, assigned(NORTH, HERE));
        withoutNorth.readOn();
        assertThat(withoutNorth.isAssignedHere(STUDY)).isEmpty();
    }

    @Test
    void factsAreComplete_onlyOnceEachLogIsReadToItsEnd() {
        record(VALLEY, new CapacityDeclared(stream(VALLEY, "capacity"), 1000, AT));
        assertThat(facts.isComplete()).isFalse();
        troubled.trouble = (method, _) -> method.equals("readOrigin") ? Optional.of(List.of()) : Optional.empty();
        facts.readOn();
        assertThat(facts.isComplete()).isFalse();
        troubled.trouble = (_, _) -> Optional.empty();
        facts.readOn();
        assertThat(facts.isComplete()).isTrue();
        assertThat(facts.offeredBytes()).isEqualTo(Map.of(VALLEY, 1000L));
    }

    @Test
    void factsAreNotComplete_whileMoreWasAnnouncedThanIsHere() {
        announcedIsHere = false;
        facts.readOn();
        assertThat(facts.isRead()).isTrue();
        assertThat(facts.isComplete()).isFalse();
    }

    @Test
    void offerWhoseKeyIsNotHere_isAwaited() throws IOException {
        StreamId capacity = stream(VALLEY, "capacity");
        record(VALLEY, new CapacityDeclared(capacity, 1000, AT));
        try (FileKeyStore own = FileKeyStore.open(directory.resolve("own-keys"), directory.resolve("own-master"))) {
            Sealing without = new Sealing(
                    new EventBodies(EventTypes.released(), UpcasterChain.released()),
                    own,
                    (stream, _) -> new KeyRef(KeyClass.INDEX, stream),
                    new SecureRandom());
            CopyFacts late = new CopyFacts(log, without, () -> List.of(VALLEY), () -> true);
            late.readOn();
            assertThat(late.isOfferAwaited(List.of(NORTH, VALLEY))).isTrue();
            assertThat(late.isOfferKnown(VALLEY)).isFalse();
            KeyRef use = new KeyRef(KeyClass.INDEX, capacity);
            own.adopt(Map.of(use, keys.find(use).orElseThrow()));
            late.tryWaiting();
            assertThat(late.isOfferAwaited(List.of(NORTH, VALLEY))).isFalse();
            assertThat(late.isOfferKnown(VALLEY)).isTrue();
        }
    }

    private boolean mayGo(Instant now) {
        facts.readOn();
        return new ReleaseRule(log, facts, Duration.ofDays(30), Clock.fixed(now, ZoneOffset.UTC)).mayGo(STUDY);
    }

    @Test
    void copyThatNobodyIsToHold_mayGoAfterSomeTime() {
        assertThat(mayGo(AT.plus(Duration.ofDays(31)))).isFalse();
        record(NORTH, assigned(NORTH));
        assertThat(mayGo(AT.plus(Duration.ofDays(30)).minusSeconds(1))).isFalse();
        assertThat(mayGo(AT.plus(Duration.ofDays(30)))).isTrue();
    }

    @Test
    void lastWordOfASite_counts() {
        StreamId held = stream(VALLEY, "held");
        record(VALLEY, new StudyCopyHeld(held, STUDY, new Revision(3), 2, 200, AT));
        record(VALLEY, new StudyCopyHeld(held, STUDY, new Revision(5), 3, 300, AT));
        facts.readOn();
        assertThat(facts.holdings(STUDY))
                .extracting(
                        CopyFacts.Holding::site, holding -> holding.through().value())
                .containsExactly(org.assertj.core.groups.Tuple.tuple(VALLEY, 5L));
        record(VALLEY, new StudyCopyReleased(held, STUDY, "lost some of it", AT));
        facts.readOn();
        assertThat(facts.holdings(STUDY)).isEmpty();
    }
}
