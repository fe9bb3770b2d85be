package org.archipelago.federation.link;

import static org.archipelago.federation.Refusals.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.Digest;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.federation.SealedKeys;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.contract.log.OriginPosition;
import org.archipelago.contract.log.StreamId;
import org.archipelago.federation.ed25519.Ed25519KeyPair;
import org.archipelago.federation.merkle.ConsistencyProof;
import org.archipelago.federation.note.NoteSigner;
import org.archipelago.federation.note.SignedNote;
import org.junit.jupiter.api.Test;

class LinkCodecTest {
    private static final SiteId ORIGIN = new SiteId(new UUID(1, 2));

    private final SignedNote note = note("text\n");
    private final RecordBatch batch = new RecordBatch(
            new OriginPosition(7),
            List.of(
                    LinkRecord.whole(new byte[] {1, 2}, new byte[] {3}),
                    LinkRecord.withheld(new byte[] {4}),
                    LinkRecord.whole(new byte[] {5}, new byte[0])),
            Optional.of(note));
    private final ConsistencyProof proof =
            new ConsistencyProof(3, 7, List.of(Digest.sha256(), Digest.sha256(new byte[1])));
    private final List<OriginHead> heads =
            List.of(new OriginHead(ORIGIN, note), new OriginHead(new SiteId(new UUID(3, 4)), note("more\n")));

    private final HandedKeys keys = new HandedKeys(
            List.of(
                    new KeyRef(KeyClass.GRANT, new StreamId(ORIGIN + "/grant/ab")),
                    new KeyRef(KeyClass.PIXEL, new StreamId(ORIGIN + "/study/cd"))),
            new SealedKeys(new byte[] {1, 2, 3}));
    private final ReturnedKeys returned = new ReturnedKeys(new OriginPosition(7), keys.keys(), keys.sealed());

    private static SignedNote note(String text) {
        NoteSigner signer = new NoteSigner("name", Ed25519KeyPair.generate(new SecureRandom()));
        return new SignedNote(text, List.of(signer.sign(text)));
    }

    @Test
    void answers_areReadAsTheyWereWritten() {
        assertThat(LinkCodec.batch(LinkCodec.batch(batch))).isEqualTo(batch);
        RecordBatch nothing = new RecordBatch(new OriginPosition(0), List.of(), Optional.empty());
        assertThat(LinkCodec.batch(LinkCodec.batch(nothing))).isEqualTo(nothing);
        assertThat(LinkCodec.consistency(LinkCodec.consistency(proof))).isEqualTo(proof);
        assertThat(LinkCodec.heads(LinkCodec.heads(heads))).isEqualTo(heads);
        assertThat(LinkCodec.heads(LinkCodec.heads(List.of()))).isEmpty();
        assertThat(LinkCodec.keys(LinkCodec.keys(keys))).isEqualTo(keys);
        assertThat(LinkCodec.returned(LinkCodec.returned(returned))).isEqualTo(returned);
    }

    @Test
    void answerThatIsCutOrHasMore_isRefused() {
        cutAndLengthened(LinkCodec.batch(batch), LinkCodec::batch);
        cutAndLengthened(LinkCodec.consistency(proof), LinkCodec::consistency);
        cutAndLengthened(LinkCodec.heads(heads), LinkCodec::heads);
        cutAndLengthened(LinkCodec.keys(keys), LinkCodec::keys);
        cutAndLengthened(LinkCodec.returned(returned), LinkCodec::returned);
    }

    private static void cutAndLengthened(byte[] good, Function<byte[], ?> decode) {
        for (int length = 0; length < good.length; length++) {
            byte[] cut = Arrays.copyOf(good, length);
            assertRefused(ArchiveError.PEER_MISBEHAVED, () -> decode.apply(cut));
        }
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> decode.apply(Arrays.copyOf(good, good.length + 1)));
    }

    /** Nothing is made for what is not there: else a few bytes would take the heap. */
    @Test
    void numberThatIsTooLarge_isRefused() {
        int afterNote = Long.BYTES + Integer.BYTES + note.toBytes().length;
        for (int number : new int[] {-1, -2, Integer.MAX_VALUE, Integer.MIN_VALUE, LinkBounds.MAX_BATCH_RECORDS + 1}) {
            refusedAt(LinkCodec.batch(batch), Long.BYTES, number, LinkCodec::batch);
            refusedAt(LinkCodec.batch(batch), afterNote, number, LinkCodec::batch);
            refusedAt(LinkCodec.consistency(proof), 2 * Long.BYTES, number, LinkCodec::consistency);
            refusedAt(LinkCodec.heads(heads), 0, number, LinkCodec::heads);
            refusedAt(LinkCodec.keys(keys), 0, number, LinkCodec::keys);
            refusedAt(LinkCodec.keys(keys), Integer.BYTES, number, LinkCodec::keys);
            refusedAt(LinkCodec.keys(keys), 2 * Integer.BYTES, number, LinkCodec::keys);
            refusedAt(LinkCodec.returned(returned), Long.BYTES, number, LinkCodec::returned);
            refusedAt(LinkCodec.heads(heads), Integer.BYTES + 16, number, LinkCodec::heads);
        }
        int bodyLength = afterNote + Integer.BYTES + Short.BYTES + 2;
        refusedAt(LinkCodec.batch(batch), bodyLength, -2, LinkCodec::batch);
        refusedAt(LinkCodec.batch(batch), bodyLength, Integer.MAX_VALUE, LinkCodec::batch);
    }

    private static void refusedAt(byte[] good, int place, int number, Function<byte[], ?> decode) {
        byte[] bad = good.clone();
        ByteBuffer.wrap(bad).putInt(place, number);
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> decode.apply(bad));
    }

    @Test
    void recordsWithoutACheckpoint_areRefused() {
        byte[] bytes = LinkCodec.batch(batch);
        int note = this.note.toBytes().length;
        ByteBuffer without = ByteBuffer.allocate(bytes.length - note)
                .put(bytes, 0, Long.BYTES)
                .putInt(0)
                .put(bytes, Long.BYTES + Integer.BYTES + note, bytes.length - Long.BYTES - Integer.BYTES - note);
        assertRefused(ArchiveError.PEER_MISBEHAVED, () -> LinkCodec.batch(without.array()));
    }
}
