/** The event log as Axon sees it. */
@NullMarked
package org.archipelago.eventstore.axon;

import org.jspecify.annotations.NullMarked;
