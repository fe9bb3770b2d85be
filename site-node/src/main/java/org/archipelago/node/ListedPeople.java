package org.archipelago.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.dicom.Vr;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.domain.patient.PatientInForce;
import org.archipelago.domain.patient.PatientReader;
import org.archipelago.domain.patient.StudyPeople;

/** Under whom objects of one study are listed that nothing identifies: the one identified person, if any, whose they are. */
final class ListedPeople {
    private final StudyPeople people;
    private final PatientReader patients;
    private final Map<Integer, PatientRecordId> records = new HashMap<>();
    private final Map<PatientRecordId, AttributeSet> known = new HashMap<>();
    private boolean isRead;

    ListedPeople(StudyPeople people, PatientReader patients) {
        this.people = people;
        this.patients = patients;
    }

    /** @param person a number of the study's people who have a current object */
    Optional<PatientRecordId> record(int person) {
        if (!isRead) {
            people.apart(this::survivor).forEach(this::read);
            isRead = true;
        }
        return Optional.ofNullable(records.get(person));
    }

    /** Those who are identified come first. */
    private void read(List<Integer> one) {
        people.patientOf(one.getFirst()).ifPresent(record -> one.forEach(person -> records.put(person, record)));
    }

    /** What rows of this person show in place of what objects say: identifier and corrections in force. */
    AttributeSet shown(PatientRecordId record) {
        return known.computeIfAbsent(
                record,
                unread -> patients.history(survivor(unread))
                        .identifier()
                        .or(() -> patients.history(unread).identifier())
                        .map(ListedPeople::identity)
                        .map(identity ->
                                patients.correctionsFor(unread).attributes().with(identity))
                        .orElse(AttributeSet.EMPTY));
    }

    private PatientRecordId survivor(PatientRecordId record) {
        return PatientInForce.survivor(record, other -> patients.history(other).mergedInto());
    }

    private static AttributeSet identity(PatientIdentifier identifier) {
        return AttributeSet.EMPTY
                .with(Tags.PATIENT_ID, text(identifier.id()))
                .with(Tags.ISSUER_OF_PATIENT_ID, text(identifier.issuer()));
    }

    private static Attribute text(String text) {
        return new Attribute(Vr.LO, text.isEmpty() ? List.of() : List.of(new Value.Text(text)));
    }
}
