package org.archipelago.node.dimse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.PersonName;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;

class ResponseCharacterSetTest {
    private static Optional<String> chosen(String name, String asked) {
        AttributeSet response = AttributeSet.of(Map.of(
                Tags.PATIENT_NAME, new Attribute(Vr.PN, List.of(new Value.Name(new PersonName(name, "", ""))))));
        return ResponseCharacterSet.applied(response, Optional.of(asked)).text(Tags.SPECIFIC_CHARACTER_SET);
    }

    @Test
    void characterSet_isTheLeastThatSaysEverything() {
        assertThat(chosen("Miller", "ISO_IR 100")).isEmpty();
        assertThat(chosen("Müller", "ISO_IR 100")).contains("ISO_IR 100");
        assertThat(chosen("Иванов", "ISO_IR 100")).contains("ISO_IR 192");
        assertThat(chosen("Иванов", "ISO_IR 144")).contains("ISO_IR 144");
        assertThat(chosen("山田", "ISO 2022 IR 87")).contains("ISO_IR 192");
        assertThat(chosen("Müller", "nonsense")).contains("ISO_IR 192");
    }
}
