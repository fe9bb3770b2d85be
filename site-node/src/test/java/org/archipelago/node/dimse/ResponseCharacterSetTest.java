package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.node.association.CommandField;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResponseCharacterSetTest {
    @TempDir
    private Path directory;

    private static Optional<String> chosen(String name, String... asked) {
        AttributeSet response = AttributeSet.of(Map.of(
                Tags.PATIENT_NAME, new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, "", ""))))));
        return ResponseCharacterSet.applied(response, List.of(asked))
                .get(Tags.SPECIFIC_CHARACTER_SET)
                .map(Attribute::values)
                .map(terms ->
                        terms.stream().map(term -> ((Value.Text) term).text()).collect(Collectors.joining("\\")));
    }

    @Test
    void characterSet_isTheLeastThatSaysEverything() {
        assertThat(chosen("Miller", "ISO_IR 100")).isEmpty();
        assertThat(chosen("Müller", "ISO_IR 100")).contains("ISO_IR 100");
        assertThat(chosen("Иванов", "ISO_IR 100")).contains("ISO_IR 192");
        assertThat(chosen("Иванов", "ISO_IR 144")).contains("ISO_IR 144");
        assertThat(chosen("Müller")).contains("ISO_IR 192");
        assertThat(chosen("山田", "", "ISO 2022 IR 87")).contains("\\ISO 2022 IR 87");
        assertThat(chosen("Иванов^Jörg", "ISO 2022 IR 100", "ISO 2022 IR 144"))
                .contains("ISO 2022 IR 100\\ISO 2022 IR 144");
        assertThat(chosen("山田", "ISO 2022 IR 100", "ISO 2022 IR 144")).contains("ISO_IR 192");
        assertThat(chosen("Müller", "nonsense")).contains("ISO_IR 192");
    }

    private Optional<String> answered(Optional<String> configured, String... keys) throws IOException {
        RemoteAe asker = new RemoteAe(
                TestNode.SCU, TestNode.HOST, 104, false, Set.of(Permission.QUERY), Optional.empty(), configured, false);
        try (TestNode node = TestNode.start(directory, asker);
                TestScu scu = TestScu.open(node.port(), SopClasses.STUDY_ROOT_FIND)) {
            node.archive.matches.add(AttributeSet.of(Map.of(
                    Tags.PATIENT_NAME,
                    new Attribute(Vr.PN, List.of(new Value.Name(new PersonName("Müller", "", "")))))));
            AttributeSet asked = TestScu.keys("STUDY", Tags.PATIENT_NAME, "");
            for (String terms : keys) {
                asked = asked.with(Tags.SPECIFIC_CHARACTER_SET, new Attribute(Vr.CS, List.of(new Value.Text(terms))));
            }
            scu.request(CommandField.C_FIND_RQ, SopClasses.STUDY_ROOT_FIND, asked, Optional.empty());
            return scu.allAnswers().getFirst().data().orElseThrow().text(Tags.SPECIFIC_CHARACTER_SET);
        }
    }

    @Test
    void askerThatNamesNone_isAnsweredInTheSetThatItIsConfiguredWith() throws IOException {
        assertThat(answered(Optional.of("ISO_IR 100"))).contains("ISO_IR 100");
        assertThat(answered(Optional.of("ISO_IR 100"), "ISO_IR 192")).contains("ISO_IR 192");
        assertThat(answered(Optional.empty())).contains("ISO_IR 192");
    }
}
