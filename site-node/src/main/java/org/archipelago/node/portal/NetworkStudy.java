package org.archipelago.node.portal;

import java.util.List;
import java.util.Set;
import org.archipelago.contract.patient.PatientRecordId;

/**
 * A study that other sites hold, as the index knows it: nothing has to come from there to show it.
 *
 * @param series none where the copies are of different people
 * @param patients whose it is
 */
record NetworkStudy(StudyRow study, NetworkRow network, List<SeriesRow> series, Set<PatientRecordId> patients) {}
