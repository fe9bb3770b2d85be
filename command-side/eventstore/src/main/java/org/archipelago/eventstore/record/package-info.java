/** The record format: clear header, sealed body. Frozen; see docs/adr/2026-11-22-record-format.md. */
@NullMarked
package org.archipelago.eventstore.record;

import org.jspecify.annotations.NullMarked;
