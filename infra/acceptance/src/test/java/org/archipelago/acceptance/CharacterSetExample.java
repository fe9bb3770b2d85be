package org.archipelago.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * An example of PS3.5 Annexes H to K as an object: the bytes are the standard's, and so is what they say. I.3 prints no bytes;
 * they are its characters and escape sequences in KS X 1001. K.3 numbers its lines with a full stop in the bytes.
 *
 * @param section where it is
 * @param terms Specific Character Set (0008,0005)
 * @param nameBytes of Patient's Name
 * @param groups of the name: alphabetic, ideographic, phonetic
 * @param textBytes of Patient Comments, a long text; may be none
 */
record CharacterSetExample(
        String section, String terms, String nameBytes, List<String> groups, String textBytes, String text) {
    private static final String SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7";

    private static final String KANJI_KANA_87 = "3d 1b 24 42 3b 33 45 44 1b 28 %1$s 5e 1b 24 42 42 40 4f 3a 1b 28 %1$s"
            + " 3d 1b 24 42 24 64 24 5e 24 40 1b 28 %1$s 5e 1b 24 42 24 3f 24 6d 24 26 1b 28 %1$s";
    private static final String YAMADA_TAROU = "59 61 6d 61 64 61 5e 54 61 72 6f 75";
    private static final String WANG_XIAODONG = "57 61 6e 67 5e 58 69 61 6f 44 6f 6e 67 3d";
    private static final String CHINESE =
            "The first line includes中文.\r\nThe second line includes中文, too.\r\nThe third line.\r\n";

    static final List<CharacterSetExample> ALL = List.of(
            new CharacterSetExample(
                    "H.3.1",
                    "\\ISO 2022 IR 87",
                    YAMADA_TAROU + KANJI_KANA_87.formatted("42"),
                    List.of("Yamada^Tarou", "山田^太郎", "やまだ^たろう"),
                    "",
                    ""),
            new CharacterSetExample(
                    "H.3.2",
                    "ISO 2022 IR 13\\ISO 2022 IR 87",
                    "d4 cf c0 de 5e c0 db b3" + KANJI_KANA_87.formatted("4a"),
                    List.of("ﾔﾏﾀﾞ^ﾀﾛｳ", "山田^太郎", "やまだ^たろう"),
                    "",
                    ""),
            new CharacterSetExample(
                    "H.3.1, its text in UTF-8",
                    "ISO_IR 192",
                    YAMADA_TAROU + " 3d e5 b1 b1 e7 94 b0 5e e5 a4 aa e9 83 8e"
                            + " 3d e3 82 84 e3 81 be e3 81 a0 5e e3 81 9f e3 82 8d e3 81 86",
                    List.of("Yamada^Tarou", "山田^太郎", "やまだ^たろう"),
                    "",
                    ""),
            new CharacterSetExample(
                    "I.2 and I.3",
                    "\\ISO 2022 IR 149",
                    "48 6f 6e 67 5e 47 69 6c 64 6f 6e 67 3d 1b 24 29 43 fb f3 5e 1b 24 29 43 d1 ce d4 d7"
                            + " 3d 1b 24 29 43 c8 ab 5e 1b 24 29 43 b1 e6 b5 bf",
                    List.of("Hong^Gildong", "洪^吉洞", "홍^길동"),
                    "1b 24 29 43 54 68 65 20 66 69 72 73 74 20 6c 69 6e 65 20 69 6e 63 6c 75 64 65"
                            + " 73 20 c7 d1 b1 db 20 2e 0d 0a 1b 24 29 43 54 68 65 20 73 65 63 6f 6e 64 20 6c"
                            + " 69 6e 65 20 69 6e 63 6c 75 64 65 73 20 c7 d1 b1 db 20 2c 20 74 6f 6f 2e 0d 0a"
                            + " 54 68 65 20 74 68 69 72 64 20 6c 69 6e 65",
                    "The first line includes 한글 .\r\nThe second line includes 한글 , too.\r\nThe third line"),
            new CharacterSetExample(
                    "J.1 and J.2",
                    "ISO_IR 192",
                    WANG_XIAODONG + " e7 8e 8b 5e e5 b0 8f e6 9d b1 3d",
                    List.of("Wang^XiaoDong", "王^小東", ""),
                    chinese("e4 b8 ad e6 96 87"),
                    CHINESE),
            new CharacterSetExample(
                    "J.3 and J.4",
                    "GB18030",
                    WANG_XIAODONG + " cd f5 5e d0 a1 b6 ab 3d",
                    List.of("Wang^XiaoDong", "王^小东", ""),
                    chinese("d6 d0 ce c4"),
                    CHINESE),
            new CharacterSetExample(
                    "J.3 and J.4, which are GBK as well",
                    "GBK",
                    WANG_XIAODONG + " cd f5 5e d0 a1 b6 ab 3d",
                    List.of("Wang^XiaoDong", "王^小东", ""),
                    chinese("d6 d0 ce c4"),
                    CHINESE),
            new CharacterSetExample(
                    "K.2 and K.3",
                    "\\ISO 2022 IR 58",
                    "5a 68 61 6e 67 5e 58 69 61 6f 44 6f 6e 67 3d 1b 24 29 41 d5 c5 5e 1b 24 29 41 d0 a1 b6 ab 3d",
                    List.of("Zhang^XiaoDong", "张^小东", ""),
                    "31 2e 1b 24 29 41 b5 da d2 bb d0 d0 ce c4 d7 d6 a1 a3 0d 0a"
                            + " 32 2e 1b 24 29 41 b5 da b6 fe d0 d0 ce c4 d7 d6 a1 a3 0d 0a"
                            + " 33 2e 1b 24 29 41 b5 da c8 fd d0 d0 ce c4 d7 d6 a1 a3 0d 0a",
                    "1.第一行文字。\r\n2.第二行文字。\r\n3.第三行文字。\r\n"));

    /** J.2 and J.4: the same text around two characters. */
    private static String chinese(String characters) {
        return "54 68 65 20 66 69 72 73 74 20 6c 69 6e 65 20 69 6e 63 6c 75 64 65 73 " + characters
                + " 2e 0d 0a 54 68 65 20 73 65 63 6f 6e 64 20 6c 69 6e 65 20 69 6e 63 6c 75 64 65 73 " + characters
                + " 2c 20 74 6f 6f 2e 0d 0a 54 68 65 20 74 68 69 72 64 20 6c 69 6e 65 2e 0d 0a";
    }

    private String uid(int level) {
        return "2.25.7005." + level + "." + (ALL.indexOf(this) + 1);
    }

    String study() {
        return uid(1);
    }

    /** In Explicit VR Little Endian, element by element. */
    DicomFile object() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        element(out, 0x00080005, "CS", ascii(terms));
        element(out, 0x00080016, "UI", ascii(SECONDARY_CAPTURE));
        element(out, 0x00080018, "UI", ascii(uid(3)));
        element(out, 0x00080060, "CS", ascii("OT"));
        element(out, 0x00100010, "PN", hex(nameBytes));
        element(out, 0x00100020, "LO", ascii("CHARSET-" + ALL.indexOf(this)));
        element(out, 0x00104000, "LT", hex(textBytes));
        element(out, 0x0020000D, "UI", ascii(study()));
        element(out, 0x0020000E, "UI", ascii(uid(2)));
        return DicomFile.received(SECONDARY_CAPTURE, uid(3), DicomFile.EXPLICIT, out.toByteArray());
    }

    private static void element(ByteArrayOutputStream out, int tag, String vr, byte[] value) {
        byte[] even = Arrays.copyOf(value, value.length + value.length % 2);
        if (even.length > value.length && !vr.equals("UI")) {
            even[value.length] = ' ';
        }
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) (tag >> 16))
                .putShort((short) tag)
                .put(ascii(vr))
                .putShort((short) even.length)
                .array());
        out.writeBytes(even);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] hex(String bytes) {
        return HexFormat.of().parseHex(bytes.replace(" ", ""));
    }
}
