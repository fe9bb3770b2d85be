package org.archipelago.node.federation.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.federation.link.LinkCodec;
import org.junit.jupiter.api.Test;

class BatchCompressionTest {
    @Test
    void batch_isTheSameAfterwards() {
        byte[] largest = new byte[LinkCodec.MAX_BATCH_ENCODED_BYTES];
        new Random(1).nextBytes(largest);
        for (byte[] batch : List.of(new byte[] {1}, new byte[100_000], largest)) {
            byte[] compressed = BatchCompression.compress(batch);
            assertThat(compressed.length).isLessThanOrEqualTo(BatchCompression.MAX_COMPRESSED_BYTES);
            assertThat(BatchCompression.decompress(compressed)).isEqualTo(batch);
        }
    }

    @Test
    void bombAndWhatIsNoFrame_areRefused() throws IOException {
        byte[] good = BatchCompression.compress(new byte[100_000]);
        byte[] altered = good.clone();
        altered[altered.length - 1] ^= 1;
        ByteArrayOutputStream withoutLength = new ByteArrayOutputStream();
        try (ZstdOutputStream out = new ZstdOutputStream(withoutLength)) {
            out.write(new byte[100_000]);
        }
        for (byte[] bad : List.of(
                Zstd.compress(new byte[LinkCodec.MAX_BATCH_ENCODED_BYTES + 1]),
                withoutLength.toByteArray(),
                Arrays.copyOf(good, good.length - 1),
                altered,
                new byte[0],
                new byte[] {1, 2, 3})) {
            assertThatThrownBy(() -> BatchCompression.decompress(bad))
                    .isInstanceOfSatisfying(
                            ArchiveException.class,
                            refused -> assertThat(refused.error()).isEqualTo(ArchiveError.PEER_MISBEHAVED));
        }
    }
}
