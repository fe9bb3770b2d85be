package org.archipelago.blobstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.archipelago.contract.BlobId;
import org.archipelago.contract.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredDigestTest {
    private static final int BLOCK = 65_536;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 65_552, 200_000})
    void id_isShaOfChecksumAndEndOfEachBlock(int length) {
        byte[] bytes = bytes(length);
        ByteArrayOutputStream entries = new ByteArrayOutputStream();
        for (int from = 0; from < length; from += BLOCK) {
            byte[] block = Arrays.copyOfRange(bytes, from, Math.min(length, from + BLOCK));
            CRC32C crc = new CRC32C();
            crc.update(block);
            entries.writeBytes(
                    ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
            byte[] end = new byte[16];
            int known = Math.min(16, block.length);
            System.arraycopy(block, block.length - known, end, 16 - known, known);
            entries.writeBytes(end);
        }
        assertThat(id(bytes, length)).isEqualTo(new BlobId(Digest.sha256(entries.toByteArray())));
    }

    @Test
    void pieces_makeNoDifference() {
        byte[] bytes = bytes(150_000);
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            StoredDigest digest = new StoredDigest();
            int at = 0;
            while (at < bytes.length) {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(round % 2 == 0 ? 40 : 90_000));
                digest.update(ByteBuffer.wrap(bytes, at, length));
                at += length;
            }
            assertThat(digest.id()).isEqualTo(id(bytes, bytes.length));
        }
    }

    @Test
    void everyFlippedBit_changesIt() {
        byte[] bytes = bytes(70_000);
        BlobId id = id(bytes, bytes.length);
        for (int at = 0; at < bytes.length; at += 131) {
            for (int bit = 0; bit < 8; bit++) {
                bytes[at] ^= (byte) (1 << bit);
                assertThat(id(bytes, bytes.length)).isNotEqualTo(id);
                bytes[at] ^= (byte) (1 << bit);
            }
        }
    }

    @Test
    void missingOrSurplusBytes_changeIt() {
        byte[] bytes = bytes(140_000);
        BlobId id = id(bytes, 131_072);
        for (int length : new int[] {131_071, 131_073, 131_056, 131_088, 65_536}) {
            assertThat(id(bytes, length)).isNotEqualTo(id);
        }
    }

    private static BlobId id(byte[] bytes, int length) {
        StoredDigest digest = new StoredDigest();
        digest.update(ByteBuffer.wrap(bytes, 0, length));
        return digest.id();
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
