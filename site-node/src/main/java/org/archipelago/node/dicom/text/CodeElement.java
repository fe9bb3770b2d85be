package org.archipelago.node.dicom.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The coded character sets that text can switch between (PS3.3 Tables C.12-2 to C.12-4): each is designated as G0 (bytes
 * 21H to 7EH) or G1 (A1H to FEH) by an escape sequence.
 */
enum CodeElement {
    ASCII("(B", 0, 1, StandardCharsets.US_ASCII, Shape.PLAIN),
    LATIN1("-A", 1, 1, StandardCharsets.ISO_8859_1, Shape.PLAIN),
    LATIN2("-B", 1, 1, Charset.forName("ISO-8859-2"), Shape.PLAIN),
    LATIN3("-C", 1, 1, Charset.forName("ISO-8859-3"), Shape.PLAIN),
    LATIN4("-D", 1, 1, Charset.forName("ISO-8859-4"), Shape.PLAIN),
    GREEK("-F", 1, 1, Charset.forName("ISO-8859-7"), Shape.PLAIN),
    ARABIC("-G", 1, 1, Charset.forName("ISO-8859-6"), Shape.PLAIN),
    HEBREW("-H", 1, 1, Charset.forName("ISO-8859-8"), Shape.PLAIN),
    CYRILLIC("-L", 1, 1, Charset.forName("ISO-8859-5"), Shape.PLAIN),
    LATIN5("-M", 1, 1, Charset.forName("ISO-8859-9"), Shape.PLAIN),
    LATIN9("-b", 1, 1, Charset.forName("ISO-8859-15"), Shape.PLAIN),
    THAI("-T", 1, 1, Charset.forName("TIS-620"), Shape.PLAIN),
    KATAKANA(")I", 1, 1, StandardCharsets.ISO_8859_1, Shape.KATAKANA),
    // Its 5CH and 7EH are yen and overline; 5CH must stay the value delimiter, so both are read as in ASCII.
    ROMAJI("(J", 0, 1, StandardCharsets.US_ASCII, Shape.PLAIN),
    KANJI("$B", 0, 2, Charset.forName("EUC-JP"), Shape.HIGH_BITS),
    KANJI_SUPPLEMENT("$(D", 0, 2, Charset.forName("EUC-JP"), Shape.SINGLE_SHIFT),
    HANGUL("$)C", 1, 2, Charset.forName("EUC-KR"), Shape.PLAIN),
    HANZI("$)A", 1, 2, Charset.forName("GB2312"), Shape.PLAIN);

    /** How the bytes in the data set relate to those that Java's charset knows. */
    private enum Shape {
        PLAIN,
        KATAKANA,
        HIGH_BITS,
        SINGLE_SHIFT
    }

    static final byte ESCAPE = 0x1B;
    private static final int HALF_WIDTH_KATAKANA = 0xFF61;

    final byte[] escape;
    final int g;
    final int bytesPerCharacter;
    private final Charset charset;
    private final Shape shape;

    CodeElement(String escape, int g, int bytesPerCharacter, Charset charset, Shape shape) {
        this.escape = ("\u001B" + escape).getBytes(StandardCharsets.US_ASCII);
        this.g = g;
        this.bytesPerCharacter = bytesPerCharacter;
        this.charset = charset;
        this.shape = shape;
    }

    static @Nullable CodeElement startingAt(byte[] text, int offset) {
        for (CodeElement element : values()) {
            byte[] escape = element.escape;
            if (offset + escape.length <= text.length && regionEquals(text, offset, escape)) {
                return element;
            }
        }
        return null;
    }

    private static boolean regionEquals(byte[] text, int offset, byte[] part) {
        for (int i = 0; i < part.length; i++) {
            if (text[offset + i] != part[i]) {
                return false;
            }
        }
        return true;
    }

    /** Appends the characters of whole code units; what does not decode becomes U+FFFD. */
    void decode(byte[] text, int from, int to, StringBuilder out) {
        switch (shape) {
            case PLAIN -> out.append(new String(text, from, to - from, charset));
            case KATAKANA -> {
                for (int i = from; i < to; i++) {
                    int c = text[i] & 0xFF;
                    out.append(c >= 0xA1 && c <= 0xDF ? (char) (HALF_WIDTH_KATAKANA + c - 0xA1) : '\uFFFD');
                }
            }
            case HIGH_BITS, SINGLE_SHIFT -> out.append(new String(eucJp(text, from, to), charset));
        }
    }

    private byte[] eucJp(byte[] text, int from, int to) {
        boolean shift = shape == Shape.SINGLE_SHIFT;
        byte[] euc = new byte[(to - from) * (shift ? 3 : 2) / 2 + 3];
        int n = 0;
        for (int i = from; i < to; i++) {
            if (shift && ((i - from) & 1) == 0) {
                euc[n++] = (byte) 0x8F;
            }
            euc[n++] = (byte) (text[i] | 0x80);
        }
        return java.util.Arrays.copyOf(euc, n);
    }

    /** The bytes of one character in this set, or null when it has none. */
    byte @Nullable [] encode(int codePoint) {
        if (shape == Shape.KATAKANA) {
            return codePoint >= HALF_WIDTH_KATAKANA && codePoint <= 0xFF9F
                    ? new byte[] {(byte) (codePoint - HALF_WIDTH_KATAKANA + 0xA1)}
                    : null;
        }
        byte[] bytes = strictly(codePoint);
        if (bytes == null) {
            return null;
        }
        return switch (shape) {
            case PLAIN, KATAKANA -> inPlane(bytes) ? bytes : null;
            case HIGH_BITS ->
                bytes.length == 2 && bytes[0] != (byte) 0x8E
                        ? new byte[] {(byte) (bytes[0] & 0x7F), (byte) (bytes[1] & 0x7F)}
                        : null;
            case SINGLE_SHIFT ->
                bytes.length == 3 ? new byte[] {(byte) (bytes[1] & 0x7F), (byte) (bytes[2] & 0x7F)} : null;
        };
    }

    private boolean inPlane(byte[] bytes) {
        return bytes.length == bytesPerCharacter && (bytes[0] < 0) == (g == 1);
    }

    private byte @Nullable [] strictly(int codePoint) {
        try {
            ByteBuffer encoded = charset.newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(Character.toChars(codePoint)));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException notInThisSet) {
            return null;
        }
    }
}
