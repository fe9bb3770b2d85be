package org.archipelago.node.dimse;

import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.archipelago.contract.log.LocalPosition;
import org.archipelago.domain.patient.PatientIdentifiers;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.query.ArchiveQueries;

/**
 * What the DIMSE services stand on.
 *
 * @param network empty: this site answers for itself alone
 * @param head the log's last position: what has been acknowledged is not behind it
 * @param identifiers which Patient IDs say who somebody is
 * @param ids random ids for pending reports
 */
public record DimsePorts(
        ObjectIngest ingest,
        Retrieval retrieval,
        ArchiveQueries queries,
        Optional<NetworkAe> network,
        Supplier<LocalPosition> head,
        AccessRecorder recorder,
        PatientIdentifiers identifiers,
        StorageClasses storageClasses,
        IdentifierCodec codec,
        CommitmentCheck commitmentCheck,
        PendingReports pendingReports,
        AssociationMetrics metrics,
        Clock clock,
        Supplier<UUID> ids) {}
