package org.archipelago.node.dicomweb;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/**
 * A Patient ID and whose it is in one value, as HL7 writes it (CX): {@code 17^^^HARBOR}. For the viewer, which looks for the other studies
 * of a patient by the Patient ID of a row and nothing else: a bare one means this site's own, which may be somebody else's.
 */
final class QualifiedIdentifier {
    private static final String ISSUER_FOLLOWS = "^^^";

    private QualifiedIdentifier() {}

    /** The row with a Patient ID that finds this patient alone, and none where nobody knows whose it is. */
    static AttributeSet write(AttributeSet row, String localIssuer) {
        Optional<String> id = row.text(Tags.PATIENT_ID).map(String::strip).filter(text -> !text.isEmpty());
        if (id.isEmpty()) {
            return row;
        }
        String issuer = row.text(Tags.ISSUER_OF_PATIENT_ID).map(String::strip).orElse("");
        if (issuer.equals(localIssuer)) {
            return row;
        }
        List<Value> qualified =
                issuer.isEmpty() ? List.of() : List.of(new Value.Text(id.get() + ISSUER_FOLLOWS + issuer));
        return row.with(Tags.PATIENT_ID, new Attribute(Vr.LO, qualified));
    }

    /** The issuer in a value that was asked for. */
    static Optional<String> issuer(String value) {
        int at = value.lastIndexOf(ISSUER_FOLLOWS);
        return at < 0 ? Optional.empty() : Optional.of(value.substring(at + ISSUER_FOLLOWS.length()));
    }

    /** The rest of it. */
    static String id(String value) {
        int at = value.lastIndexOf(ISSUER_FOLLOWS);
        return at < 0 ? value : value.substring(0, at);
    }
}
