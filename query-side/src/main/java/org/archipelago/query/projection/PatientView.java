package org.archipelago.query.projection;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;

/**
 * Who a study's patient is with all corrections and merges in force. Its own record's corrections come first; a merged
 * record then takes the survivor's identifier, attributes and corrections, step by step.
 *
 * @param records from the study's own record to the last survivor
 */
record PatientView(List<String> records, String issuer, AttributeSet overlay) {
    /** A longer chain of merges is cut: it can only be a circle or an error. */
    private static final int MAX_MERGES = 32;

    static final PatientView UNIDENTIFIED = new PatientView(List.of(), "", AttributeSet.EMPTY);

    static PatientView of(String record, Documents documents) {
        if (record.isEmpty()) {
            return UNIDENTIFIED;
        }
        SequencedSet<String> seen = new LinkedHashSet<>();
        String issuer = "";
        AttributeSet overlay = AttributeSet.EMPTY;
        String next = record;
        while (!next.isEmpty() && seen.size() < MAX_MERGES && seen.add(next)) {
            Optional<PatientState> found = documents.find(CatalogueFold.patient(next), PatientState.class);
            if (found.isEmpty()) {
                break;
            }
            PatientState state = found.get();
            if (state.isRegistered()) {
                if (seen.size() > 1) {
                    overlay = overlay.with(state.registered).with(Tags.PATIENT_ID, text(Vr.LO, state.id));
                }
                issuer = state.issuer;
                overlay = overlay.with(Tags.ISSUER_OF_PATIENT_ID, text(Vr.LO, issuer));
            }
            overlay = overlay.with(state.corrections);
            next = state.mergedInto;
        }
        return new PatientView(new ArrayList<>(seen), issuer, overlay);
    }

    /** What stands for the patient when results are grouped. */
    Optional<String> survivor() {
        return records.isEmpty() ? Optional.empty() : Optional.of(records.getLast());
    }

    AttributeSet applyTo(AttributeSet attributes) {
        return attributes.with(overlay);
    }

    private static Attribute text(Vr vr, String text) {
        return text.isEmpty() ? new Attribute(vr, List.of()) : new Attribute(vr, List.of(new Value.Text(text)));
    }

    /** Nothing but what the other lacks. */
    static AttributeSet without(AttributeSet attributes, AttributeSet others) {
        Map<Integer, Attribute> known = others.attributes();
        return attributes.filter(tag -> !known.containsKey(tag));
    }
}
