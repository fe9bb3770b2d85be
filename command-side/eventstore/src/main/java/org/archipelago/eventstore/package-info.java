/** The event log: what an engine promises. See architecture section 4. */
@NullMarked
package org.archipelago.eventstore;

import org.jspecify.annotations.NullMarked;
