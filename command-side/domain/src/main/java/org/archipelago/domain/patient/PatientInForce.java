package org.archipelago.domain.patient;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * Which record stands for a patient in the end, and what lies over the patient's objects: the record's own corrections, and,
 * when it is merged, the survivor's identity and corrections over them. What the survivor was registered with is what its first
 * object said, which may have been superseded since: it is written over nobody's objects. Pure; what leaves and what is found
 * agree in it.
 *
 * @param chain from the record itself to the last survivor
 * @param attributes complete for each tag named; an empty one empties it
 * @param isMerged whether the survivor's identity applies: it is another record, and known
 */
public record PatientInForce(List<PatientRecordId> chain, AttributeSet attributes, boolean isMerged) {
    public PatientInForce {
        chain = List.copyOf(chain);
    }

    /** @param records what is known of any local record; nothing of an unknown one */
    public static PatientInForce of(
            PatientRecordId patient, Function<PatientRecordId, ? extends PatientFacts> records) {
        List<PatientRecordId> chain =
                chain(patient, record -> records.apply(record).mergedInto());
        PatientFacts survivor = records.apply(chain.getLast());
        AttributeSet attributes = records.apply(patient).corrected();
        boolean merged = chain.size() > 1 && survivor.identifier().isPresent();
        return new PatientInForce(chain, merged ? attributes.with(identity(survivor)) : attributes, merged);
    }

    private static AttributeSet identity(PatientFacts survivor) {
        AttributeSet known = survivor.attributes();
        String id = survivor.identifier().orElseThrow().id();
        String issuer = survivor.identifier().orElseThrow().issuer();
        Optional<Attribute> named = known.get(Tags.ISSUER_OF_PATIENT_ID).filter(a -> !a.isEmpty());
        Optional<Attribute> qualified =
                known.get(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE).filter(a -> !a.isEmpty());
        Attribute plain = qualified.isPresent() ? new Attribute(Vr.LO, List.of()) : text(issuer);
        return survivor.corrected()
                .with(Tags.PATIENT_ID, text(id))
                .with(Tags.ISSUER_OF_PATIENT_ID, named.orElse(plain))
                .with(Tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, qualified.orElse(new Attribute(Vr.SQ, List.of())));
    }

    /** The record that stands for this one in the end: itself, unless it is merged. */
    public static PatientRecordId survivor(
            PatientRecordId patient, Function<PatientRecordId, Optional<PatientRecordId>> mergedInto) {
        return chain(patient, mergedInto).getLast();
    }

    /**
     * Merges decided at once may form a cycle: its member with the least stream id survives then, whichever record one
     * starts from.
     */
    private static List<PatientRecordId> chain(
            PatientRecordId start, Function<PatientRecordId, Optional<PatientRecordId>> mergedInto) {
        List<PatientRecordId> chain = new ArrayList<>(List.of(start));
        Optional<PatientRecordId> next = mergedInto.apply(start);
        while (next.isPresent()) {
            int again = chain.indexOf(next.get());
            if (again >= 0) {
                PatientRecordId survivor = chain.subList(again, chain.size()).stream()
                        .min(Comparator.comparing(PatientRecordId::toString))
                        .orElseThrow();
                return chain.subList(0, chain.indexOf(survivor) + 1);
            }
            chain.add(next.get());
            next = mergedInto.apply(next.get());
        }
        return chain;
    }

    private static Attribute text(String text) {
        return new Attribute(Vr.LO, text.isEmpty() ? List.of() : List.of(new Value.Text(text)));
    }
}
