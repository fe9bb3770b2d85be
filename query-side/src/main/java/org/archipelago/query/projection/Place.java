package org.archipelago.query.projection;

import org.archipelago.contract.log.LocalPosition;
import org.archipelago.contract.log.RecordId;

/** Where an event is in the log. */
record Place(LocalPosition position, RecordId record, String stream, String type) {}
