package org.archipelago.federation.proof;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.checkpoint.SignedCheckpoint;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.merkle.InclusionProof;
import org.archipelago.federation.merkle.MerkleHash;
import org.archipelago.federation.note.SignedNote;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProofFileTest {
    private static final int RECORDS = 300;
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

    @TempDir
    Path directory;

    private TestLog log;
    private SiteIdentity identity;
    private SiteIdentity peer;
    private Checkpoints checkpoints;
    private Prover prover;

    @BeforeEach
    void create() throws IOException {
        log = TestLog.create(directory.resolve("log"));
        log.append(RECORDS);
        identity = SiteIdentity.create(directory.resolve("identity"), TestLog.SITE, new SecureRandom());
        peer = SiteIdentity.create(
                directory.resolve("peer"), SiteId.parse("11111111-2222-3333-4444-666666666666"), new SecureRandom());
        checkpoints = Checkpoints.open(directory.resolve("checkpoints"), log.log, identity, Duration.ofSeconds(1));
        prover = new Prover(log.log, identity, checkpoints);
    }

    @AfterEach
    void close() {
        checkpoints.close();
        log.close();
    }

    private ProofFile proof(long position) {
        return prover.prove(new OriginPosition(position));
    }

    private Proven check(byte[] file) {
        return ProofFile.parse(file).check(identity.fingerprint(), List.of(peer.cosignerKey()));
    }

    @Test
    void everyRecord_isProvedByItsFileAndTheFingerprint() {
        for (int position : List.of(0, 1, 255, 256, RECORDS - 1)) {
            byte[] file = proof(position).toBytes();
            Proven proven = check(file);
            assertThat(proven.record())
                    .isEqualTo(log.recordAt(position).orElseThrow().header());
            assertThat(proven.position()).isEqualTo(new OriginPosition(position));
            assertThat(proven.checkpoint().size()).isEqualTo(RECORDS);
            assertThat(proven.cosigned()).isEmpty();
            assertThat(ProofFile.parse(file)).isEqualTo(proof(position));
        }
    }

    @Test
    void youngerRecordThanTheLastCheckpoint_isProvedUnderANewOne() {
        checkpoints.advance();
        log.append(1);
        assertThat(check(proof(RECORDS).toBytes()).checkpoint().size()).isEqualTo(RECORDS + 1);
    }

    @Test
    void recordThatIsNotThere_isNotProved() {
        assertRefused(ArchiveError.NOT_FOUND, () -> proof(RECORDS));
    }

    @Test
    void file_isATlogProof() {
        List<String> lines =
                new String(proof(7).toBytes(), StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.get(0)).isEqualTo("c2sp.org/tlog-proof@v1");
        assertThat(lines.get(1)).startsWith("extra ");
        assertThat(lines.get(2)).isEqualTo("index 7");
        assertThat(lines.subList(3, 12)).allMatch(line -> line.length() == 44); // nine levels
        assertThat(lines.subList(12, 15)).containsExactly("", "archipelago/" + TestLog.SITE, "" + RECORDS);
    }

    @Test
    void everyChangedByte_provesNothing() {
        byte[] file = proof(7).toBytes();
        for (int at = 0; at < file.length; at++) {
            byte[] changed = file.clone();
            changed[at] ^= 1;
            assertThatThrownBy(() -> check(changed)).as("byte %d", at).isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void everyCutFile_provesNothing() {
        byte[] file = proof(7).toBytes();
        for (int length = 0; length < file.length; length++) {
            byte[] cut = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> check(cut)).as("cut at %d", length).isInstanceOf(ArchiveException.class);
        }
    }

    @Test
    void otherFingerprintThanTheTrustedOne_provesNothing() {
        ProofFile proof = proof(7);
        assertRefused(ArchiveError.NOT_VERIFIED, () -> proof.check(peer.fingerprint(), List.of()));
    }

    /** A key that is not trusted, with everything else in order, and the name of a site that is. */
    @Test
    void forgeryUnderAKeyOfItsOwn_provesNothing() throws IOException {
        SiteIdentity forger = SiteIdentity.create(directory.resolve("forger"), TestLog.SITE, new SecureRandom());
        try (Checkpoints forged =
                Checkpoints.open(directory.resolve("forged"), log.log, forger, Duration.ofSeconds(1))) {
            ProofFile proof = new Prover(log.log, forger, forged).prove(new OriginPosition(7));
            assertThat(proof.check(forger.fingerprint(), List.of()).position()).isEqualTo(new OriginPosition(7));
            assertRefused(ArchiveError.NOT_VERIFIED, () -> proof.check(identity.fingerprint(), List.of()));
        }
    }

    @Test
    void recordOfAnotherOrigin_provesNothing() {
        byte[] header = log.recordAt(0).orElseThrow().headerBytes();
        Checkpoint alone = new Checkpoint(peer.verifierKey().name(), 1, MerkleHash.leaf(header));
        SignedNote note = new SignedNote(alone.text(), List.of(peer.signer().sign(alone.text())));
        ProofFile proof = new ProofFile(peer.verifierKey().key(), header, new InclusionProof(0, 1, List.of()), note);
        assertRefused(ArchiveError.NOT_VERIFIED, () -> proof.check(peer.fingerprint(), List.of()));
    }

    @Test
    void leafThatIsNoHeader_provesNothing() {
        byte[] nothing = {1, 2, 3};
        Checkpoint alone = new Checkpoint(identity.verifierKey().name(), 1, MerkleHash.leaf(nothing));
        SignedNote note = new SignedNote(alone.text(), List.of(identity.signer().sign(alone.text())));
        ProofFile proof =
                new ProofFile(identity.verifierKey().key(), nothing, new InclusionProof(0, 1, List.of()), note);
        assertRefused(ArchiveError.CORRUPT, () -> proof.check(identity.fingerprint(), List.of()));
    }

    @Test
    void cosignature_isShown() {
        ProofFile proof = proof(7);
        SignedCheckpoint cosigned = SignedCheckpoint.verify(proof.checkpoint(), identity.verifierKey())
                .cosign(peer.signer(), NOON);
        ProofFile witnessed = new ProofFile(proof.key(), proof.header(), proof.inclusion(), cosigned.note());
        assertThat(check(witnessed.toBytes()).cosigned())
                .containsExactly(new Proven.Cosigned(peer.cosignerKey(), NOON));
    }

    @Test
    void fileBeyondItsBound_isRefused() {
        assertRefused(ArchiveError.REQUEST_TOO_LARGE, () -> ProofFile.parse(new byte[ProofFile.MAX_LENGTH_BYTES + 1]));
    }
}
