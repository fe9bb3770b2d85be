package org.archipelago.contract.federation;

import java.util.List;
import org.archipelago.contract.SiteId;
import org.archipelago.contract.log.Revision;
import org.archipelago.contract.log.StreamId;
import org.archipelago.contract.study.StudyCopyId;
import org.axonframework.modelling.command.TargetAggregateIdentifier;

/** Changes who is to hold what, or says who does. All are idempotent: without an event where nothing changes. */
public sealed interface CopyCommand {
    StreamId stream();

    record DeclareCapacity(@TargetAggregateIdentifier StreamId stream, long bytes) implements CopyCommand {}

    /** Refused with INVALID_REQUEST when the study is another site's, it is its own holder, or there are too many. */
    record AssignCopies(@TargetAggregateIdentifier StreamId stream, StudyCopyId study, List<SiteId> holders)
            implements CopyCommand {
        public AssignCopies {
            holders = List.copyOf(holders);
        }
    }

    /** Refused with INVALID_REQUEST when the study is this site's own. */
    record RecordHeldCopy(
            @TargetAggregateIdentifier StreamId stream, StudyCopyId study, Revision through, int blobs, long bytes)
            implements CopyCommand {}

    record ReleaseHeldCopy(@TargetAggregateIdentifier StreamId stream, StudyCopyId study, String reason)
            implements CopyCommand {}
}
