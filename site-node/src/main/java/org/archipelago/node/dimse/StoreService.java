package org.archipelago.node.dimse;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.DimseStatus;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.AssociationState;
import org.archipelago.node.association.CommandSet;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.archipelago.node.ingest.Ingested;
import org.archipelago.node.ingest.ObjectIngest;

/** C-STORE as SCP (PS3.4 Annex B, PS3.7 §9.1.1). Success is answered only after the ingest has returned. */
final class StoreService {
    private static final System.Logger LOG = System.getLogger(StoreService.class.getName());

    private final ObjectIngest ingest;
    private final AssociationMetrics metrics;

    StoreService(ObjectIngest ingest, AssociationMetrics metrics) {
        this.ingest = ingest;
        this.metrics = metrics;
    }

    void serve(Exchange exchange) throws IOException {
        try {
            store(exchange);
        } catch (ArchiveException refusal) {
            metrics.objectRefused();
            stopIfLost(exchange, refusal);
            exchange.refuse(refusal);
        }
    }

    private void store(Exchange exchange) throws IOException {
        InputStream data = exchange.message()
                .data()
                .orElseThrow(() -> new ArchiveException(ArchiveError.NOT_A_DATASET, "no data set in the request"));
        Ingested ingested;
        try {
            ingested = ingest.ingest(data, arrival(exchange));
        } catch (IOException | RuntimeException e) {
            stopIfLost(exchange, e);
            if (e instanceof ArchiveException refusal) {
                throw refusal;
            }
            LOG.log(System.Logger.Level.ERROR, "an object could not be taken in", e);
            throw new ArchiveException(ArchiveError.INTERNAL, "object", e);
        }
        exchange.association().discardRest();
        metrics.objectReceived(ingested.lengthBytes());
        exchange.respond(ingested.uidCoerced() ? DimseStatus.STORED_ALTHOUGH_NO_MATCH : DimseStatus.SUCCESS);
    }

    private static void stopIfLost(Exchange exchange, Exception cause) throws IOException {
        if (exchange.association().state() != AssociationState.ESTABLISHED) {
            throw cause instanceof IOException lost ? lost : new PeerLeftException("the sender's stream broke");
        }
    }

    private static ObjectIngest.Arrival arrival(Exchange exchange) {
        CommandSet command = exchange.command();
        Optional<RemoteAe> source = exchange.caller().configured();
        return new ObjectIngest.Arrival(
                exchange.syntax(),
                command.text(CommandSet.AFFECTED_SOP_CLASS_UID).map(SopClassUid::new),
                command.text(CommandSet.AFFECTED_SOP_INSTANCE_UID).map(SopInstanceUid::new),
                exchange.caller().device(),
                exchange.caller().defaultIssuer(),
                source.flatMap(RemoteAe::defaultCharacterSet));
    }
}
