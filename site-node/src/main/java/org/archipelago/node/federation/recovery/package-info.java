/** How the blobs of a site that was destroyed come back from those who hold them. */
@NullMarked
package org.archipelago.node.federation.recovery;

import org.jspecify.annotations.NullMarked;
