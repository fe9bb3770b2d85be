/** What is inside a sealed body: events by stable names, their CBOR, its compression and the upcasting of old versions. */
@NullMarked
package org.archipelago.eventstore.body;

import org.jspecify.annotations.NullMarked;
