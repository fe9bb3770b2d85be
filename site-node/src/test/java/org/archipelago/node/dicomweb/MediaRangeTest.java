package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.archipelago.contract.ArchiveException;
import org.junit.jupiter.api.Test;

class MediaRangeTest {
    @Test
    void quotedSeparators_areNoSeparators() {
        MediaRange range = MediaRange.parse("Multipart/Related; type=\"application/dicom\"; boundary=\"a;b,c\\\"d\"");
        assertThat(range.type()).isEqualTo("multipart/related");
        assertThat(range.parameter("boundary")).contains("a;b,c\"d");
        assertThat(range.payload()).isEqualTo("application/dicom");
    }

    @Test
    void ranges_areInOrderOfWeightThenOfTheCaller() {
        assertThat(MediaRange.accept("a/a;q=0.1, b/b, c/c;q=0, d/d, e/e;q=0.5"))
                .extracting(MediaRange::type)
                .containsExactly("b/b", "d/d", "e/e", "a/a");
    }

    @Test
    void elementThatIsNone_leavesTheOthers() {
        assertThat(MediaRange.accept("text/html, image/gif, *; q=.2, */*; q=.1"))
                .extracting(MediaRange::type)
                .containsExactly("text/html", "image/gif", "*/*", "*/*");
        assertThat(MediaRange.accept("nonsense, a/b;q=2, application/dicom"))
                .extracting(MediaRange::type)
                .containsExactly("application/dicom");
    }

    @Test
    void nothing_meansAnything() {
        assertThat(MediaRange.accept("")).containsExactly(MediaRange.ANYTHING);
    }

    @Test
    void tooMuchOrNonsense_isRefused() {
        assertThatThrownBy(() -> MediaRange.accept("a/b,".repeat(100))).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> MediaRange.accept("a/b;x=" + "y".repeat(9000))).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> MediaRange.accept("html")).isInstanceOf(ArchiveException.class);
        assertThatThrownBy(() -> MediaRange.accept("a/b;q=2")).isInstanceOf(ArchiveException.class);
    }
}
