package org.archipelago.node;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.archipelago.contract.dicom.StudyInstanceUid;
import org.archipelago.contract.patient.PatientIdentifier;
import org.archipelago.contract.patient.PatientRecordId;
import org.archipelago.node.portal.AccessHistory;
import org.archipelago.query.search.Listings;

/** Who saw what, as the index has it. */
record IndexedAccesses(Archive archive, Listings listings) implements AccessHistory {
    @Override
    public List<Entry> of(StudyInstanceUid study, int offset, int most) {
        return entries(listings.accesses(archive.names().study(study), offset, most));
    }

    @Override
    public List<Entry> of(Set<PatientRecordId> records, int offset, int most) {
        return entries(listings.accesses(records, offset, most));
    }

    /** A record that was erased is followed by another of the same identifier: accesses of both are the patient's. */
    @Override
    public Set<PatientRecordId> records(PatientIdentifier patient) {
        Set<PatientRecordId> records = new LinkedHashSet<>();
        for (int generation = 0; ; generation++) {
            PatientRecordId record = archive.names().patient(patient, generation);
            if (archive.patients().history(record).events() == 0) {
                return records.isEmpty() ? Set.of() : listings.mergedWith(records);
            }
            records.add(record);
        }
    }

    private static List<Entry> entries(List<Listings.Access> accesses) {
        return accesses.stream()
                .map(a -> new Entry(
                        a.beganAt(),
                        a.kind(),
                        a.who(),
                        a.from(),
                        a.purpose(),
                        a.what(),
                        a.outcome(),
                        a.objects(),
                        a.bytes()))
                .toList();
    }
}
