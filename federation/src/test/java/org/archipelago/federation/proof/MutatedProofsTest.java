package org.archipelago.federation.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.federation.TestLog;
import org.archipelago.federation.checkpoint.Checkpoint;
import org.archipelago.federation.checkpoint.Checkpoints;
import org.archipelago.federation.identity.SiteIdentity;
import org.archipelago.federation.note.SignedNote;
import org.archipelago.federation.note.VerifierKey;
import org.archipelago.testing.Mutations;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever becomes of what a peer sends: it is refused as an archive refuses, or it has one form only and says what it said. */
class MutatedProofsTest {
    private static final int ROUNDS = 20_000;

    @TempDir
    Path directory;

    private final long firstSeed = Long.getLong("archipelago.seed", System.nanoTime());
    private SiteIdentity identity;
    private ProofFile proof;

    @BeforeEach
    void prove() throws IOException {
        identity = SiteIdentity.create(directory.resolve("identity"), TestLog.SITE, new SecureRandom());
        try (TestLog log = TestLog.create(directory.resolve("log"));
                Checkpoints checkpoints =
                        Checkpoints.open(directory.resolve("checkpoints"), log.log, identity, Duration.ofHours(1))) {
            log.append(20);
            proof = new Prover(log.log, identity, checkpoints).prove(new OriginPosition(7));
        }
    }

    /** @return how many were taken */
    private int mutated(byte[] good, Taken taken) {
        int count = 0;
        for (long seed = firstSeed; seed < firstSeed + ROUNDS; seed++) {
            byte[] bytes = new Mutations(seed).of(List.of(good));
            try {
                assertThat(taken.again(bytes)).as("seed %d", seed).isEqualTo(bytes);
                count++;
            } catch (ArchiveException _) {
                // refused, as it may be
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        return count;
    }

    /** Reads, and writes again. */
    private interface Taken {
        byte[] again(byte[] bytes);
    }

    @Test
    void notes_haveOneForm() {
        SignedNote note = proof.checkpoint()
                .with(identity.signer().cosign(proof.checkpoint().text(), Instant.EPOCH));
        assertThat(mutated(note.toBytes(), bytes -> SignedNote.parse(bytes).toBytes()))
                .isPositive();
    }

    @Test
    void checkpoints_haveOneForm() {
        byte[] text = proof.checkpoint().text().getBytes(StandardCharsets.UTF_8);
        assertThat(mutated(text, bytes -> {
                    String mutated = new String(bytes, StandardCharsets.ISO_8859_1);
                    return Checkpoint.parse(mutated).text().getBytes(StandardCharsets.ISO_8859_1);
                }))
                .isPositive();
    }

    @Test
    void verifierKeys_haveOneForm() {
        byte[] text = identity.verifierKey().toString().getBytes(StandardCharsets.US_ASCII);
        mutated(text, bytes -> {
            String mutated = new String(bytes, StandardCharsets.ISO_8859_1);
            return VerifierKey.parse(mutated).toString().getBytes(StandardCharsets.ISO_8859_1);
        });
    }

    @Test
    void proofs_haveOneFormAndProveNothingElse() {
        byte[] good = proof.toBytes();
        mutated(good, bytes -> {
            ProofFile read = ProofFile.parse(bytes);
            read.check(identity.fingerprint(), List.of());
            assertThat(read).isEqualTo(proof);
            return read.toBytes();
        });
    }
}
