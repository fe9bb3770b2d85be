/** DIMSE services: verification, storage, query, retrieve, storage commitment. */
@NullMarked
package org.archipelago.node.dimse;

import org.jspecify.annotations.NullMarked;
