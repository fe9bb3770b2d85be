package org.archipelago.node.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.federation.GrantCommand;
import org.archipelago.contract.federation.GrantCommand.GrantKeys;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.RecordId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.StreamNames;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.domain.ArchiveKeyPolicy;
import org.archipelago.domain.federation.Members;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.PendingRecord;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.body.EventBodies;
import org.archipelago.eventstore.body.EventTypes;
import org.archipelago.eventstore.body.UpcasterChain;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.member.PeerAddress;
import org.archipelago.federation.member.SiteDescriptor;
import org.archipelago.keystore.FileKeyStore;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyGranterTest {
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final SiteId VALLEY = new SiteId(new UUID(3, 3));
    private static final Actor ADMIN = Actor.node("test");
    private static final Instant AT = Instant.parse("2026-11-29T15:00:00Z");
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path temp;

    private final StreamNames names = new StreamNames(NORTH, new byte[StreamNames.SECRET_LENGTH_BYTES]);
    private final Map<SiteId, String> members = new ConcurrentHashMap<>();
    private final Map<SiteId, SiteDescriptor> known = new HashMap<>();
    private final Map<SiteId, String> notes = new HashMap<>();
    private final List<KeyGranted> recorded = new CopyOnWriteArrayList<>();
    /** What is done before a command is carried out, by its number from 1. */
    private final Map<Integer, Consumer<SiteId>> before = new ConcurrentHashMap<>();

    private int commands;
    private RocksEventLog log;
    private FileKeyStore keys;
    private Sealing sealing;
    private Peers peers;
    private KeyGranter granter;

    @BeforeEach
    void open() throws IOException {
        log = RocksEventLog.create(
                temp.resolve("log"),
                NORTH,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        keys = FileKeyStore.open(temp.resolve("keys"), temp.resolve("master.key"));
        sealing = new Sealing(
                new EventBodies(EventTypes.released(), UpcasterChain.released()),
                keys,
                new ArchiveKeyPolicy(names),
                new SecureRandom());
        peers = new Peers(
                new Peers.Own(
                        identity(NORTH),
                        "north",
                        Digest.sha256(new byte[0]),
                        RecipientKeyPair.generate().publicKey(),
                        Optional.empty()),
                names.site("peers"),
                _ -> {},
                () -> new Members(members, Set.of()),
                Clock.systemUTC());
        granter =
                new KeyGranter(log, sealing, keys, names, peers, this::record, new KeyGranter.Policy(true, true, true));
        describe(HARBOR, "harbor");
        describe(VALLEY, "valley");
    }

    @AfterEach
    void close() {
        granter.close();
        keys.close();
        log.close();
    }

    private SiteIdentity identity(SiteId site) throws IOException {
        return SiteIdentity.create(temp.resolve(site.toString()), site, new SecureRandom());
    }

    private void describe(SiteId site, String label) throws IOException {
        SiteIdentity identity = identity(site);
        SiteDescriptor descriptor = new SiteDescriptor(
                identity.verifierKey(),
                label,
                Digest.sha256(label.getBytes(StandardCharsets.UTF_8)),
                RecipientKeyPair.generate().publicKey(),
                AT,
                Optional.of(new PeerAddress("127.0.0.1", 1)),
                Optional.empty(),
                Optional.of(UUID.randomUUID()));
        known.put(site, descriptor);
        notes.put(site, descriptor.signedBy(identity).toString());
    }

    private void accept(SiteId site) {
        String note = notes.get(site);
        members.put(site, note);
        peers.accept(note.getBytes(StandardCharsets.UTF_8), known.get(site).fingerprint(), ADMIN);
    }

    private void remove(SiteId site) {
        members.remove(site);
        peers.remove(site, "contract ended", ADMIN);
    }

    private static SiteId other(SiteId site) {
        return site.equals(HARBOR) ? VALLEY : HARBOR;
    }

    /** As the aggregate records it. */
    private void record(GrantCommand command) {
        GrantKeys grant = (GrantKeys) command;
        before.getOrDefault(++commands, _ -> {}).accept(grant.peer());
        KeyGranted event = new KeyGranted(
                grant.stream(),
                grant.peer(),
                grant.recipient(),
                grant.keys(),
                grant.sealed(),
                grant.reason(),
                grant.through(),
                AT);
        append(List.of(pending(grant.stream(), event)));
        recorded.add(event);
    }

    private PendingRecord pending(StreamId stream, Object event) {
        long next =
                log.streamHead(stream).map(head -> head.revision().value() + 1).orElse(0L);
        return new PendingRecord(
                sealing.seal(
                        new RecordId(UUID.randomUUID()),
                        stream,
                        new Revision(next),
                        AT,
                        sealing.firstKey(stream, event),
                        event,
                        Map.of()),
                List.of());
    }

    private void append(List<PendingRecord> records) {
        log.append(records).join();
    }

    private List<StreamId> studies(int count) {
        List<StreamId> streams = new ArrayList<>();
        List<PendingRecord> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StudyInstanceUid uid = new StudyInstanceUid("1.2." + i);
            StudyCopyId study = names.study(uid);
            streams.add(study.stream());
            records.add(pending(
                    study.stream(),
                    new StudyRegistered(
                            study,
                            uid,
                            Optional.empty(),
                            keys.obtain(new KeyRef(KeyClass.PIXEL, study.stream()))
                                    .id(),
                            AttributeSet.EMPTY,
                            AT)));
        }
        append(records);
        return streams;
    }

    private static List<KeyRef> index(List<StreamId> streams) {
        return streams.stream()
                .map(stream -> new KeyRef(KeyClass.INDEX, stream))
                .toList();
    }

    private List<KeyRef> grantedTo(SiteId peer) {
        return recorded.stream()
                .filter(grant -> grant.peer().equals(peer))
                .flatMap(grant -> grant.keys().stream())
                .toList();
    }

    private static void fail(SiteId peer) {
        throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "grant to " + peer);
    }

    private static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(error));
    }

    @Test
    void pixelKeyWhoseReleaseCannotBeRecorded_isNotHandedOver() {
        StreamId study = studies(1).getFirst();
        accept(HARBOR);
        before.put(1, KeyGranterTest::fail);
        assertRefused(ArchiveError.LOG_UNAVAILABLE, () -> granter.keys(HARBOR, Optional.of(study)));
        assertThat(grantedTo(HARBOR)).isEmpty();
        granter.keys(HARBOR, Optional.of(study));
        assertThat(grantedTo(HARBOR)).containsExactly(new KeyRef(KeyClass.PIXEL, study));
    }

    @Test
    void removedMember_isHandedNoKey() {
        StreamId study = studies(1).getFirst();
        accept(HARBOR);
        remove(HARBOR);
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> granter.keys(HARBOR, Optional.empty()));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> granter.keys(HARBOR, Optional.of(study)));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> granter.release(study, HARBOR, "asked for"));
        assertThat(recorded).isEmpty();
    }

    @Test
    void grantThatCouldNotBeRecorded_comesAgain() {
        List<StreamId> studies = studies(2);
        accept(HARBOR);
        before.put(1, KeyGranterTest::fail);
        granter.start();
        await().atMost(SOON).until(() -> !recorded.isEmpty());
        assertThat(grantedTo(HARBOR)).isEqualTo(index(studies));
    }

    @Test
    void memberThatIsRemovedWhileAnotherIsGranted_isGrantedNothing() {
        studies(2);
        accept(HARBOR);
        accept(VALLEY);
        before.put(1, first -> remove(other(first)));
        granter.start();
        await().atMost(SOON).until(() -> !recorded.isEmpty());
        granter.close();
        SiteId first = recorded.getFirst().peer();
        assertThat(grantedTo(first)).hasSize(2);
        assertThat(grantedTo(other(first))).isEmpty();
    }

    /** All within one go through the log: it gets what it was passed over with, too. */
    @Test
    void memberThatIsRemovedAndTakenAgain_missesNothing() {
        List<KeyRef> all = index(studies(GrantEvent.MAX_KEYS + 1));
        accept(HARBOR);
        accept(VALLEY);
        before.put(1, first -> remove(other(first)));
        before.put(2, first -> accept(other(first)));
        granter.start();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(grantedTo(HARBOR)).isEqualTo(all);
            assertThat(grantedTo(VALLEY)).isEqualTo(all);
        });
    }
}
