package org.archipelago.node.dicomweb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.stream.Stream;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.junit.jupiter.api.Test;

class QualifiedIdentifierTest {
    private static AttributeSet row(Attribute id, String issuer) {
        return AttributeSet.EMPTY.with(Tags.PATIENT_ID, id).with(Tags.ISSUER_OF_PATIENT_ID, texts(issuer));
    }

    private static Attribute texts(String... texts) {
        return new Attribute(Vr.LO, Stream.of(texts).<Value>map(Value.Text::new).toList());
    }

    private static Optional<String> written(Attribute id, String issuer) {
        return QualifiedIdentifier.write(row(id, issuer), "NORTH").text(Tags.PATIENT_ID);
    }

    @Test
    void identifier_isOfItsIssuer() {
        assertThat(written(texts("17"), "NORTH")).contains("17");
        assertThat(written(texts("17"), "HARBOR")).contains("17^^^HARBOR");
        assertThat(written(texts("17"), "")).isEmpty();
    }

    @Test
    void severalValuesAndDamagedOnes_leadToNobody() {
        for (String issuer : new String[] {"NORTH", "HARBOR", ""}) {
            assertThat(written(texts("CLINIC", "1001"), issuer)).isEmpty();
            assertThat(written(texts("\uFFFD1234"), issuer)).isEmpty();
        }
    }
}
