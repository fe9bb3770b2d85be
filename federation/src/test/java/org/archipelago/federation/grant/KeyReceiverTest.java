package org.archipelago.federation.grant;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.federation.GrantEvent.KeyGranted;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.Incarnation;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.log.Unreadable;
import org.archipelago.contract.study.StudyEvent.StudyRegistered;
import org.archipelago.eventstore.LogListener;
import org.archipelago.eventstore.Sealing;
import org.archipelago.eventstore.rocksdb.RocksEventLog;
import org.archipelago.eventstore.rocksdb.RocksEventLogOptions;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.replica.RefusalJournal;
import org.archipelago.keystore.FileKeyStore;
import org.archipelago.keystore.Key;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyReceiverTest {
    private static final SiteId HERE = new SiteId(new UUID(5, 5));
    private static final SiteId NORTH = new SiteId(new UUID(1, 1));
    private static final SiteId VALLEY = new SiteId(new UUID(2, 2));

    @TempDir
    Path temp;

    private final RecipientKeyPair own = RecipientKeyPair.generate();
    private final RecipientKey recipient = own.publicKey();
    private RocksEventLog log;
    private FileKeyStore keys;
    private Sealing sealing;
    private GrantingSite north;
    private RefusalJournal refusals;
    private KeyReceiver receiver;
    private TroubledLog troubled;
    private final List<StreamId> readable = new ArrayList<>();
    private Runnable whenReadable = () -> {};

    @BeforeEach
    void open() throws IOException {
        log = RocksEventLog.create(
                temp.resolve("log"),
                HERE,
                new Incarnation(UUID.randomUUID()),
                RocksEventLogOptions.standard(LogListener.NONE, () -> {}));
        troubled = new TroubledLog(log);
        refusals = new RefusalJournal(temp.resolve("refusals"), Clock.systemUTC());
        north = new GrantingSite(NORTH, temp.resolve("north"), log);
        keysFrom("here");
    }

    private void keysFrom(String directory) throws IOException {
        keysFrom(directory, own);
    }

    private void keysFrom(String directory, RecipientKeyPair pair) throws IOException {
        keys = FileKeyStore.open(temp.resolve(directory), temp.resolve(directory + ".key"));
        sealing = GrantingSite.sealing(keys, new StreamId(HERE + "/grant/00"));
        receiver = new KeyReceiver(
                troubled.log,
                sealing,
                keys,
                pair,
                temp.resolve("granted"),
                () -> List.of(VALLEY, NORTH),
                refusals,
                streams -> {
                    streams.stream().filter(this::isOpen).forEach(readable::add);
                    whenReadable.run();
                });
    }

    @AfterEach
    void close() {
        receiver.close();
        keys.close();
        north.close();
        log.close();
    }

    private static KeyRef index(StreamId stream) {
        return new KeyRef(KeyClass.INDEX, stream);
    }

    private static KeyRef pixel(StreamId stream) {
        return new KeyRef(KeyClass.PIXEL, stream);
    }

    private void handOver() {
        receiver.take(NORTH, north.handed(HERE, recipient), Optional.empty());
    }

    private void grant(KeyRef... uses) {
        north.write(north.grant(HERE, recipient, uses));
    }

    private Object opened(StreamId stream) {
        return sealing.openReplica(
                        log.readStream(stream, new Revision(0), 1).getFirst().record())
                .payload();
    }

    private boolean isOpen(StreamId stream) {
        return opened(stream) instanceof StudyRegistered;
    }

    private void assertOpen(StreamId... streams) {
        assertThat(streams).allSatisfy(stream -> assertThat(opened(stream)).isInstanceOf(StudyRegistered.class));
    }

    private void assertSealed(StreamId stream) {
        assertThat(opened(stream))
                .isInstanceOfSatisfying(
                        Unreadable.class,
                        unreadable -> assertThat(unreadable.reason()).isEqualTo(Unreadable.Reason.KEY_NOT_GRANTED));
    }

    @Test
    void grantedKey_opensTheRecordsOfThatStreamAlone() {
        StreamId study = north.study();
        StreamId other = north.study();
        handOver();
        receiver.catchUp();
        assertSealed(study);
        grant(index(study), pixel(study));
        receiver.catchUp();
        assertOpen(study);
        assertSealed(other);
        assertThat(keys.find(pixel(study)).orElseThrow().id())
                .isEqualTo(north.keys.obtain(pixel(study)).id());
        assertThat(refusals.count()).isZero();
        assertThat(receiver.adopted()).isEqualTo(2);
        assertThat(readable).as("told once the key is here").containsExactly(study);
    }

    @Test
    void grantThatCameBeforeTheKeyThatOpensIt_isReadOnceThatIsHere() {
        StreamId study = north.study();
        grant(index(study));
        receiver.catchUp();
        assertSealed(study);
        handOver();
        receiver.catchUp();
        assertOpen(study);
    }

    @Test
    void crashBetweenTheKeyAndWhatItOpens_losesNothing() throws IOException {
        StreamId study = north.study();
        grant(index(study));
        receiver.catchUp();
        receiver.close(); // on disk now: all of it was gone through
        handOver();
        keys.close();
        keysFrom("here");
        receiver.catchUp();
        assertOpen(study);
    }

    @Test
    void afterARestart_onlyWhatIsNewIsGoneThrough() throws IOException {
        StreamId before = north.study();
        handOver();
        grant(index(before));
        receiver.catchUp();
        receiver.close();
        keys.close();
        keysFrom("here");
        StreamId after = north.study();
        grant(index(after));
        receiver.catchUp();
        assertOpen(before, after);
        assertThat(receiver.adopted()).isEqualTo(1);
    }

    @Test
    void keystoreThatIsOlder_getsAllAgain() throws IOException {
        StreamId study = north.study();
        handOver();
        keys.export(temp.resolve("restored"), temp.resolve("restored.key"));
        grant(index(study));
        receiver.catchUp();
        receiver.close();
        keys.close();
        keysFrom("restored");
        assertSealed(study);
        receiver.catchUp();
        assertOpen(study);
    }

    @Test
    void damagedProgress_meansFromTheBeginning() throws IOException {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        receiver.catchUp();
        receiver.close();
        Path file = temp.resolve("granted").resolve(NORTH.toString());
        String whole = Files.readString(file);
        for (String text : List.of(
                "",
                "x\ny\nz\n",
                "archipelago grants 1\n2\n-\n",
                whole.replace("\n2\n", "\n-7\n"),
                whole.replace("INDEX", "NONE"))) {
            assertThat(text).isNotEqualTo(whole);
            Files.writeString(file, text);
            keys.close();
            keysFrom("here");
            receiver.catchUp();
            assertThat(receiver.adopted()).as(text).isEqualTo(1);
        }
    }

    /** Nothing else would tell while the study is closed, and its maker's grant would come too late. */
    @Test
    void pixelKeyOfAThirdSitesStudy_isRefused() throws IOException {
        try (GrantingSite valley = new GrantingSite(VALLEY, temp.resolve("valley"), log)) {
            StreamId study = valley.study();
            handOver();
            north.write(otherKey(pixel(study)));
            receiver.catchUp();
            assertThat(refusals.count()).isEqualTo(1);
            receiver.take(VALLEY, valley.handed(HERE, recipient), Optional.empty());
            valley.write(valley.grant(HERE, recipient, index(study), pixel(study)));
            receiver.catchUp();
            assertOpen(study);
            assertThat(keys.find(pixel(study)).orElseThrow().id())
                    .isEqualTo(valley.keys.obtain(pixel(study)).id());
        }
    }

    @Test
    void destroyedKey_isNotBroughtBackByItsGrant() throws IOException {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        receiver.catchUp();
        keys.destroy(List.of(keys.find(index(study)).orElseThrow().id()));
        Files.deleteIfExists(temp.resolve("granted").resolve(NORTH.toString()));
        keys.close();
        keysFrom("here");
        receiver.catchUp();
        assertThat(keys.find(index(study))).isEmpty();
    }

    @Test
    void hostileGrants_areRefusedAndCountedAndStopNothing() throws IOException {
        StreamId study = north.study();
        StreamId second = north.study();
        handOver();
        List<KeyGranted> hostile = new ArrayList<>();
        hostile.add(north.grant(VALLEY, recipient, index(study)));
        hostile.add(north.granted(
                VALLEY,
                recipient,
                List.of(index(study)),
                north.grant(HERE, recipient, index(study)).sealed()));
        for (KeyClass keyClass : List.of(KeyClass.AUDIT, KeyClass.SITE, KeyClass.GRANT)) {
            hostile.add(north.grant(HERE, recipient, new KeyRef(keyClass, study)));
        }
        hostile.add(north.grant(HERE, recipient, new KeyRef(KeyClass.PATIENT, study)));
        hostile.add(north.grant(HERE, recipient, index(north.stream("study"))));
        hostile.add(north.grant(HERE, recipient, pixel(north.stream("study"))));
        hostile.add(north.grant(HERE, recipient, index(north.grants)));
        hostile.add(north.grant(HERE, recipient, index(new StreamId(HERE + "/study/ab"))));
        hostile.add(north.grant(HERE, recipient, index(new StreamId("no site/study/ab"))));
        hostile.add(north.granted(HERE, recipient, List.of(), new SealedKeys(new byte[64])));
        hostile.add(north.granted(HERE, recipient, List.of(index(study)), new SealedKeys(new byte[0])));
        hostile.add(north.granted(HERE, recipient, List.of(index(study)), new SealedKeys(new byte[80])));
        hostile.add(north.granted(
                HERE,
                recipient,
                List.of(index(study)),
                north.grant(HERE, recipient, index(second)).sealed()));
        List<KeyRef> many = Collections.nCopies(GrantEvent.MAX_KEYS + 1, index(study));
        hostile.add(north.granted(HERE, recipient, many, new SealedKeys(new byte[80])));
        hostile.add(north.granted(HERE, recipient, many.subList(0, 2), new SealedKeys(new byte[80])));
        // Sealed as it should be, but not the key that the study's records name.
        hostile.add(otherKey(index(study)));
        hostile.forEach(north::write);
        receiver.catchUp();
        assertThat(refusals.count()).isEqualTo(hostile.size());
        assertThat(receiver.adopted()).isZero();
        assertSealed(study);
        grant(index(study));
        receiver.catchUp();
        assertOpen(study);
        assertThat(refusals.count()).isEqualTo(hostile.size());
    }

    private KeyGranted otherKey(KeyRef use) {
        List<KeyRef> uses = List.of(use);
        return north.granted(
                HERE,
                recipient,
                uses,
                new KeyEnvelope(NORTH, HERE, uses).seal(List.of(new Key(new byte[Key.LENGTH_BYTES])), recipient));
    }

    @Test
    void pixelKeyThatTheStudyDoesNotName_isRefusedOnceThatCanBeTold() {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        north.write(otherKey(pixel(study)));
        receiver.catchUp();
        assertThat(refusals.count()).isEqualTo(1);
        assertThat(keys.find(pixel(study))).isEmpty();
        List<KeyRef> uses = List.of(pixel(study));
        HandedKeys handed = new HandedKeys(uses, otherKey(pixel(study)).sealed());
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> receiver.take(NORTH, handed, Optional.of(study)));
        assertThat(keys.find(pixel(study))).isEmpty();
    }

    @Test
    void anotherPixelKeyThanBefore_isRefused() {
        StreamId study = north.study();
        handOver();
        grant(pixel(study));
        north.write(otherKey(pixel(study)));
        receiver.catchUp();
        assertThat(refusals.count()).isEqualTo(1);
        assertThat(keys.find(pixel(study)).orElseThrow().id())
                .isEqualTo(north.keys.obtain(pixel(study)).id());
    }

    /** It may have made a new key pair since; nothing is wrong then. */
    @Test
    void grantToAFormerKeyPair_isPassedOver() {
        StreamId study = north.study();
        handOver();
        north.write(north.grant(HERE, RecipientKeyPair.generate().publicKey(), index(study)));
        receiver.catchUp();
        assertSealed(study);
        assertThat(refusals.count()).isZero();
    }

    /** A site that was granted a key knows it, and could give it away as if it were its own. */
    @Test
    void keyThatAnotherSiteMade_doesNotKeepItsMakerFromGrantingIt() throws IOException {
        StreamId study = north.study();
        Key known = north.keys.obtain(index(study));
        try (GrantingSite valley = new GrantingSite(VALLEY, temp.resolve("valley"), log)) {
            StreamId decoy = valley.study();
            List<KeyRef> use = List.of(pixel(decoy));
            receiver.take(VALLEY, valley.handed(HERE, recipient), Optional.empty());
            valley.write(valley.granted(
                    HERE, recipient, use, new KeyEnvelope(VALLEY, HERE, use).seal(List.of(known), recipient)));
        }
        receiver.catchUp();
        handOver();
        grant(index(study));
        receiver.catchUp();
        assertOpen(study);
    }

    @Test
    void handedPixelKey_isTakenWhenItWasAskedFor() {
        StreamId study = north.study();
        HandedKeys handed = north.handed(HERE, recipient, pixel(study));
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> receiver.take(NORTH, handed, Optional.empty()));
        assertRefused(
                ArchiveError.PEER_MISBEHAVED, () -> receiver.take(NORTH, handed, Optional.of(north.stream("study"))));
        assertThat(keys.size()).isZero();
        receiver.take(NORTH, handed, Optional.of(study));
        assertThat(keys.find(pixel(study))).isPresent();
    }

    @Test
    void handedKeysOfAnyOtherForm_areRefused() {
        StreamId study = north.study();
        List<HandedKeys> hostile = Stream.of(
                        north.handed(HERE, recipient, index(study)),
                        north.handed(HERE, recipient, new KeyRef(KeyClass.GRANT, new StreamId(VALLEY + "/grant/ab"))),
                        north.handed(HERE, recipient, new KeyRef(KeyClass.GRANT, study)),
                        north.handed(VALLEY, recipient),
                        north.handed(HERE, RecipientKeyPair.generate().publicKey()),
                        new HandedKeys(List.of(pixel(study)), new SealedKeys(new byte[80])))
                .toList();
        hostile.forEach(handed ->
                assertRefused(ArchiveError.PEER_MISBEHAVED, () -> receiver.take(NORTH, handed, Optional.of(study))));
        assertThat(keys.size()).isZero();
        assertThat(refusals.count()).isEqualTo(hostile.size());
    }

    /** A batch that is written is in the index a moment before it can be read. */
    @Test
    void recordThatIsAboutToCome_isNotTakenForADamagedOne() {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        troubled.trouble = (method, _) -> method.equals("readOrigin") ? Optional.of(List.of()) : Optional.empty();
        receiver.catchUp();
        assertSealed(study);
        troubled.trouble = (_, _) -> Optional.empty();
        receiver.catchUp();
        assertOpen(study);
    }

    private static long position(List<?> arguments) {
        return ((OriginPosition) arguments.get(1)).value();
    }

    @Test
    void damagedRecord_isPassed() {
        StreamId study = north.study();
        north.study();
        handOver();
        grant(index(study));
        troubled.trouble = (method, arguments) -> switch (method) {
            case "readOrigin" ->
                position(arguments) < 1
                        ? Optional.of(log.readOrigin(NORTH, new OriginPosition(0), 1))
                        : Optional.of(List.of()).filter(_ -> position(arguments) == 1);
            case "isDamaged" -> Optional.of(position(arguments) == 1);
            default -> Optional.empty();
        };
        receiver.catchUp();
        assertOpen(study);
    }

    @Test
    void originThatCannotBeReadOn_stopsNoOtherAndIsTriedAgain() throws IOException {
        try (GrantingSite valley = new GrantingSite(VALLEY, temp.resolve("valley"), log)) {
            StreamId ofValley = valley.study();
            StreamId ofNorth = north.study();
            handOver();
            receiver.take(VALLEY, valley.handed(HERE, recipient), Optional.empty());
            grant(index(ofNorth));
            valley.write(valley.grant(HERE, recipient, index(ofValley)));
            troubled.trouble = (method, arguments) -> {
                if (method.equals("originHead") && arguments.getFirst().equals(VALLEY)) {
                    throw new UncheckedIOException(new IOException("disk"));
                }
                return Optional.empty();
            };
            assertThat(receiver.catchUp()).isFalse();
            assertOpen(ofNorth);
            assertSealed(ofValley);
            troubled.trouble = (_, _) -> Optional.empty();
            assertThat(receiver.catchUp()).isTrue();
            assertOpen(ofValley);
        }
    }

    @Test
    void studyWhoseFirstRecordIsDamaged_keepsNoLaterGrantWaiting() {
        StreamId damaged = north.study();
        StreamId study = north.study();
        handOver();
        grant(pixel(damaged), index(damaged));
        grant(index(study));
        troubled.trouble = (method, arguments) -> {
            if (List.of("readStream", "streamHead").contains(method)
                    && arguments.getFirst().equals(damaged)) {
                throw new ArchiveException(ArchiveError.CORRUPT, "record");
            }
            return Optional.empty();
        };
        assertThat(receiver.catchUp()).isTrue();
        assertOpen(study);
        assertThat(keys.find(pixel(damaged))).isPresent();
        assertThat(refusals.count()).isZero();
    }

    @Test
    void closing_endsTheScanAfterOneChunk() {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        for (int i = 0; i < 300; i++) {
            north.study();
        }
        AtomicInteger chunks = new AtomicInteger();
        troubled.trouble = (method, _) -> {
            if (method.equals("readOrigin")) {
                chunks.incrementAndGet();
            }
            return Optional.empty();
        };
        whenReadable = receiver::close;
        receiver.catchUp();
        assertThat(readable).containsExactly(study);
        assertThat(chunks).hasValue(1);
    }

    /** A wrong recipient.key was in place, and the right one comes back. */
    @Test
    void grantsToAnotherKeyPair_areGoneThroughAgainOnceThatIsBack() throws IOException {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        keys.close();
        keysFrom("here", RecipientKeyPair.generate());
        receiver.catchUp();
        receiver.close();
        keys.close();
        keysFrom("here");
        receiver.catchUp();
        assertOpen(study);
    }

    /** What it passed as of a newer program may be in the log. */
    @Test
    void newerProgram_goesThroughAllAgain() throws IOException {
        StreamId study = north.study();
        handOver();
        grant(index(study));
        receiver.catchUp();
        receiver.close();
        Path file = temp.resolve("granted").resolve(NORTH.toString());
        String whole = Files.readString(file);
        assertThat(whole).endsWith(recipient.id() + " 1\n");
        Files.writeString(file, whole.replace(" 1\n", " 0\n"));
        keys.close();
        keysFrom("here");
        receiver.catchUp();
        assertThat(receiver.adopted()).isEqualTo(1);
    }

    private HandedKeys handed(List<KeyRef> uses, Key... made) {
        return new HandedKeys(uses, new KeyEnvelope(NORTH, HERE, uses).seal(List.of(made), recipient));
    }

    /** Each new one would mean to read the whole log again, and to keep one key more. */
    @Test
    void anotherStreamOfGrantsThanBefore_isRefusedAlsoAfterARestart() throws IOException {
        StreamId study = north.study();
        KeyRef other = new KeyRef(KeyClass.GRANT, north.stream("grant"));
        handOver();
        receiver.close();
        keys.close();
        keysFrom("here");
        HandedKeys second = handed(
                List.of(other, pixel(study)), new Key(new byte[Key.LENGTH_BYTES]), north.keys.obtain(pixel(study)));
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> receiver.take(NORTH, second, Optional.of(study)));
        assertThat(keys.find(other)).isEmpty();
        assertThat(keys.size()).isEqualTo(1);
    }

    @Test
    void twoKeysOfGrantsAtOnce_areRefused() {
        HandedKeys handed = north.handed(HERE, recipient, new KeyRef(KeyClass.GRANT, north.stream("grant")));
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> receiver.take(NORTH, handed, Optional.empty()));
        assertThat(keys.size()).isZero();
    }

    /** An origin whose keystore was lost makes another one; its pixel keys are as good as before. */
    @Test
    void keyOfGrantsThatContradictsTheOneHere_isToldOnceAndKeepsNoPixelKeyBack() {
        StreamId study = north.study();
        handOver();
        KeyRef grants = new KeyRef(KeyClass.GRANT, north.grants);
        Key before = keys.find(grants).orElseThrow();
        Key other = new Key(new byte[Key.LENGTH_BYTES]);
        HandedKeys handed = handed(List.of(grants, pixel(study)), other, north.keys.obtain(pixel(study)));
        receiver.take(NORTH, handed, Optional.of(study));
        receiver.take(NORTH, handed, Optional.of(study));
        assertThat(keys.find(pixel(study))).isPresent();
        assertThat(keys.find(grants).orElseThrow().id()).isEqualTo(before.id());
        assertThat(refusals.count()).isEqualTo(1);
        assertRefused(
                ArchiveError.PEER_MISBEHAVED,
                () -> receiver.take(NORTH, handed(List.of(grants), other), Optional.empty()));
    }
}
