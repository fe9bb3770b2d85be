package org.archipelago.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DamagedFileTest {
    private static final int BLOCK = DamagedFile.BLOCK_BYTES;

    private final byte[] bytes = new byte[3 * (1 << 20) + 777];
    private final List<String> reports = new ArrayList<>();

    /** A disk that gives what stands before a bad block, or refuses the whole of a read that touches one. */
    private byte[] copy(Set<Integer> badBlocks, boolean readsUpToThem) throws IOException {
        ByteArrayOutputStream copy = new ByteArrayOutputStream();
        DamagedFile.Source source = (target, position) -> {
            int end = (int) Math.min(bytes.length, position + target.remaining());
            for (int block : badBlocks.stream().sorted().toList()) {
                int start = block * BLOCK;
                if (start < end && start + BLOCK > position) {
                    if (start <= position || !readsUpToThem) {
                        throw new IOException("Input/output error");
                    }
                    end = start;
                }
            }
            if (position >= bytes.length) {
                return -1;
            }
            target.put(ByteBuffer.wrap(bytes, (int) position, end - (int) position));
            return end - (int) position;
        };
        DamagedFile.copy(source, bytes.length, copy, reports::add);
        return copy.toByteArray();
    }

    @Test
    void blocksThatCannotBeRead_areZerosAndAllBehindThemIsCopied() throws IOException {
        new Random(1).nextBytes(bytes);
        int last = bytes.length / BLOCK;
        byte[] expected = bytes.clone();
        for (int block : new int[] {0, 5, 6, 300, last}) {
            Arrays.fill(expected, block * BLOCK, Math.min(expected.length, (block + 1) * BLOCK), (byte) 0);
        }
        for (boolean readsUpToThem : new boolean[] {true, false}) {
            reports.clear();
            assertThat(copy(Set.of(0, 5, 6, 300, last), readsUpToThem)).isEqualTo(expected);
            assertThat(reports)
                    .containsExactly("cannot be read whole, Input/output error: " + (4 * BLOCK + 777)
                            + " bytes are zeros in the copy, the first at byte 0");
        }
    }

    @Test
    void soundFile_isCopiedAndNothingIsSaid() throws IOException {
        new Random(2).nextBytes(bytes);
        assertThat(copy(Set.of(), true)).isEqualTo(bytes);
        assertThat(reports).isEmpty();
    }
}
