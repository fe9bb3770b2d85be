package org.archipelago.domain.patient;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.archipelago.contract.Actor;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * What applies to every object of a patient on its way out (architecture section 3): the record's own corrections, and,
 * when it is merged, the survivor's identity and corrections over them. Pure.
 *
 * @param attributes to stand in what leaves, complete for each tag named; an empty one empties it
 * @param reasons who decided this, when and why; oldest first
 * @param tag changes whenever this may have changed; tells nothing of the patient
 */
public record CorrectionsInForce(AttributeSet attributes, List<Reason> reasons, String tag) {
    public static final CorrectionsInForce NONE = new CorrectionsInForce(AttributeSet.EMPTY, List.of(), "0");

    public record Reason(Actor by, String reason, Instant at) {}

    public CorrectionsInForce {
        reasons = List.copyOf(reasons);
    }

    /** @param histories the fold of any local record; {@link PatientHistory#EMPTY} for an unknown one */
    public static CorrectionsInForce of(PatientRecordId patient, Function<PatientRecordId, PatientHistory> histories) {
        PatientInForce inForce = PatientInForce.of(patient, histories);
        List<PatientHistory> chain = inForce.chain().stream().map(histories).toList();
        List<Reason> reasons = new ArrayList<>();
        chain.getFirst().corrections().forEach(c -> reasons.add(new Reason(c.by(), c.reason(), c.at())));
        if (inForce.isMerged()) {
            chain.subList(0, chain.size() - 1).stream()
                    .flatMap(history -> history.merge().stream())
                    .forEach(m -> reasons.add(new Reason(m.by(), m.reason(), m.at())));
            chain.getLast().corrections().forEach(c -> reasons.add(new Reason(c.by(), c.reason(), c.at())));
        }
        reasons.sort(Comparator.comparing(Reason::at));
        String tag = chain.stream().map(h -> Long.toString(h.events())).collect(Collectors.joining("."));
        return new CorrectionsInForce(inForce.attributes(), reasons, tag);
    }

    public boolean isEmpty() {
        return attributes.isEmpty();
    }

    /**
     * What to write over an object: the corrected attributes that differ in it, and Original Attributes Sequence
     * (0400,0561) with the object's own items and one more (PS3.3 §C.12.1.1.9), which holds the values before, the
     * system and the time. Empty when the object needs no change: it then leaves byte-identical.
     *
     * @param original the object's main data set: at least patient level attributes and (0400,0561)
     * @param modifyingSystem LO, at most 64 characters
     * @param source of the previous values: who sent the object; LO, at most 64 characters, may be empty
     */
    public AttributeSet over(AttributeSet original, String modifyingSystem, String source) {
        AttributeSet changes = attributes.filter(t -> changes(t, original));
        if (changes.isEmpty()) {
            return AttributeSet.EMPTY;
        }
        NavigableMap<Integer, Attribute> item = new TreeMap<>();
        item.put(Tags.SOURCE_OF_PREVIOUS_VALUES, text(Vr.LO, source));
        item.put(
                Tags.ATTRIBUTE_MODIFICATION_DATE_TIME,
                text(Vr.DT, DicomDateTime.utc(reasons.getLast().at())));
        item.put(Tags.MODIFYING_SYSTEM, text(Vr.LO, modifyingSystem));
        item.put(Tags.REASON_FOR_THE_ATTRIBUTE_MODIFICATION, text(Vr.CS, "CORRECT"));
        item.put(
                Tags.MODIFIED_ATTRIBUTES_SEQUENCE,
                new Attribute(Vr.SQ, List.of(new Value.Item(previous(changes, original)))));
        List<Value> items = new ArrayList<>(original.get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                .map(Attribute::values)
                .orElse(List.of()));
        items.add(new Value.Item(AttributeSet.of(item)));
        return changes.with(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE, new Attribute(Vr.SQ, items));
    }

    private boolean changes(int corrected, AttributeSet original) {
        List<Value> now = attributes.get(corrected).map(Attribute::values).orElse(List.of());
        List<Value> before = original.get(corrected).map(Attribute::values).orElse(List.of());
        return !now.equals(before);
    }

    /** Absent ones with no value; the issuer beside a changed Patient ID, even if unchanged, says in whose domain it was. */
    private static AttributeSet previous(AttributeSet changes, AttributeSet original) {
        NavigableMap<Integer, Attribute> previous = new TreeMap<>();
        changes.attributes()
                .forEach((changed, attribute) ->
                        previous.put(changed, original.get(changed).orElse(new Attribute(attribute.vr(), List.of()))));
        if (changes.contains(Tags.PATIENT_ID)) {
            original.get(Tags.ISSUER_OF_PATIENT_ID)
                    .ifPresent(issuer -> previous.put(Tags.ISSUER_OF_PATIENT_ID, issuer));
        }
        return AttributeSet.of(previous);
    }

    private static Attribute text(Vr vr, String text) {
        return new Attribute(vr, text.isEmpty() ? List.of() : List.of(new Value.Text(text)));
    }
}
