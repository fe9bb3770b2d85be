package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TellingValuesTest {
    private final TellingValues values = TellingValues.of(List.of(DicomFile.received(
            CtImage.SOP_CLASS,
            "1.2.3.4.5",
            DicomFile.EXPLICIT,
            new ExplicitVr()
                    .text(0x00080018, "UI", "1.2.3.4.5")
                    .text(0x00080050, "SH", "ACC-77")
                    .text(0x00080090, "PN", "Referrer^Some")
                    .text(0x00100010, "PN", "Müller^Änne Li=Mueller")
                    .text(0x00100020, "LO", "12345")
                    .text(0x0020000D, "UI", "1.2.3.4")
                    .text(0x0020000E, "UI", "1.2.3.4.1")
                    .encoded())));

    @Test
    void everythingThatTells_isFoundWhereverItStands() {
        for (String telling : List.of(
                "1.2.3.4.5",
                "1.2.3.4",
                "1.2.3.4.1",
                "ACC-77",
                "Referrer",
                "Some",
                "Müller^Änne Li=Mueller",
                "Müller",
                "Mueller")) {
            assertThat(values.in("message=\"for input string: " + telling + "\""))
                    .as(telling)
                    .contains(telling);
            assertThat(values.in("/studies/" + telling + ".")).as(telling).contains(telling);
        }
    }

    @Test
    void partsOfOtherWordsAndWhatAnythingMayBe_areNot() {
        assertThat(values.in("1.2.3.4.56 11.2.3.4.5 Mullerian Something 12345 Li"))
                .isEmpty();
        assertThat(values.in(new String(new byte[] {'L', 'i'}, StandardCharsets.US_ASCII)))
                .isEmpty();
    }
}
