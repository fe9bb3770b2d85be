package org.archipelago.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class DciodvfyTest {
    @Test
    void whatIsNotChecked_isNotFreeOfErrors() {
        assertThat(Dciodvfy.errors(ended(0, "CTImage\nWarning - odd\nError - wrong\n")))
                .contains(Set.of("Error - wrong"));
        assertThat(Dciodvfy.errors(ended(0, "CTImage\n"))).contains(Set.of());
        assertThat(Dciodvfy.errors(ended(134, "CTImage\n"))).isEmpty();
        assertThat(Dciodvfy.errors(ended(1, "Error - Information Object Not found\n")))
                .isEmpty();
        assertThat(Dciodvfy.errors(ended(0, ""))).isEmpty();
    }

    private static Program.Ended ended(int status, String output) {
        return new Program.Ended("dciodvfy", status, output);
    }
}
