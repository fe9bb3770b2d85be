package org.archipelago.domain.patient;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.patient.PatientEvent;
import org.archipelago.contract.study.PatientLevelAttributes;

/** Every value that corrections and merges ever gave to a patient's objects. */
final class GivenValues {
    private final Map<Integer, Set<List<Value>>> values = new HashMap<>();

    /** @param own of the patient's own record: what objects say themselves is not given to them */
    void add(Object event, boolean own) {
        switch (event) {
            case PatientEvent.PatientCorrected corrected -> add(corrected.attributes());
            case PatientEvent.PatientRegistered registered
            when !own -> {
                add(registered.attributes().filter(PatientLevelAttributes.IDENTITY::contains));
                add(Tags.PATIENT_ID, text(registered.identifier().id()));
                add(Tags.ISSUER_OF_PATIENT_ID, text(registered.identifier().issuer()));
                // Of a survivor without them, or whose issuer is qualified.
                add(Tags.ISSUER_OF_PATIENT_ID, List.of());
                add(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, List.of());
            }
            default -> {}
        }
    }

    private static List<Value> text(String value) {
        return value.isEmpty() ? List.of() : List.of(new Value.Text(value));
    }

    private void add(AttributeSet attributes) {
        attributes.attributes().forEach((tag, attribute) -> add(tag, attribute.values()));
    }

    private void add(int tag, List<Value> value) {
        values.computeIfAbsent(tag, _ -> new HashSet<>()).add(value);
    }

    boolean contains(AttributeSet given) {
        return given.attributes().entrySet().stream()
                .allMatch(one ->
                        values.getOrDefault(one.getKey(), Set.of()).contains(((Attribute) one.getValue()).values()));
    }
}
