package org.archipelago.domain.patient;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NameFoldingTest {
    @Test
    void latin_losesCaseAndAccents() {
        assertThat(NameFolding.fold("Éléonore DVOŘÁK Łukasz Sørensen Weiß"))
                .isEqualTo("eleonore dvorak lukasz sorensen weiss");
    }

    @Test
    void umlauts_haveTwoSpellings() {
        assertThat(NameFolding.variants("Jürgen")).containsExactly("jurgen", "juergen");
        assertThat(NameFolding.variants("Jurgen")).containsExactly("jurgen");
    }

    @Test
    void greek_losesTonosAndFinalSigma() {
        assertThat(NameFolding.fold("Παπαδόπουλος")).isEqualTo(NameFolding.fold("ΠΑΠΑΔΟΠΟΥΛΟΣ"));
    }

    @Test
    void cyrillic_losesCaseAndDots() {
        assertThat(NameFolding.fold("Королёв")).isEqualTo("королев");
    }

    @Test
    void kana_keepTheirMarksAndLoseTheirWidth() {
        assertThat(NameFolding.fold("やまだ")).isNotEqualTo(NameFolding.fold("やまた"));
        assertThat(NameFolding.fold("ﾔﾏﾀﾞ")).isEqualTo("ヤマダ");
        assertThat(NameFolding.fold("ＹＡＭＡＤＡ")).isEqualTo("yamada");
    }

    @Test
    void hangul_staysComposed() {
        assertThat(NameFolding.fold("김희중")).isEqualTo("김희중");
    }

    @Test
    void group_endsWithItsLastComponent() {
        assertThat(NameFolding.group(" Doe ^ Jane^^ ")).isEqualTo("Doe^Jane");
    }
}
