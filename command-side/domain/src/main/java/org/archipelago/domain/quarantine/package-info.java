/** Objects that belong to no study copy. */
@NullMarked
package org.archipelago.domain.quarantine;

import org.jspecify.annotations.NullMarked;
