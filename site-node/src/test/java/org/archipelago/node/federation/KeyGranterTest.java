package org.archipelago.node.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.GrantEvent;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.hpke.RecipientKey;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyGranterTest {
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));
    private static final SiteId VALLEY = new SiteId(new UUID(3, 3));

    /** Some events for each member, and a rest. */
    private static final int BACKLOG = 2 * GrantEvent.MAX_KEYS + 10;

    @TempDir
    Path directory;

    private final RecipientKey harbor = RecipientKeyPair.generate().publicKey();
    private final RecipientKey valley = RecipientKeyPair.generate().publicKey();
    private OwnSite site;
    private KeyGranter granter;

    @BeforeEach
    void open() throws IOException {
        site = new OwnSite(directory);
        site.accept(HARBOR, harbor);
        granter = site.granter();
    }

    @AfterEach
    void close() {
        site.close();
    }

    /** As after a restart, with another keystore. */
    private void restart(String keys) throws IOException {
        site.keys.close();
        site.keysFrom(keys);
        granter = site.granter();
    }

    private void destroyKeyOf(StreamId study) {
        site.keys.destroy(List.of(site.log.streamHead(study).orElseThrow().key()));
    }

    private static void assertRefused(ArchiveError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ArchiveException.class,
                        refused -> assertThat(refused.error()).isEqualTo(error));
    }

    @Test
    void memberOfAnyTime_isGrantedEachKeyOnce() throws IOException {
        List<StreamId> studies = site.studies(BACKLOG);
        granter.grantNew();
        site.accept(VALLEY, valley);
        restart("keys");
        List<StreamId> later = site.studies(2);
        granter.grantNew();
        List<StreamId> all = Stream.concat(studies.stream(), later.stream()).toList();
        assertThat(site.grantedTo(HARBOR, harbor)).isEqualTo(all);
        assertThat(site.grantedTo(VALLEY, valley)).isEqualTo(all);
        assertThat(granter.withheld()).isEmpty();
    }

    @Test
    void pixelKeyWhoseReleaseCannotBeRecorded_isNotHandedOver() {
        StreamId study = site.studies(1).getFirst();
        site.beforeGrant = grant -> {
            throw new ArchiveException(ArchiveError.LOG_UNAVAILABLE, "grant to " + grant.peer());
        };
        assertRefused(ArchiveError.LOG_UNAVAILABLE, () -> granter.keys(HARBOR, Optional.of(study)));
        site.beforeGrant = _ -> {};
        assertThat(granter.keys(HARBOR, Optional.of(study)).keys()).contains(new KeyRef(KeyClass.PIXEL, study));
        assertThat(site.grantedTo(HARBOR, harbor)).containsExactly(study);
    }

    @Test
    void removedMember_isHandedNoKey() {
        StreamId study = site.studies(1).getFirst();
        site.remove(HARBOR);
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> granter.keys(HARBOR, Optional.empty()));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> granter.keys(HARBOR, Optional.of(study)));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> granter.releaseToHolder(study, HARBOR));
        assertThat(site.granted).isEmpty();
    }

    @Test
    void keyOfAStudyThatIsHeld_isReleasedOnlyWhereHoldersAreToOpenIt() {
        StreamId study = site.studies(1).getFirst();
        KeyGranter closed = site.granter(new KeyGranter.Policy(true, true, false));
        assertRefused(ArchiveError.NOT_AUTHORIZED, () -> closed.releaseToHolder(study, HARBOR));
        assertThat(site.granted).isEmpty();
        site.granter(new KeyGranter.Policy(true, false, true)).releaseToHolder(study, HARBOR);
        assertThat(site.grantedTo(HARBOR, harbor)).containsExactly(study);
    }

    /** A batch that is written is in the index a moment before it can be read. */
    @Test
    void recordThatIsAboutToCome_isNotTakenForADamagedOne() {
        List<StreamId> studies = site.studies(1);
        site.troubled.trouble = (method, _) -> method.equals("readOrigin") ? Optional.of(List.of()) : Optional.empty();
        granter.grantNew();
        site.troubled.trouble = (_, _) -> Optional.empty();
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).isEqualTo(studies);
    }

    /** During one run: what it was not granted while it was no member comes later. */
    @Test
    void memberThatIsRemovedAndAcceptedAgain_missesNothing() throws IOException {
        site.accept(VALLEY, valley);
        List<StreamId> studies = site.studies(BACKLOG);
        AtomicInteger grants = new AtomicInteger();
        site.beforeGrant = grant -> {
            if (grant.peer().equals(VALLEY)) {
                switch (grants.incrementAndGet()) {
                    case 1 -> site.remove(HARBOR);
                    case 3 -> acceptHarbor(harbor);
                    default -> {}
                }
            }
        };
        granter.grantNew();
        List<StreamId> later = site.studies(1);
        granter.grantNew();
        assertThat(grants.get()).isGreaterThan(2);
        assertThat(site.grantedTo(HARBOR, harbor))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(studies.stream(), later.stream()).toList());
    }

    private void acceptHarbor(RecipientKey recipient) {
        try {
            site.accept(HARBOR, recipient);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void newKeyPairOfAMember_isSealedToFromTheNextEventOn() {
        RecipientKey next = RecipientKeyPair.generate().publicKey();
        List<StreamId> studies = site.studies(BACKLOG);
        site.beforeGrant = grant -> {
            if (site.granted.isEmpty()) {
                acceptHarbor(next);
            }
        };
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).hasSize(GrantEvent.MAX_KEYS);
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).hasSize(GrantEvent.MAX_KEYS);
        assertThat(site.grantedTo(HARBOR, next)).isEqualTo(studies);
    }

    @Test
    void memberThatIsRemovedInARun_isGrantedNothingMore() {
        site.studies(BACKLOG);
        site.beforeGrant = _ -> site.remove(HARBOR);
        granter.grantNew();
        site.studies(1);
        granter.grantNew();
        assertThat(site.granted).hasSize(1);
    }

    @Test
    void failureOfOneMember_stopsNoOtherAndIsTriedAgain() throws IOException {
        site.accept(VALLEY, valley);
        List<StreamId> studies = site.studies(BACKLOG);
        AtomicInteger failures = new AtomicInteger();
        site.beforeGrant = grant -> {
            if (grant.peer().equals(HARBOR) && failures.getAndIncrement() == 0) {
                throw new ArchiveException(ArchiveError.OVERLOADED, "log");
            }
        };
        granter.grantNew();
        assertThat(site.grantedTo(VALLEY, valley)).isEqualTo(studies);
        assertThat(site.grantedTo(HARBOR, harbor)).isEmpty();
        assertThat(granter.withheld()).containsExactly(HARBOR);
        await().untilAsserted(() -> {
            granter.grantNew();
            assertThat(site.grantedTo(HARBOR, harbor)).isEqualTo(studies);
        });
        assertThat(granter.withheld()).isEmpty();
    }

    @Test
    void memberWhoseLastGrantIsDamaged_stopsNoOther() throws IOException {
        site.accept(VALLEY, valley);
        site.studies(1);
        granter.grantNew();
        restart("keys");
        List<StreamId> studies = site.studies(1);
        site.troubled.trouble = (method, arguments) -> {
            if (method.equals("readStream") && arguments.getFirst().equals(site.names.grants(HARBOR))) {
                throw new ArchiveException(ArchiveError.CORRUPT, "record");
            }
            return Optional.empty();
        };
        granter.grantNew();
        assertThat(site.grantedTo(VALLEY, valley)).endsWith(studies.getFirst()).hasSize(2);
        assertThat(granter.withheld()).containsExactly(HARBOR);
    }

    @Test
    void erasedKey_isPassed() {
        List<StreamId> studies = site.studies(3);
        destroyKeyOf(studies.get(1));
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).containsExactly(studies.get(0), studies.get(2));
        assertThat(granter.withheld()).isEmpty();
    }

    /** It comes back with a backup of the keys. */
    @Test
    void missingKey_isWaitedFor() throws IOException {
        List<StreamId> first = site.studies(1);
        granter.keys(HARBOR, Optional.empty());
        site.backUpKeys("older");
        List<StreamId> second = site.studies(2);
        restart("older");
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).isEqualTo(first);
        assertThat(granter.withheld()).containsExactly(HARBOR);
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).isEqualTo(first);
        restart("keys");
        granter.grantNew();
        assertThat(site.grantedTo(HARBOR, harbor)).containsExactly(first.getFirst(), second.get(0), second.get(1));
    }

    @Test
    void keyOfGrantsThatIsMissing_isNotMadeAnew() throws IOException {
        StreamId study = site.studies(1).getFirst();
        site.backUpKeys("older");
        granter.grantNew();
        KeyRef grants = new KeyRef(KeyClass.GRANT, site.names.grants(HARBOR));
        assertThat(granter.keys(HARBOR, Optional.empty()).keys()).containsExactly(grants);
        restart("older");
        assertRefused(ArchiveError.CORRUPT, () -> granter.keys(HARBOR, Optional.empty()));
        assertRefused(ArchiveError.CORRUPT, () -> granter.keys(HARBOR, Optional.of(study)));
        assertThat(site.keys.find(grants)).isEmpty();
    }
}
