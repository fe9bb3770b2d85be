/** Who is to hold copies of this site's studies, and which of other sites' this one holds. */
@NullMarked
package org.archipelago.domain.copy;

import org.jspecify.annotations.NullMarked;
