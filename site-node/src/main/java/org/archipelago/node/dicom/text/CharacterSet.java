package org.archipelago.node.dicom.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of Specific Character Set (0008,0005): how bytes of AE-independent text VRs (SH, LO, ST, LT, UC, UT, PN)
 * become characters and back. Reading never fails: what cannot be read becomes U+FFFD. Misspelt terms of real senders
 * ({@code ISO-IR 100}, {@code UTF-8}) are understood; unknown ones are read as Latin-1, so that no byte vanishes.
 */
public final class CharacterSet {
    public static final CharacterSet ASCII = of(List.of());
    public static final CharacterSet UTF8 = of(List.of("ISO_IR 192"));

    private static final String TEXT_DELIMITERS = "\\\r\n\f\t";
    private static final String NAME_DELIMITERS = TEXT_DELIMITERS + "^=";

    private final List<String> terms;
    private final @Nullable Charset whole;
    private final CodeElement g0;
    private final @Nullable CodeElement g1;
    private final Set<CodeElement> extensions;

    private CharacterSet(
            List<String> terms,
            @Nullable Charset whole,
            CodeElement g0,
            @Nullable CodeElement g1,
            Set<CodeElement> extensions) {
        this.terms = terms;
        this.whole = whole;
        this.g0 = g0;
        this.g1 = g1;
        this.extensions = extensions;
    }

    /** @param terms the values of (0008,0005), an empty first one included; none at all means ISO-IR 6 */
    public static CharacterSet of(List<String> terms) {
        List<String> kept = terms.stream().map(String::strip).toList();
        List<CodeElement[]> planes = new ArrayList<>();
        for (String term : kept) {
            Charset whole = wholeCharset(term);
            if (whole != null) {
                return new CharacterSet(kept, whole, CodeElement.ASCII, null, Set.of());
            }
            planes.add(planes(term));
        }
        CodeElement g0 = planes.isEmpty() ? CodeElement.ASCII : planes.getFirst()[0];
        CodeElement g1 = planes.isEmpty() || planes.getFirst().length < 2 ? null : planes.getFirst()[1];
        // A two-byte set as value 1 is against the standard; text still begins in ASCII until an escape.
        if (g0.bytesPerCharacter > 1) {
            g0 = CodeElement.ASCII;
        }
        EnumSet<CodeElement> extensions = EnumSet.noneOf(CodeElement.class);
        planes.forEach(pair -> extensions.addAll(List.of(pair)));
        return new CharacterSet(kept, null, g0, g1, extensions);
    }

    /** The values for (0008,0005). */
    public List<String> terms() {
        return terms;
    }

    private static @Nullable Charset wholeCharset(String term) {
        String name = term.toUpperCase(Locale.ROOT);
        if (name.contains("GB18030")) {
            return Charset.forName("GB18030");
        }
        if (name.contains("GBK")) {
            return Charset.forName("GBK");
        }
        return number(name).equals("192") || name.startsWith("UTF") ? StandardCharsets.UTF_8 : null;
    }

    private static String number(String name) {
        return name.replace("2022", "").replaceAll("[^0-9]", "");
    }

    private static CodeElement[] planes(String term) {
        return switch (number(term)) {
            case "100" -> pair(CodeElement.LATIN1);
            case "101" -> pair(CodeElement.LATIN2);
            case "109" -> pair(CodeElement.LATIN3);
            case "110" -> pair(CodeElement.LATIN4);
            case "126" -> pair(CodeElement.GREEK);
            case "127" -> pair(CodeElement.ARABIC);
            case "138" -> pair(CodeElement.HEBREW);
            case "144" -> pair(CodeElement.CYRILLIC);
            case "148" -> pair(CodeElement.LATIN5);
            case "203" -> pair(CodeElement.LATIN9);
            case "166" -> pair(CodeElement.THAI);
            case "13" -> new CodeElement[] {CodeElement.ROMAJI, CodeElement.KATAKANA};
            case "87" -> new CodeElement[] {CodeElement.KANJI};
            case "159" -> new CodeElement[] {CodeElement.KANJI_SUPPLEMENT};
            // KS X 1001 and GB 2312 need their escape only at the start of a line, which many senders forget.
            case "149" -> pair(CodeElement.HANGUL);
            case "58" -> pair(CodeElement.HANZI);
            default -> new CodeElement[] {CodeElement.ASCII};
        };
    }

    private static CodeElement[] pair(CodeElement g1) {
        return new CodeElement[] {CodeElement.ASCII, g1};
    }

