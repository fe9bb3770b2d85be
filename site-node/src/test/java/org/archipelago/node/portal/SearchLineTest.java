package org.archipelago.node.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.query.MatchingKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SearchLineTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ct | 80061 | CT",
                "2024-01-31 | 80020 | 20240131",
                "20240131 | 80020 | 20240131",
                "2024 | 80020 | 20240101-20241231",
                "2024-01-31..2024-02-01 | 80020 | 20240131-20240201",
                "1.2.840.113619.2 | 20000d | 1.2.840.113619.2",
                "id:0012 | 100020 | 0012",
                "acc:A:1 | 80050 | A:1",
                "name:doe | 100010 | *doe*",
                "desc:knee | 81030 | *knee*",
            })
    void wordsOfAKnownForm_haveOneMeaning(String line, String tag, String value) {
        List<List<MatchingKey>> alternatives = SearchLine.parse(line).alternatives();
        assertThat(alternatives).hasSize(1);
        assertThat(alternatives.getFirst()).extracting(MatchingKey::value).containsExactly(value);
        assertThat(Integer.toHexString(alternatives.getFirst().getFirst().path().getFirst()))
                .isEqualTo(tag);
    }

    @Test
    void otherWords_areReadInEachWayTogetherWithWhatIsKnown() {
        List<List<MatchingKey>> alternatives =
                SearchLine.parse("  doe   ct jane ").alternatives();

        assertThat(alternatives)
                .hasSize(2)
                .allSatisfy(keys -> assertThat(keys.getFirst().path()).containsExactly(Tags.MODALITIES_IN_STUDY));
        assertThat(alternatives.get(0).get(1).path()).containsExactly(Tags.PATIENT_NAME);
        assertThat(alternatives.get(0).get(1).value()).isEqualTo("doe jane");
        assertThat(alternatives.get(1).get(1).path()).containsExactly(Tags.STUDY_DESCRIPTION);
    }

    @Test
    void eightDigitsThatAreNoDay_areAnIdentifier() {
        assertThat(SearchLine.parse("20241399").alternatives())
                .extracting(keys -> keys.getFirst().path().getFirst())
                .containsExactly(Tags.PATIENT_NAME, Tags.PATIENT_ID, Tags.ACCESSION_NUMBER, Tags.STUDY_DESCRIPTION);
    }

    @Test
    void nothing_matchesAll() {
        assertThat(SearchLine.parse("  ").alternatives()).containsExactly(List.of());
    }

    @Test
    void tooLongALine_isRefused() {
        assertThatThrownBy(() -> SearchLine.parse("x".repeat(201))).isInstanceOf(ArchiveException.class);
    }
}
