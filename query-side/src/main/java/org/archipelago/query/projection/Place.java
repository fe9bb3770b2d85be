package org.archipelago.query.projection;

import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;

/**
 * Where an event is in the log.
 *
 * @param foreign whether another site recorded it
 */
record Place(LocalPosition position, RecordId record, String stream, String type, boolean foreign) {
    /** Of an event of this site. */
    Place(LocalPosition position, RecordId record, String stream, String type) {
        this(position, record, stream, type, false);
    }
}
