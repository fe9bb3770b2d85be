/** The embedded engine of the event log. */
@NullMarked
package org.archipelago.eventstore.rocksdb;

import org.jspecify.annotations.NullMarked;
