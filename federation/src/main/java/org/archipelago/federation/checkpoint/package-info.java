/** Signed statements of an origin: my log has N records and this root. */
@NullMarked
package org.archipelago.federation.checkpoint;

import org.jspecify.annotations.NullMarked;
