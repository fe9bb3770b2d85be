/** Other sites' logs: taken in from any peer, believed by their origin's signature alone. */
@NullMarked
package org.archipelago.federation.replica;

import org.jspecify.annotations.NullMarked;
