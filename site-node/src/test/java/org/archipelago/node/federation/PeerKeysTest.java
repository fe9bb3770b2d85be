package org.archipelago.node.federation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.grant.KeyReceiver;
import org.archipelago.federation.hpke.RecipientKeyPair;
import org.archipelago.federation.link.HandedKeys;
import org.archipelago.federation.link.OriginHead;
import org.archipelago.federation.link.PeerLink;
import org.archipelago.federation.link.RecordBatch;
import org.archipelago.federation.link.ReturnedKeys;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.replica.RefusalJournal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerKeysTest {
    private static final SiteId HARBOR = new SiteId(new UUID(2, 2));

    @TempDir
    Path directory;

    /** Hands over what does not open. */
    private static final class LyingLink implements PeerLink {
        final AtomicInteger asked = new AtomicInteger();

        @Override
        public SiteId peer() {
            return HARBOR;
        }

        @Override
        public HandedKeys keys(Optional<StreamId> study) {
            asked.incrementAndGet();
            return new HandedKeys(
                    List.of(new KeyRef(KeyClass.GRANT, new StreamId(HARBOR + "/grant/ab"))),
                    new SealedKeys(new byte[80]));
        }

        @Override
        public ReturnedKeys returned(OriginPosition from, OriginPosition through) {
            throw new AssertionError("nobody asks for own keys");
        }

        @Override
        public List<OriginHead> heads() {
            return List.of();
        }

        @Override
        public Optional<SignedNote> checkpoint(SiteId origin) {
            return Optional.empty();
        }

        @Override
        public RecordBatch records(SiteId origin, OriginPosition from, int maxBytes, Duration wait) {
            throw new AssertionError("nobody asks for records");
        }

        @Override
        public ConsistencyProof consistency(SiteId origin, long first, long second) {
            throw new AssertionError("nobody asks for proofs");
        }

        @Override
        public void close() {}
    }

    /** Each lie is kept, and would push out the evidence of others. */
    @Test
    void memberThatLied_isNotAskedAgainAtOnce() throws IOException {
        RecipientKeyPair own = RecipientKeyPair.generate();
        LyingLink link = new LyingLink();
        RefusalJournal refusals = new RefusalJournal(directory.resolve("refusals"), Clock.systemUTC());
        try (OwnSite site = new OwnSite(directory)) {
            site.accept(HARBOR, own.publicKey());
            KeyReceiver receiver = new KeyReceiver(
                    site.log,
                    site.sealing,
                    site.keys,
                    own,
                    directory.resolve("granted"),
                    () -> List.of(HARBOR),
                    refusals,
                    _ -> {});
            try (PeerKeys keys = new PeerKeys(site.log, site.peers, _ -> Optional.of(link), receiver)) {
                keys.start();
                await().until(() -> link.asked.get() == 1);
                await().during(Duration.ofSeconds(3))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> link.asked.get() == 1);
            }
            assertThat(refusals.count()).isEqualTo(1);
        }
    }
}
