package org.archipelago.node.dicomweb;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.domain.patient.PatientIdentifiers;

/**
 * A Patient ID and whose it is in one value, as HL7 writes it (CX): {@code 17^^^HARBOR}. For the viewer, which looks for the other studies
 * of a patient by the Patient ID of a row and nothing else: a bare one means this site's own, which may be somebody else's.
 */
final class QualifiedIdentifier {
    private static final String ISSUER_FOLLOWS = "^^^";

    private QualifiedIdentifier() {}

    /** The row with a Patient ID that finds this patient alone, and none where nobody knows whose it is. */
    static AttributeSet write(AttributeSet row, String localIssuer) {
        if (row.text(Tags.PATIENT_ID).isEmpty()) {
            return row;
        }
        Optional<PatientIdentifier> said = PatientIdentifiers.said(row);
        String issuer = said.map(identifier -> identifier.issuer().strip()).orElse("");
        if (said.isPresent() && issuer.equals(localIssuer)) {
            return row;
        }
        List<Value> qualified = said
                .filter(_ -> !issuer.isEmpty())
                .<Value>map(identifier -> new Value.Text(identifier.id().strip() + ISSUER_FOLLOWS + issuer))
                .stream()
                .toList();
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
