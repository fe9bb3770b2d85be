package org.archipelago.node.dimse;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.access.AccessOutcome;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;

/**
 * The identifier of a request as it came. It can be described for the access history before anything of it is refused: an
 * attempt is on record whether or not it could be understood.
 */
record AskedIdentifier(AttributeSet attributes, Optional<ArchiveException> unreadable) {
    /** @throws IOException the request did not come to its end: nothing was asked */
    static AskedIdentifier read(Exchange exchange, int maxBytes) throws IOException {
        try {
            return new AskedIdentifier(exchange.readDataSet(maxBytes), Optional.empty());
        } catch (ArchiveException e) {
            return new AskedIdentifier(AttributeSet.EMPTY, Optional.of(e));
        }
    }

    String description(String operation) {
        return unreadable
                .map(e -> operation + " with an identifier that cannot be read: " + e.error())
                .orElseGet(() -> Identifier.description(operation, attributes));
    }

    /** Of the studies that it names, as far as it can be read. */
    List<String> studies() {
        return Identifier.values(attributes, Tags.STUDY_INSTANCE_UID);
    }

    /** Of an access that this error ended: what cannot be read is the asker's fault. */
    AccessOutcome outcome(ArchiveException e) {
        return unreadable.isPresent() ? AccessOutcome.REFUSED : AccessOutcome.of(e.error());
    }

    /** @throws ArchiveException NOT_A_DATASET, DATASET_LIMIT, REQUEST_TOO_LARGE, or that of the check */
    Identifier checked(Function<AttributeSet, Identifier> check) {
        unreadable.ifPresent(e -> {
            throw e;
        });
        return check.apply(attributes);
    }
}
