package org.archipelago.node.dicom.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of PS3.5 Annexes H to K. */
class CharacterSetTest {
    private static CharacterSet set(String terms) {
        return CharacterSet.of(Arrays.asList(terms.split("\\\\", -1)));
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        # PS3.5 H.3.1
        \\ISO 2022 IR 87 | 59 61 6d 61 64 61 5e 54 61 72 6f 75 3d 1b 24 42 3b 33 45 44 1b 28 42 5e 1b 24 42 42 40 4f 3a 1b 28 42 3d 1b 24 42 24 64 24 5e 24 40 1b 28 42 5e 1b 24 42 24 3f 24 6d 24 26 1b 28 42 | Yamada^Tarou=山田^太郎=やまだ^たろう
        # PS3.5 H.3.2
        ISO 2022 IR 13\\ISO 2022 IR 87 | d4 cf c0 de 5e c0 db b3 3d 1b 24 42 3b 33 45 44 1b 28 4a 5e 1b 24 42 42 40 4f 3a 1b 28 4a 3d 1b 24 42 24 64 24 5e 24 40 1b 28 4a 5e 1b 24 42 24 3f 24 6d 24 26 1b 28 4a | ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう
        # PS3.5 I.2
        \\ISO 2022 IR 149 | 48 6f 6e 67 5e 47 69 6c 64 6f 6e 67 3d 1b 24 29 43 fb f3 5e 1b 24 29 43 d1 ce d4 d7 3d 1b 24 29 43 c8 ab 5e 1b 24 29 43 b1 e6 b5 bf | Hong^Gildong=洪^吉洞=홍^길동
        # PS3.5 J.1
        ISO_IR 192 | 57 61 6e 67 5e 58 69 61 6f 44 6f 6e 67 3d e7 8e 8b 5e e5 b0 8f e6 9d b1 | Wang^XiaoDong=王^小東
        # PS3.5 J.3
        GB18030 | 57 61 6e 67 5e 58 69 61 6f 44 6f 6e 67 3d cd f5 5e d0 a1 b6 ab | Wang^XiaoDong=王^小东
        # PS3.5 K.2
        \\ISO 2022 IR 58 | 5a 68 61 6e 67 5e 58 69 61 6f 44 6f 6e 67 3d 1b 24 29 41 d5 c5 5e 1b 24 29 41 d0 a1 b6 ab | Zhang^XiaoDong=张^小东
        """)
    void standardsExample_readsAndWritesBack(String terms, String bytes, String text) {
        CharacterSet set = set(terms);
        assertThat(set.decodeName(hex(bytes))).isEqualTo(text);
        assertThat(set.encode(text)).hasValueSatisfying(b -> assertThat(b).isEqualTo(hex(bytes)));
    }

    @Test
    void koreanLongText_readsOverLines() {
        // PS3.5 I.3
        byte[] text = hex(
                "1b 24 29 43 54 68 65 20 66 69 72 73 74 20 6c 69 6e 65 20 69 6e 63 6c 75 64 65 73 20 b1 e6 b5 bf 2e 0d 0a"
                        + "1b 24 29 43 54 68 65 20 73 65 63 6f 6e 64 20 6c 69 6e 65 20 69 6e 63 6c 75 64 65 73 20 b1 e6 b5 bf 2c 20 74 6f 6f 2e 0d 0a");
        assertThat(set("\\ISO 2022 IR 149").decode(text))
                .isEqualTo("The first line includes 길동.\r\nThe second line includes 길동, too.\r\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        ISO_IR 100 | Buc^Jérôme
        ISO_IR 101 | Dvořák
        ISO_IR 126 | Διονυσιος
        ISO_IR 127 | قباني^لنزار
        ISO_IR 138 | שרון^דבורה
        ISO_IR 144 | Люкceмбypг
        ISO_IR 148 | Çavuşoğlu
        ISO_IR 203 | Œuvre €
        ISO_IR 166 | ทดสอบ
        ISO_IR 13 | ﾔﾏﾀﾞ^ﾀﾛｳ
        ISO 2022 IR 6\\ISO 2022 IR 159 | Yamada=丂
        GBK | 张^小东
        """)
    void text_survivesWritingAndReading(String terms, String text) {
        CharacterSet set = set(terms);
        assertThat(set.decodeName(set.encode(text).orElseThrow())).isEqualTo(text);
        assertThat(set.decode(set.encode(text).orElseThrow())).isEqualTo(text);
    }

    /** PS3.5 §6.1.2.5.3: the delimiters of names are none in other text. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        \\ISO 2022 IR 149 | 1b 24 29 43 b5 ce ba ce 5e b3 fa 3d b3 fa | 두부^뇌=뇌
        \\ISO 2022 IR 58 | 1b 24 29 41 d5 c5 5e d0 a1 3d b6 ab | 张^小=东
        \\ISO 2022 IR 100 | 1b 2d 41 e9 5e e9 | é^é
        """)
    void textThatIsNoName_goesOnBehindTheDelimitersOfNames(String terms, String bytes, String text) {
        assertThat(set(terms).decode(hex(bytes))).isEqualTo(text);
    }

    @Test
    void valueBehindABackslash_beginsAnew() {
        assertThat(set("\\ISO 2022 IR 149").decode(hex("1b 24 29 43 b3 fa 5c b3 fa")))
                .startsWith("뇌\\")
                .doesNotEndWith("뇌");
    }

    @Test
    void secondByteOfBackslash_isNoDelimiterInGb18030() {
        // 85 5C is one character, as PS3.5 §6.1.2.4 warns.
        assertThat(set("GB18030").decode(hex("85 5c 5c 41"))).hasSize(3).endsWith("\\A");
    }

    @Test
    void characterOutsideOfTheSets_isNotWritten() {
        assertThat(set("ISO_IR 100").encode("山")).isEmpty();
        assertThat(CharacterSet.ASCII.encode("é")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ISO-IR 100", "iso_ir_100", "ISO IR 100", "ISO 2022 IR 100"})
    void misspeltTerm_isUnderstood(String term) {
        assertThat(CharacterSet.of(List.of(term)).decode(new byte[] {(byte) 0xE9}))
                .isEqualTo("é");
    }

    @Test
    void unknownBytes_neverVanish() {
        assertThat(CharacterSet.ASCII.decode(new byte[] {'a', (byte) 0xE9})).isEqualTo("aé");
        assertThat(set("ISO_IR 192").decode(new byte[] {'a', (byte) 0xE9})).isEqualTo("a\uFFFD");
        assertThat(set("\\ISO 2022 IR 87").decode(hex("1b 24 42 3b"))).hasSize(1);
    }
}