    /** Of any text VR but PN. */
    public String decode(byte[] text) {
        return decode(text, TEXT_DELIMITERS);
    }

    /** Of the VR PN, whose components and groups of them begin anew (PS3.5 §6.1.2.5.3). */
    public String decodeName(byte[] name) {
        return decode(name, NAME_DELIMITERS);
    }

    private String decode(byte[] text, String delimiters) {
        if (isAscii(text)) {
            return new String(text, StandardCharsets.US_ASCII);
        }
        return whole != null ? new String(text, whole) : decodeExtended(text, delimiters);
    }

    private static boolean isAscii(byte[] text) {
        for (byte c : text) {
            if (c < 0 || c == CodeElement.ESCAPE) {
                return false;
            }
        }
        return true;
    }

    /** Designations return to the initial ones at every delimiter and line end (PS3.5 §6.1.2.5.3). */
    private String decodeExtended(byte[] text, String delimiters) {
        StringBuilder out = new StringBuilder(text.length);
        CodeElement low = g0;
        CodeElement high = g1;
        int i = 0;
        while (i < text.length) {
            CodeElement next = text[i] == CodeElement.ESCAPE ? CodeElement.startingAt(text, i) : null;
            if (next != null) {
                i += next.escape.length;
                if (next.g == 0) {
                    low = next;
                } else {
                    high = next;
                }
                continue;
            }
            CodeElement element = text[i] >= 0 ? low : high;
            boolean control = text[i] >= 0 && text[i] <= 0x20;
            int width = control || element == null ? 1 : element.bytesPerCharacter;
            int end = Math.min(text.length, i + width);
            if (control) {
                out.append((char) text[i]);
            } else if (element == null) {
                out.append((char) (text[i] & 0xFF));
            } else {
                element.decode(text, i, end, out);
            }
            if (width == 1 && delimiters.indexOf(text[i]) >= 0) {
                low = g0;
                high = g1;
            }
            i = end;
        }
        return out.toString();
    }

    /**
     * The bytes, or empty when a character has no code in the sets that this one names. Designations begin anew where they do in a
     * name, and are made again after it: other text reads back so, too.
     */
    public Optional<byte[]> encode(String text) {
        return whole != null ? encodeWhole(text, whole) : encodeExtended(text);
    }

    private static Optional<byte[]> encodeWhole(String text, Charset charset) {
        try {
            ByteBuffer encoded = charset.newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return Optional.of(bytes);
        } catch (CharacterCodingException notInThisSet) {
            return Optional.empty();
        }
    }

    private Optional<byte[]> encodeExtended(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
        CodeElement low = g0;
        // A two-byte G1 is designated explicitly by what we write, even where reading does not need it.
        CodeElement high = g1 != null && g1.bytesPerCharacter > 1 ? null : g1;
        CodeElement initialHigh = high;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean delimiter = NAME_DELIMITERS.indexOf(c) >= 0;
            if ((delimiter || c < 0x20) && low != g0) {
                out.writeBytes(g0.escape);
                low = g0;
            }
            if (c <= 0x20 && low.bytesPerCharacter == 1) {
                out.write(c);
            } else {
                CodeElement element = elementFor(c, low, high);
                if (element == null) {
                    return Optional.empty();
                }
                if (element != low && element != high) {
                    out.writeBytes(element.escape);
                }
                low = element.g == 0 ? element : low;
                high = element.g == 1 ? element : high;
                out.writeBytes(java.util.Objects.requireNonNull(element.encode(c)));
            }
            if (delimiter) {
                high = initialHigh;
            }
        }
        if (low != g0) {
            out.writeBytes(g0.escape);
        }
        return Optional.of(out.toByteArray());
    }

    private @Nullable CodeElement elementFor(int c, CodeElement low, @Nullable CodeElement high) {
        if (low.encode(c) != null) {
            return low;
        }
        if (high != null && high.encode(c) != null) {
            return high;
        }
        if (g0.encode(c) != null) {
            return g0;
        }
        // Escapes are allowed only where more than one set is named, or one by its ISO 2022 term (PS3.3 §C.12.1.1.2).
        boolean extended = terms.stream().anyMatch(term -> term.contains("2022"));
        for (CodeElement element : extensions) {
            if (extended && element.encode(c) != null) {
                return element;
            }
        }
        return null;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CharacterSet set && terms.equals(set.terms);
    }

    @Override
    public int hashCode() {
        return terms.hashCode();
    }
}
