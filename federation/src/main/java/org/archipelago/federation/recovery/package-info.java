/** How a site that was destroyed comes back from its peers. */
@NullMarked
package org.archipelago.federation.recovery;

import org.jspecify.annotations.NullMarked;
