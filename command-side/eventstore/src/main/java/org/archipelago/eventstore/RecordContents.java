package org.archipelago.eventstore;

import java.util.List;
import java.util.Optional;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.log.ClaimSource;
import org.archipelago.contract.log.Erased;
import org.archipelago.contract.log.UniqueClaim;
import org.archipelago.eventstore.body.UnknownRecord;
import org.archipelago.eventstore.record.LogRecord;

/** What a log asks about the content of its records when it verifies them or folds its claims again. */
public final class RecordContents {
    private final Sealing sealing;
    private final ClaimSource claims;

    public RecordContents(Sealing sealing, ClaimSource claims) {
        this.sealing = sealing;
        this.claims = claims;
    }

    /**
     * The claims that a record's event makes; empty when its key was destroyed.
     *
     * @throws ArchiveException CORRUPT when it does not open under its key
     */
    public Optional<List<UniqueClaim>> claimsOf(LogRecord record) {
        return switch (sealing.open(record).payload()) {
            case Erased _ -> Optional.empty();
            case UnknownRecord _ -> Optional.of(List.of());
            case Object event -> Optional.of(claims.claimsOf(event));
        };
    }
}
