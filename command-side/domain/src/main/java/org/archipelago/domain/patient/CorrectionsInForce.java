package org.archipelago.domain.patient;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
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
 * when it is merged, the survivor's identity and demographics over them. Pure.
 *
 * @param attributes to stand in what leaves, complete for each tag named; an empty one empties it
 * @param reasons who decided this, when and why; oldest first
 * @param tag changes whenever this may have changed; tells nothing of the patient
 */
public record CorrectionsInForce(AttributeSet attributes, List<Reason> reasons, String tag) {
    public static final CorrectionsInForce NONE = new CorrectionsInForce(AttributeSet.EMPTY, List.of(), "0");

    /** Demographics that a merge takes from the survivor where it has a value for them. */
    private static final List<Integer> DEMOGRAPHICS =
            List.of(Tags.PATIENT_NAME, Tags.PATIENT_BIRTH_DATE, 0x00100032, Tags.PATIENT_SEX);

    public record Reason(Actor by, String reason, Instant at) {}

    public CorrectionsInForce {
        reasons = List.copyOf(reasons);
    }

    /** @param histories the fold of any local record; {@link PatientHistory#EMPTY} for an unknown one */
    public static CorrectionsInForce of(PatientRecordId patient, Function<PatientRecordId, PatientHistory> histories) {
        List<PatientHistory> chain =
                chain(patient, histories).stream().map(histories).toList();
        PatientHistory own = chain.getFirst();
        PatientHistory survivor = chain.getLast();
        List<Reason> reasons = new ArrayList<>();
        own.corrections().forEach(c -> reasons.add(new Reason(c.by(), c.reason(), c.at())));
        AttributeSet attributes = own.corrected();
        boolean merged = chain.size() > 1 && survivor.isRegistered();
        if (merged) {
            chain.subList(0, chain.size() - 1).stream()
                    .flatMap(history -> history.merge().stream())
                    .forEach(m -> reasons.add(new Reason(m.by(), m.reason(), m.at())));
            survivor.corrections().forEach(c -> reasons.add(new Reason(c.by(), c.reason(), c.at())));
            attributes = attributes.with(identity(survivor));
        }
        reasons.sort(Comparator.comparing(Reason::at));
        String tag = chain.stream().map(h -> Long.toString(h.events())).collect(Collectors.joining("."));
        return new CorrectionsInForce(attributes, reasons, tag);
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

    private static AttributeSet identity(PatientHistory survivor) {
        AttributeSet known = survivor.demographics();
        AttributeSet identity = known.filter(DEMOGRAPHICS::contains)
                .filter(t -> known.get(t).filter(a -> !a.isEmpty()).isPresent())
                .with(survivor.corrected());
        String id = survivor.identifier().orElseThrow().id();
        String issuer = survivor.identifier().orElseThrow().issuer();
        Optional<Attribute> named = known.get(Tags.ISSUER_OF_PATIENT_ID).filter(a -> !a.isEmpty());
        Optional<Attribute> qualified =
                known.get(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE).filter(a -> !a.isEmpty());
        Attribute plain =
                qualified.isPresent() || issuer.isEmpty() ? new Attribute(Vr.LO, List.of()) : text(Vr.LO, issuer);
        return identity.with(Tags.PATIENT_ID, text(Vr.LO, id))
                .with(Tags.ISSUER_OF_PATIENT_ID, named.orElse(plain))
                .with(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, qualified.orElse(new Attribute(Vr.SQ, List.of())));
    }

    /**
     * From the record itself to the last survivor. Merges decided at once may form a cycle: its member with the least
     * stream id survives then, whichever record one starts from.
     */
    private static List<PatientRecordId> chain(
            PatientRecordId start, Function<PatientRecordId, PatientHistory> histories) {
        List<PatientRecordId> chain = new ArrayList<>(List.of(start));
        Optional<PatientRecordId> next = histories.apply(start).mergedInto();
        while (next.isPresent()) {
            int again = chain.indexOf(next.get());
            if (again >= 0) {
                PatientRecordId survivor = chain.subList(again, chain.size()).stream()
                        .min(Comparator.comparing(PatientRecordId::toString))
                        .orElseThrow();
                return chain.subList(0, chain.indexOf(survivor) + 1);
            }
            chain.add(next.get());
            next = histories.apply(next.get()).mergedInto();
        }
        return chain;
    }

    private static Attribute text(Vr vr, String text) {
        return new Attribute(vr, text.isEmpty() ? List.of() : List.of(new Value.Text(text)));
    }
}
