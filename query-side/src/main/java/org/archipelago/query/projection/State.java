package org.archipelago.query.projection;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a projection remembers of one document between events; kept in the document itself, unsearchable. */
interface State {
    ObjectNode toJson();

    /** An estimate of the memory that it takes. */
    int sizeBytes();
}
