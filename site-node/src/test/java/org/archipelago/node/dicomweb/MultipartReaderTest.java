package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.archipelago.contract.ArchiveException;
import org.junit.jupiter.api.Test;

class MultipartReaderTest {
    private static final MultipartLimits LIMITS = new MultipartLimits(100, 1000, 10_000_000);
    private static final int ROUNDS = 3_000;

    private static List<byte[]> read(InputStream in, String boundary) throws IOException {
        MultipartReader reader = new MultipartReader(in, boundary, LIMITS);
        List<byte[]> parts = new ArrayList<>();
        while (reader.next()) {
            parts.add(reader.body().readAllBytes());
        }
        return parts;
    }

    /** Gives what it has in pieces of random size, so that delimiters fall across reads. */
    private static InputStream inPieces(byte[] bytes, Random random) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, 1 + random.nextInt(40)));
            }
        };
    }

    @Test
    void randomParts_comeBackWhateverTheReads() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            List<byte[]> parts = new ArrayList<>();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            MultipartWriter writer = new MultipartWriter(body, "b");
            for (int i = random.nextInt(4); i >= 0; i--) {
                byte[] part = tricky(random);
                parts.add(part);
                writer.part("application/dicom", "x");
                body.writeBytes(part);
            }
            writer.end();
            assertThat(read(inPieces(body.toByteArray(), random), "b"))
                    .as("seed %d round %d", seed, round)
                    .usingElementComparator(java.util.Arrays::compare)
                    .containsExactlyElementsOf(parts);
        }
    }

    /** Bytes that nearly make a delimiter again and again. */
    private static byte[] tricky(Random random) {
        String alphabet = "\r\n--a";
        byte[] part = new byte[random.nextInt(300)];
        for (int i = 0; i < part.length; i++) {
            part[i] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
        }
        return part;
    }

    @Test
    void damagedBodies_failOrParseButNeverHangOrOverrun() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole = Multiparts.of("one".getBytes(StandardCharsets.US_ASCII), new byte[500]);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = whole.clone();
            for (int i = 0; i < 1 + random.nextInt(5); i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            byte[] cut = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
            try {
                int total = read(inPieces(cut, random), Multiparts.BOUNDARY).stream()
                        .mapToInt(part -> part.length)
                        .sum();
                assertThat(total).as("seed %d round %d", seed, round).isLessThanOrEqualTo(cut.length);
            } catch (MalformedMultipartException | ArchiveException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void everyCut_isRefusedRatherThanTakenForWhole() {
        byte[] content = "0123456789".getBytes(StandardCharsets.US_ASCII);
        byte[] whole = Multiparts.of(content);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            List<byte[]> taken = new ArrayList<>();
            assertThatThrownBy(() -> {
                        MultipartReader reader =
                                new MultipartReader(new ByteArrayInputStream(cut), Multiparts.BOUNDARY, LIMITS);
                        while (reader.next()) {
                            taken.add(reader.body().readAllBytes());
                        }
                    })
                    .as("cut at %d", length)
                    .isInstanceOf(MalformedMultipartException.class);
            assertThat(taken)
                    .as("cut at %d", length)
                    .allSatisfy(body -> assertThat(body).isEqualTo(content));
        }
    }

    @Test
    void largePart_passesThroughUnchanged() throws IOException {
        byte[] large = new byte[3_000_000];
        new Random(1).nextBytes(large);
        List<byte[]> parts = read(new ByteArrayInputStream(Multiparts.of(large, new byte[0])), Multiparts.BOUNDARY);
        assertThat(parts).hasSize(2);
        assertThat(parts.getFirst()).isEqualTo(large);
    }

    @Test
    void preambleAndPadding_areLeftOut() throws IOException {
        String body = "preamble\r\n--b  \r\nContent-Type: application/dicom\r\n\r\nx\r\n--b--\r\nepilogue";
        assertThat(read(new ByteArrayInputStream(body.getBytes(StandardCharsets.US_ASCII)), "b"))
                .containsExactly(new byte[] {'x'});
    }

    @Test
    void skippedPart_isPassed() throws IOException {
        MultipartReader reader = new MultipartReader(
                new ByteArrayInputStream(Multiparts.of(new byte[200_000], new byte[] {7})),
                Multiparts.BOUNDARY,
                LIMITS);
        assertThat(reader.next()).isTrue();
        assertThat(reader.next()).isTrue();
        assertThat(reader.body().readAllBytes()).containsExactly(7);
        assertThat(reader.next()).isFalse();
        assertThat(reader.next()).isFalse();
    }
}
