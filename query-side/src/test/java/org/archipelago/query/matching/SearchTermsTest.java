package org.archipelago.query.matching;

import static org.archipelago.query.testing.StudyStories.name;
import static org.archipelago.query.testing.StudyStories.set;
import static org.archipelago.query.testing.StudyStories.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;

class SearchTermsTest {
    /** Of a group below that of the patient. */
    private static AttributeSet private9(int values) {
        String[] all = IntStream.range(0, values).mapToObj(Integer::toString).toArray(String[]::new);
        return set(0x00091010, text(Vr.DS, all));
    }

    @Test
    void whatPeopleLookFor_hasTermsBeforeAllElse() {
        AttributeSet large = private9(2 * SearchTerms.MAX_TERMS);
        AttributeSet patient = set(Tags.PATIENT_ID, text(Vr.LO, "17"))
                .with(Tags.PATIENT_NAME, name("Doe^Anna"))
                .with(Tags.SERIES_INSTANCE_UID, text(Vr.UI, "1.2.3"));

        SearchTerms terms = SearchTerms.of(List.of(large, patient));

        assertThat(terms.any())
                .contains("00100020=17", "0020000E=1.2.3", "00100010=doe^anna")
                .hasSize(SearchTerms.MAX_TERMS);
    }

    @Test
    void everyoneOfAStudy_isFoundWhateverOthersSay() {
        List<AttributeSet> people = IntStream.range(0, 2 * SearchTerms.MAX_TERMS)
                .mapToObj(i -> set(Tags.PATIENT_ID, text(Vr.LO, "P" + i)))
                .toList();

        assertThat(SearchTerms.of(people).any()).contains("00100020=P0", "00100020=P" + (people.size() - 1));
    }
}
