package org.archipelago.query.matching;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HeaderMatchTest {
    @Test
    void glob_agreesWithRegularExpressions() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String pattern = letters(random, "ab*?", 6);
            String text = letters(random, "ab", 8);
            String regex = pattern.replace("?", ".").replace("*", ".*");
            assertThat(HeaderMatch.glob(pattern, text))
                    .as("%s on %s", pattern, text)
                    .isEqualTo(text.matches(regex));
        }
    }

    private static String letters(Random random, String alphabet, int longest) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(longest + 1); n > 0; n--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    @Test
    void hostileGlob_takesNoTime() {
        assertThat(HeaderMatch.glob("*a".repeat(500) + "b", "a".repeat(16_000))).isFalse();
    }

    @Test
    void distance_countsTranspositionAsOne() {
        assertThat(HeaderMatch.distance("muller", "mulelr")).isEqualTo(1);
        assertThat(HeaderMatch.distance("muller", "miller")).isEqualTo(1);
        assertThat(HeaderMatch.distance("muller", "")).isEqualTo(6);
    }
}
