package org.archipelago.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Changes of good inputs that parsers trip over: bits, lengths, cuts, repeats, pieces of another input, words. The same seed, the
 * same change. Not thread-safe.
 */
public final class Mutations {
    private static final int MOST_CHANGES = 8;
    private static final int MOST_REPEATED = 64;
    private static final byte[][] NUMBERS = {
        {0, 0, 0, 0},
        {-1, -1, -1, -1},
        {-1, -1, -1, 127},
        {127, -1, -1, -1},
        {0, 0, 0, -128},
        {-2, -1, -1, -1},
        {1, 0, 0, 0},
        {0, 1},
        {-1, -1},
        {0, 0}
    };
    private static final List<byte[]> WORDS = List.of(
            bytes("\\"),
            bytes("="),
            bytes("^"),
            bytes("*"),
            bytes("?"),
            bytes("-"),
            bytes("%00"),
            bytes("../"),
            bytes("\r\n"),
            bytes("--"),
            bytes("[["),
            bytes("{{"),
            bytes("]"),
            bytes("}"),
            bytes("\""),
            bytes(","),
            bytes("null"),
            bytes("1e9999"),
            bytes("\u001b$B"),
            bytes("ISO 2022 IR 87"),
            bytes("UN"),
            bytes("SQ"),
            bytes("OB"),
            bytes("US"),
            bytes("&"),
            bytes(";"));

    private final Random random;

    public Mutations(long seed) {
        this.random = new Random(seed * 0x9E3779B97F4A7C15L); // neighbouring seeds begin alike
    }

    /** @param corpus good inputs, not empty ones */
    public byte[] of(List<byte[]> corpus) {
        byte[] input = corpus.get(random.nextInt(corpus.size())).clone();
        for (int changes = 1 + random.nextInt(MOST_CHANGES); changes > 0 && input.length > 0; changes--) {
            input = changed(input, corpus);
        }
        return input;
    }

    private byte[] changed(byte[] input, List<byte[]> corpus) {
        int at = place(input.length);
        return switch (random.nextInt(10)) {
            case 0 -> with(input, at, (byte) (input[at] ^ 1 << random.nextInt(8)));
            case 1 -> with(input, at, (byte) random.nextInt());
            case 2 -> with(input, at, (byte) (input[at] + random.nextInt(9) - 4));
            case 3 -> over(input, at, NUMBERS[random.nextInt(NUMBERS.length)]);
            case 4 -> Arrays.copyOf(input, at);
            case 5 -> spliced(input, at, at + 1 + random.nextInt(16), new byte[0]);
            case 6 -> spliced(input, at, at, repeated(input, at));
            case 7 -> spliced(input, at, at, WORDS.get(random.nextInt(WORDS.size())));
            case 8 -> over(input, at, piece(corpus.get(random.nextInt(corpus.size()))));
            default -> spliced(input, at, at, piece(corpus.get(random.nextInt(corpus.size()))));
        };
    }

    /** Half of them near the start, where headers are. */
    private int place(int length) {
        return random.nextInt(random.nextBoolean() ? length : Math.min(length, 1 + random.nextInt(2000)));
    }

    private byte[] piece(byte[] other) {
        int from = place(other.length);
        return Arrays.copyOfRange(other, from, Math.min(other.length, from + 1 + random.nextInt(64)));
    }

    private byte[] repeated(byte[] input, int at) {
        byte[] piece = Arrays.copyOfRange(input, at, Math.min(input.length, at + 1 + random.nextInt(32)));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int times = 1 + random.nextInt(MOST_REPEATED); times > 0; times--) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    private static byte[] with(byte[] input, int at, byte value) {
        input[at] = value;
        return input;
    }

    private static byte[] over(byte[] input, int at, byte[] piece) {
        System.arraycopy(piece, 0, input, at, Math.min(piece.length, input.length - at));
        return input;
    }

    private static byte[] spliced(byte[] input, int from, int to, byte[] piece) {
        ByteArrayOutputStream all = new ByteArrayOutputStream(input.length + piece.length);
        all.write(input, 0, from);
        all.writeBytes(piece);
        int rest = Math.min(to, input.length);
        all.write(input, rest, input.length - rest);
        return all.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
