package org.archipelago.query.projection;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientInForce;

/**
 * Who a patient is with all corrections and merges in force: what lies over objects as they leave, and who that is.
 *
 * @param records from the patient's own record to the last survivor; empty when nobody is identified
 * @param identifier in force; empty while no record says one
 * @param registered what the patient's first object anywhere said
 * @param overlay what is shown instead of what objects say
 */
record PatientView(
        List<String> records, Optional<PatientIdentifier> identifier, AttributeSet registered, AttributeSet overlay) {
    private static final Set<Integer> IDENTITY =
            Set.of(Tags.PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID, Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE);

    static final PatientView UNIDENTIFIED =
            new PatientView(List.of(), Optional.empty(), AttributeSet.EMPTY, AttributeSet.EMPTY);

    static PatientView of(String record, Documents documents) {
        if (record.isEmpty()) {
            return UNIDENTIFIED;
        }
        PatientInForce inForce = PatientInForce.of(
                new PatientRecordId(new StreamId(record)),
                patient -> known(patient.stream().value(), documents));
        List<String> records = inForce.chain().stream()
                .map(patient -> patient.stream().value())
                .toList();
        Optional<PatientIdentifier> identifier = known(records.getLast(), documents)
                .identifier()
                .or(() -> known(record, documents).identifier());
        AttributeSet identity = identifier
                .map(known -> AttributeSet.EMPTY
                        .with(Tags.PATIENT_ID, text(known.id()))
                        .with(Tags.ISSUER_OF_PATIENT_ID, text(known.issuer())))
                .orElse(AttributeSet.EMPTY);
        return new PatientView(
                records,
                identifier,
                known(record, documents).registered,
                inForce.attributes().with(identity));
    }

    private static PatientState known(String record, Documents documents) {
        return documents
                .find(CatalogueFold.patient(record), PatientState.class)
                .orElseGet(() -> new PatientState(record));
    }

    /** What stands for the patient when results are grouped. */
    Optional<String> survivor() {
        return records.isEmpty() ? Optional.empty() : Optional.of(records.getLast());
    }

    /** The patient's own, first record; empty when nobody is identified. */
    String record() {
        return records.isEmpty() ? "" : records.getFirst();
    }

    AttributeSet applyTo(AttributeSet attributes) {
        return attributes.with(overlay);
    }

    /** What an object says, as far as nothing stands in its place. */
    AttributeSet without(AttributeSet said) {
        return said.filter(tag -> !overlay.contains(tag));
    }

    /** The same of who it is of alone. */
    AttributeSet withoutIdentity(AttributeSet said) {
        return said.filter(tag -> !IDENTITY.contains(tag) || !overlay.contains(tag));
    }

    private static Attribute text(String text) {
        return new Attribute(Vr.LO, text.isEmpty() ? List.of() : List.of(new Value.Text(text)));
    }
}
