/** Which sites this one takes for members of its network. */
@NullMarked
package org.archipelago.contract.federation;

import org.jspecify.annotations.NullMarked;
