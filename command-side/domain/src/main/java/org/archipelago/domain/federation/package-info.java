/** Which sites this one takes for members of its network. */
@NullMarked
package org.archipelago.domain.federation;

import org.jspecify.annotations.NullMarked;
